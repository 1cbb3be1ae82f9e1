import { describe, expect, it } from 'vitest';
import { duration, figure, milliseconds, percent, signed } from './figures.ts';

describe('figures', () => {
  it('have four digits and a true minus sign', () => {
    expect([figure(0.0123456), figure(-5.35031), figure(9066.4), figure(0), figure(null), figure(Number.NaN)]).toEqual([
      '0.01235',
      '−5.35',
      '9,066',
      '0',
      '—',
      '—',
    ]);
    expect([signed(0.5), signed(-0.5), signed(0)]).toEqual(['+0.5', '−0.5', '0']);
    expect([percent(0.314), percent(null)]).toEqual(['31 %', '—']);
  });

  it('of time change their unit', () => {
    expect([milliseconds(8.34), milliseconds(234.4)]).toEqual(['8.3 ms', '234 ms']);
    expect([duration(12), duration(1500), duration(522_144), duration(59_960)]).toEqual([
      '12 ms',
      '1.5 s',
      '8 min 42 s',
      '60.0 s',
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import { estimateMaturity, MATURITY_LABELS, readMaturity } from './maturity.ts';

describe('readMaturity', () => {
  it('reads labels and ages', () => {
    expect(['G', 'pg', ' PG-13 ', 'R', 'NC-17', 'TV-14'].map(readMaturity)).toEqual([0, 7, 13, 17, 18, 14]);
    expect(['0', '12', '16+', '18'].map(readMaturity)).toEqual([0, 12, 16, 18]);
    for (const label of MATURITY_LABELS) expect(readMaturity(label)).toBeLessThanOrEqual(18);
  });

  it('reads nothing into anything else', () => {
    for (const text of ['', '19', '-1', '7.5', 'Not Rated', 'PG13', 'constructor', '__proto__', '100']) {
      expect(readMaturity(text), text).toBeUndefined();
    }
  });
});

describe('estimateMaturity', () => {
  it('is 7 for films for children, 13 for dark ones of them, 17 for all others', () => {
    expect(estimateMaturity(['Children', 'Comedy'])).toBe(7);
    expect(estimateMaturity(['Children', 'Thriller'])).toBe(13);
    expect(estimateMaturity(['Animation', 'Comedy'])).toBe(17);
    expect(estimateMaturity([])).toBeUndefined();
  });
});

import { datasetFromRows, type EventRow } from '@matinee/models/data';
import { createRandom } from '@matinee/numerics';
import { describe, expect, it } from 'vitest';
import { cutOrigins, describeCuts, parseOrigins } from './cut-origins.ts';
import type { ProtocolOptions } from './protocol-options.ts';

const options: ProtocolOptions = {
  protocol: 'temporal',
  protocolConfig: { targets: 'successive' },
  confidence: 'every-interaction',
  filter: { minItemCount: 0, minUserCount: 0, positiveOnly: false },
  seed: 1,
};

describe('parseOrigins', () => {
  it('takes 2 to 6 cuts, of the protocol temporal only; none is one cut', () => {
    expect(parseOrigins('6', { protocol: 'temporal' })).toBe(6);
    expect(parseOrigins(undefined, { protocol: 'leave-one-out' })).toBe(1);
    for (const text of ['1', '7', 'five', '']) {
      expect(() => parseOrigins(text, { protocol: 'temporal' })).toThrow('--origins takes');
    }
    expect(() => parseOrigins('3', { protocol: 'leave-one-out' })).toThrow('--origins belongs to --protocol temporal');
  });
});

describe('cutOrigins', () => {
  const random = createRandom(1);
  const rows = Array.from({ length: 1000 }, (_, time): EventRow => {
    return { user: `u${random.integer(40)}`, item: `i${random.integer(60)}`, time };
  });
  const dataset = datasetFromRows(rows);

  it('tests on one tenth after each cut, trains on all before it, and asks for no event twice', () => {
    const cuts = cutOrigins(dataset, options, 3);
    expect(cuts.map(({ name }) => name)).toEqual(['cut at 70 %', 'cut at 80 %', 'cut at 90 %']);
    expect(cuts.map(({ split }) => split.test.train.count)).toEqual([700, 800, 900]);
    const times = cuts.flatMap(({ split }) => split.test.queries.map(({ asOf }) => asOf));
    expect(new Set(times).size).toBe(times.length);
    for (const [at, { split }] of cuts.entries()) {
      for (const { asOf } of split.test.queries) expect(Math.floor(asOf / 100)).toBe(7 + at);
    }
  });

  it('is the split of the protocol where there is one cut', () => {
    const [cut] = cutOrigins(dataset, options, 1);
    expect(describeCuts(cutOrigins(dataset, options, 1))).toEqual(cut?.split);
  });

  it('says what was cut where, and how queries and intervals go together', () => {
    const { config, notes, counts } = describeCuts(cutOrigins(dataset, options, 2));
    expect(config).toMatchObject({ targets: 'successive', origins: '2 at 80 %, 90 %' });
    expect(config).not.toHaveProperty('testQuantile');
    expect(notes.join(' ')).toContain('Whole users are resampled, each with the queries after every cut');
    expect(counts['cut at 80 %: test.trainInteractions']).toBe(800);
  });
});

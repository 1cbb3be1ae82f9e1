import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  averagePrecisionAtK,
  hitRateAtK,
  ndcgAtK,
  precisionAtK,
  recallAtK,
  reciprocalRankAtK,
} from './ranking-metrics.ts';

// Four targets; two of them found, at ranks 2 and 5.
const hits = [2, 5];
const targetCount = 4;

/** A list's hit ranks: distinct, ascending, at most as many as there are targets. */
const rankedHits = fc
  .record({ ranks: fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 12 }), missed: fc.nat({ max: 9 }) })
  .map(({ ranks, missed }) => ({
    hitRanks: ranks.toSorted((a, b) => a - b),
    targetCount: Math.max(1, ranks.length + missed),
  }));
const cutoff = fc.integer({ min: 1, max: 70 });

describe('hitRateAtK', () => {
  it('is 1 from the first hit on', () => {
    expect([1, 2, 5].map((k) => hitRateAtK(hits, k))).toEqual([0, 1, 1]);
    expect(hitRateAtK([], 5)).toBe(0);
  });
});

describe('recallAtK', () => {
  it('counts hits over all targets', () => {
    expect([1, 2, 4, 5, 100].map((k) => recallAtK(hits, targetCount, k, 'targets'))).toEqual([0, 0.25, 0.25, 0.5, 0.5]);
  });

  it('counts hits over min(k, targets) when told to', () => {
    expect(recallAtK(hits, targetCount, 2, 'min-k-targets')).toBe(1 / 2);
    expect(recallAtK(hits, targetCount, 5, 'min-k-targets')).toBe(2 / 4);
  });
});

describe('precisionAtK', () => {
  it('divides by k, also for a list shorter than k', () => {
    expect(precisionAtK(hits, 5)).toBe(2 / 5);
    expect(precisionAtK([1], 10)).toBe(1 / 10);
    expect(precisionAtK(hits, 100)).toBe(2 / 100);
  });
});

describe('ndcgAtK', () => {
  it('discounts by log2(rank + 1) and divides by the best list', () => {
    const gain = 1 / Math.log2(3) + 1 / Math.log2(6);
    const ideal = 1 + 1 / Math.log2(3) + 1 / Math.log2(4) + 1 / Math.log2(5);
    expect(ndcgAtK(hits, targetCount, 5)).toBeCloseTo(gain / ideal, 12);
    expect(ndcgAtK(hits, targetCount, 2)).toBeCloseTo(1 / Math.log2(3) / (1 + 1 / Math.log2(3)), 12);
  });

  it('is 1 / log2(rank + 1) for a single target', () => {
    expect(ndcgAtK([3], 1, 10)).toBeCloseTo(0.5, 12);
    expect(ndcgAtK([11], 1, 10)).toBe(0);
  });
});

describe('reciprocalRankAtK', () => {
  it('is one over the rank of the first hit within k', () => {
    expect([1, 2, 10].map((k) => reciprocalRankAtK(hits, k))).toEqual([0, 0.5, 0.5]);
  });
});

describe('averagePrecisionAtK', () => {
  it('averages the precision at the hits over min(k, targets)', () => {
    expect(averagePrecisionAtK(hits, targetCount, 5)).toBeCloseTo((1 / 2 + 2 / 5) / 4, 12);
    expect(averagePrecisionAtK(hits, targetCount, 2)).toBeCloseTo(1 / 2 / 2, 12);
  });
});

describe('all ranking metrics', () => {
  it('lie in [0, 1]', () => {
    fc.assert(
      fc.property(rankedHits, cutoff, ({ hitRanks, targetCount: count }, k) => {
        const values = [
          hitRateAtK(hitRanks, k),
          recallAtK(hitRanks, count, k, 'targets'),
          recallAtK(hitRanks, count, k, 'min-k-targets'),
          precisionAtK(hitRanks, k),
          ndcgAtK(hitRanks, count, k),
          reciprocalRankAtK(hitRanks, k),
          averagePrecisionAtK(hitRanks, count, k),
        ];
        for (const value of values) {
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(1 + 1e-12);
        }
      }),
    );
  });

  it('never fall when k grows: HR, Recall and MRR', () => {
    fc.assert(
      fc.property(rankedHits, cutoff, cutoff, ({ hitRanks, targetCount: count }, one, other) => {
        const [small, large] = [Math.min(one, other), Math.max(one, other)];
        expect(hitRateAtK(hitRanks, small)).toBeLessThanOrEqual(hitRateAtK(hitRanks, large));
        expect(reciprocalRankAtK(hitRanks, small)).toBeLessThanOrEqual(reciprocalRankAtK(hitRanks, large));
        expect(recallAtK(hitRanks, count, small, 'targets')).toBeLessThanOrEqual(
          recallAtK(hitRanks, count, large, 'targets'),
        );
      }),
    );
  });

  it('are 1 for a list that begins with all targets, where k reaches them', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), cutoff, (count, k) => {
        const perfect = Array.from({ length: count }, (_, position) => position + 1);
        expect(hitRateAtK(perfect, k)).toBe(1);
        expect(reciprocalRankAtK(perfect, k)).toBe(1);
        expect(ndcgAtK(perfect, count, k)).toBeCloseTo(1, 12);
        expect(averagePrecisionAtK(perfect, count, k)).toBeCloseTo(1, 12);
        expect(recallAtK(perfect, count, k, 'min-k-targets')).toBe(1);
        expect(recallAtK(perfect, count, k, 'targets')).toBeCloseTo(Math.min(k, count) / count, 12);
      }),
    );
  });

  it('do not fall when a hit moves up', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 60 }), cutoff, (rank, k) => {
        expect(ndcgAtK([rank - 1], 1, k)).toBeGreaterThanOrEqual(ndcgAtK([rank], 1, k));
        expect(averagePrecisionAtK([rank - 1], 1, k)).toBeGreaterThanOrEqual(averagePrecisionAtK([rank], 1, k));
      }),
    );
  });
});

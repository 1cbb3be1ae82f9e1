import { describe, expect, it } from 'vitest';
import { meanGroupNdcg } from './group-ndcg.ts';

const ndcgOf = (scores: number[], labels: number[], k = 10): number => {
  const positiveCount = labels.reduce((sum, label) => sum + label, 0);
  const queries = [{ start: 0, end: scores.length, positiveCount }];
  return meanGroupNdcg(Float32Array.from(scores), Float32Array.from(labels), queries, k);
};

describe('meanGroupNdcg', () => {
  it('is 1 for positives in front, and discounts by rank', () => {
    expect(ndcgOf([3, 2, 1], [1, 1, 0])).toBe(1);
    expect(ndcgOf([3, 2, 1], [0, 1, 0])).toBeCloseTo(1 / Math.log2(3), 12);
    expect(ndcgOf([3, 2, 1], [1, 0, 1])).toBeCloseTo((1 + 1 / 2) / (1 + 1 / Math.log2(3)), 12);
  });

  it('sees k ranks, no more', () => {
    expect(ndcgOf([3, 2, 1], [0, 0, 1], 2)).toBe(0);
  });

  it('counts ties against the positives, and two tied positives once each', () => {
    expect(ndcgOf([1, 1, 1], [1, 0, 0])).toBeCloseTo(1 / Math.log2(4), 12);
    expect(ndcgOf([1, 1], [1, 1])).toBe(1);
  });

  it('averages over queries, those without a positive as 0', () => {
    const queries = [
      { start: 0, end: 2, positiveCount: 1 },
      { start: 2, end: 4, positiveCount: 0 },
    ];
    expect(meanGroupNdcg(Float32Array.of(2, 1, 2, 1), Float32Array.of(1, 0, 0, 0), queries, 10)).toBe(0.5);
  });
});

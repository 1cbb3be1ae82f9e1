import { createRandom } from '@matinee/numerics';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TrainingSet } from '../features/feature-matrix.ts';
import {
  combineRankingGoals,
  lambdamartPairs,
  ndcgAtK,
  prepareQueries,
  type RankingQueries,
  sortQueries,
} from './lambdamart.ts';

function queriesOf(
  grades: readonly number[],
  groupSizes: readonly number[],
  cutoff: number,
  weights?: readonly number[],
) {
  const set: TrainingSet = {
    features: { rowCount: grades.length, featureNames: ['x'], values: new Float32Array(grades.length) },
    labels: Float32Array.from(grades),
    groupSizes: Int32Array.from(groupSizes),
    ...(weights && { weights: Float32Array.from(weights) }),
  };
  return prepareQueries(set, { kind: 'lambdamart', truncation: cutoff, sigma: 1, labelGains: 'exponential' }, cutoff);
}

/** Returns Σ |ΔNDCG| log(1 + e^(−σ (s_i − s_j))) from the definition, with ranks and ΔNDCG given by `rankedBy`. */
function surrogate(
  grades: readonly number[],
  rankedBy: Float64Array,
  scores: Float64Array,
  cutoff: number,
  sigma: number,
) {
  const gain = (row: number): number => 2 ** grades[row] - 1;
  const byScore = grades.map((_, row) => row).sort((a, b) => rankedBy[b] - rankedBy[a] || gain(a) - gain(b) || a - b);
  const discount = (rank: number): number => (rank < cutoff ? 1 / Math.log2(rank + 2) : 0);
  const ideal = grades
    .map((_, row) => gain(row))
    .sort((a, b) => b - a)
    .reduce((sum, value, rank) => sum + value * discount(rank), 0);
  let total = 0;
  byScore.forEach((a, rankA) => {
    byScore.forEach((b, rankB) => {
      if (gain(a) <= gain(b)) return;
      const change = (Math.abs(gain(a) - gain(b)) * Math.abs(discount(rankA) - discount(rankB))) / ideal;
      total += change * Math.log1p(Math.exp(-sigma * (scores[a] - scores[b])));
    });
  });
  return total;
}

function sortedPairs(queries: RankingQueries, scores: Float64Array, sigma: number, pairs: Float32Array): void {
  sortQueries(queries, scores);
  lambdamartPairs(queries, scores, sigma, pairs);
}

describe('lambdamartPairs', () => {
  test('equals finite differences of the surrogate', () => {
    const groups = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 2, maxLength: 8 });
    fc.assert(
      fc.property(groups, fc.integer({ min: 1, max: 9 }), fc.nat(), (grades, cutoff, seed) => {
        fc.pre(new Set(grades).size > 1);
        const random = createRandom(seed);
        const scores = Float64Array.from(grades, () => random.normal());
        const sigma = 1.5;
        const pairs = new Float32Array(2 * grades.length);
        sortedPairs(queriesOf(grades, [grades.length], cutoff), scores, sigma, pairs);
        const moved = (row: number, step: number): number => {
          const at = scores.slice();
          at[row] += step;
          return surrogate(grades, scores, at, cutoff, sigma);
        };
        for (let row = 0; row < grades.length; row++) {
          const step = 1e-4;
          const slope = (moved(row, step) - moved(row, -step)) / (2 * step);
          const curvature = (moved(row, step) - 2 * moved(row, 0) + moved(row, -step)) / step ** 2;
          expect(pairs[2 * row]).toBeCloseTo(slope, 5);
          expect(pairs[2 * row + 1]).toBeCloseTo(curvature, 4);
        }
      }),
    );
  });

  test('gives the same gradients for any order of the rows of a query', () => {
    const grades = [0, 2, 1, 0, 3];
    const scores = Float64Array.of(0.5, 0.1, 0.9, 0.1, -0.3);
    const forward = new Float32Array(10);
    sortedPairs(queriesOf(grades, [5], 3), scores, 1, forward);
    const backward = new Float32Array(10);
    sortedPairs(queriesOf([...grades].reverse(), [5], 3), scores.slice().reverse(), 1, backward);
    for (let row = 0; row < 5; row++) expect(forward[2 * row]).toBeCloseTo(backward[2 * (4 - row)], 6);
  });

  test('gives no gradient to queries with one row or equal grades, and scales with the query weight', () => {
    const scores = Float64Array.of(1, 2, 3, 0.5, 0.2);
    const pairs = new Float32Array(10);
    sortedPairs(queriesOf([1, 2, 2, 0, 1], [1, 2, 2], 10), scores, 1, pairs);
    expect([...pairs.subarray(0, 6)]).toEqual([0, 0, 0, 0, 0, 0]);
    const doubled = new Float32Array(10);
    sortedPairs(queriesOf([1, 2, 2, 0, 1], [1, 2, 2], 10, [2, 2, 2, 2, 2]), scores, 1, doubled);
    pairs.forEach((value, index) => {
      expect(doubled[index]).toBeCloseTo(2 * value, 6);
    });
  });

  test('sorts long queries too', () => {
    const random = createRandom(4);
    const grades = Array.from({ length: 700 }, () => random.integer(3));
    const scores = Float64Array.from(grades, () => random.normal());
    const pairs = new Float32Array(1400);
    sortedPairs(queriesOf(grades, [700], 5), scores, 1, pairs);
    const sum = pairs.reduce((total, value, index) => (index % 2 === 0 ? total + value : total), 0);
    expect(sum).toBeCloseTo(0, 4);
  });
});

describe('ndcgAtK', () => {
  test('equals the textbook value', () => {
    const dcg = 3 / Math.log2(2) + 0 + 7 / Math.log2(4);
    const ideal = 7 / Math.log2(2) + 3 / Math.log2(3);
    expect(ndcgAtK(Float64Array.of(3, 2, 1), Float32Array.of(2, 0, 3), Int32Array.of(3), 3)).toBeCloseTo(
      dcg / ideal,
      12,
    );
  });

  test('ranks the worse row first among equal scores, and leaves out queries without a relevant row', () => {
    const grades = Float32Array.of(1, 0, 0, 0);
    expect(ndcgAtK(new Float64Array(4), grades, Int32Array.of(2, 2), 10)).toBeCloseTo(1 / Math.log2(3), 12);
    expect(ndcgAtK(new Float64Array(2), new Float32Array(2), Int32Array.of(2), 10)).toBeNaN();
  });
});

describe('combineRankingGoals', () => {
  test('adds weighted gains', () => {
    const goals = [
      { name: 'watched', grades: [0, 1, 1], gains: [0, 1], weight: 1 },
      { name: 'liked', grades: [0, 0, 2], gains: [0, 2, 4], weight: 0.5 },
    ];
    expect([...combineRankingGoals(goals)]).toEqual([0, 1, 3]);
  });

  test('throws BAD_LABELS for a grade without a gain', () => {
    const goals = [{ name: 'liked', grades: [0, 2], gains: [0, 1], weight: 1 }];
    expect(() => combineRankingGoals(goals)).toThrow(/goal "liked", row 1: grade 2/);
  });
});

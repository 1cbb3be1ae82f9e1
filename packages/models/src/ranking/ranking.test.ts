import { beforeAll, describe, expect, it } from 'vitest';
import type { BlendedCandidates } from '../blend/blend.ts';
import { blendCandidates, firstCandidates } from '../blend/blend-candidates.ts';
import { createFeatureSchema } from '../features/feature-schema.ts';
import { type FeatureStatistics, fitFeatureStatistics } from '../features/feature-statistics.ts';
import { historyOf, quietContext } from '../testing/tiny-worlds.ts';
import { twoTastes } from '../testing/two-tastes.ts';
import type { Ranker } from './ranker.ts';
import { type Ranking, rankPool } from './ranking.ts';

const world = twoTastes();
const query = { history: historyOf([0, 2, 4]), asOf: 1_700_000_000, userIndex: -1 };
const listOf = (items: readonly number[]) => ({
  itemIndices: Int32Array.from(items),
  scores: Float32Array.from(items, (_, place) => 1 / (1 + place)),
});
const pool: BlendedCandidates = blendCandidates(
  [
    { name: 'a', weight: 0.7, items: listOf([10, 12, 14, 16, 18, 20]) },
    { name: 'b', weight: 0.3, items: listOf([20, 11, 13]) },
  ],
  100,
);
const schema = createFeatureSchema([
  { name: 'a', family: 'item-knn' },
  { name: 'b', family: 'sasrec' },
]);
/** Reverses the order of its candidates. */
const ranker = {
  score: (_: Float32Array, count: number) =>
    Promise.resolve(Float32Array.from({ length: count }, (_row, row) => row - 2)),
} as unknown as Ranker;

let statistics: FeatureStatistics;
beforeAll(async () => {
  statistics = await fitFeatureStatistics(world, quietContext());
});

const rankingOf = (rankDepth: number): Ranking => ({
  schema,
  statistics,
  ranker,
  poolSize: 100,
  rankDepth,
  requestTime: 'used',
});

describe('rankPool', () => {
  it('orders the first of the pool, and leaves what lies deeper behind it in the order of the blend', async () => {
    const depth = 4;
    const ranked = await rankPool(rankingOf(depth), query, pool);
    const order = [...pool.itemIndices.keys()].sort((a, b) => ranked!.scores[b] - ranked!.scores[a]);
    expect(order).toEqual([3, 2, 1, 0, 4, 5, 6, 7]);
    expect(ranked!.features.length).toBe(depth * schema.features.length);
  });

  it('shows the ranker of a candidate what it would be shown if the others were not there to be ranked', async () => {
    const few = await rankPool(rankingOf(3), query, pool);
    const alone = await rankPool(rankingOf(100), query, firstCandidates(pool, 3));
    expect([...few!.features]).toEqual([...alone!.features]);
  });

  it('says nothing of somebody of whom nothing is known', async () => {
    expect(await rankPool(rankingOf(4), { ...query, history: historyOf([]) }, pool)).toBeUndefined();
  });
});

describe('firstCandidates', () => {
  it('keeps all that is known of the best', () => {
    const first = firstCandidates(pool, 3);
    expect([...first.itemIndices]).toEqual([...pool.itemIndices].slice(0, 3));
    for (const [source] of pool.sourceNames.entries()) {
      const tables = ['ranks', 'sourceScores', 'contributions'] as const;
      for (const name of tables) {
        const all = pool[name].subarray(source * pool.itemIndices.length);
        expect([...first[name].subarray(source * 3, source * 3 + 3)]).toEqual([...all.subarray(0, 3)]);
      }
    }
    expect(firstCandidates(pool, 50)).toBe(pool);
  });
});

import { beforeAll, describe, expect, it } from 'vitest';
import type { FeatureSchema } from '../features/feature-schema.ts';
import { quietContext } from '../testing/tiny-worlds.ts';
import { answeredRows, type RankingRows } from './collect-ranking-rows.ts';
import { loadFeatureRanker } from './feature-ranker.ts';
import { fitRanker, likedFrom } from './fit-ranker.ts';
import type { Ranker } from './ranker.ts';
import { locateQueries } from './ranking-table.ts';
import { plantedTable } from './testing/planted-table.ts';

const FEATURES = ['left', 'right', 'blend_score', 'item_events', 'sometimes'];

/** Planted queries; of those not among the first `answered` of ten, no source found the target. */
function plantedRows(queryCount: number, seed: number, answered: number): RankingRows {
  const table = plantedTable(queryCount, seed);
  const labels = table.labels.slice();
  locateQueries(table).forEach(({ start, end }, query) => {
    if (query % 10 >= answered) labels.fill(0, start, end);
  });
  return {
    ...table,
    labels,
    featureNames: FEATURES,
    queryCount,
    ratings: new Float32Array(table.rowCount).fill(Number.NaN),
    userMeans: new Float32Array(table.rowCount).fill(Number.NaN),
    segments: Array.from({ length: queryCount }, () => 'warm users'),
  };
}

describe('fitRanker', () => {
  const reporting = plantedRows(400, 3, 4);
  let ranker: Ranker;

  beforeAll(async () => {
    ranker = await fitRanker(plantedRows(800, 1, 10), plantedRows(400, 2, 4), reporting, {
      kind: 'trees',
      schema: { names: FEATURES, hash: 'planted' } as unknown as FeatureSchema,
      likedFrom: 4,
      context: quietContext(),
    });
  });

  it('gives the candidates of a query, together, the chance that the answer is among them', async () => {
    const scores = await ranker.score(reporting.values, reporting.rowCount);
    const chances = scores.reduce((sum, score) => sum + ranker.probability(score, 'warm users'), 0);
    expect(ranker.metrics['found']).toBeCloseTo(0.4, 12);
    expect(ranker.metrics['chances']).toBeCloseTo(chances / 400, 6);
    expect(chances / 400 / 0.4).toBeGreaterThan(0.9);
    expect(chances / 400 / 0.4).toBeLessThan(1.1);
  });

  it('measures the order on queries that have an answer, and chances on all', () => {
    expect(ranker.metrics['queries.reported']).toBe(400);
    expect(ranker.metrics['quality']).toBeGreaterThan(0.8);
    expect(ranker.metrics['ece']).toBeLessThan(0.05);
  });

  it('reads a ranker of before without its chances, which were too high', async () => {
    const saved = ranker.save();
    expect((await loadFeatureRanker(saved, 'planted')).probability(1, 'warm users')).toBeGreaterThan(0);
    const before = await loadFeatureRanker({ ...saved, version: 1 }, 'planted');
    expect(before.probability(1, 'warm users')).toBeNaN();
    expect(await before.score(reporting.values, 10)).toEqual(await ranker.score(reporting.values, 10));
    await expect(loadFeatureRanker({ ...saved, version: 3 }, 'planted')).rejects.toThrow('train the model again');
  });
});

describe('likedFrom', () => {
  it('is three quarters up the scale of the data, whatever the scale', () => {
    expect(likedFrom(Float32Array.of(5, 3, 1, Number.NaN))).toBe(4);
    expect(likedFrom(Float32Array.of(0, 100))).toBe(75);
    expect(likedFrom(Float32Array.of(-1, 1))).toBe(0.5);
    expect(likedFrom(undefined)).toBeNaN();
    expect(likedFrom(Float32Array.of(Number.NaN))).toBeNaN();
  });
});

describe('answeredRows', () => {
  it('keeps the whole queries that have an answer', () => {
    const rows = plantedRows(10, 5, 4);
    const kept = answeredRows(rows);
    expect([...kept.groupSizes]).toEqual([...rows.groupSizes.subarray(0, 4)]);
    expect([...kept.values]).toEqual([...rows.values.subarray(0, kept.rowCount * FEATURES.length)]);
    expect([...kept.labels]).toEqual([...rows.labels.subarray(0, kept.rowCount)]);
    expect(kept.segments).toHaveLength(4);
    const all = plantedRows(10, 5, 10);
    expect(answeredRows(all)).toBe(all);
  });
});

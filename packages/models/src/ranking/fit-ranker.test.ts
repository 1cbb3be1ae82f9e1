import { createRandom } from '@matinee/numerics';
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

/** Queries of eight candidates each, of which any is the target by chance. Five queries a user. */
function noiseRows(queryCount: number, seed: number): RankingRows {
  const random = createRandom(seed);
  const rowCount = 8 * queryCount;
  const labels = new Float32Array(rowCount);
  for (let query = 0; query < queryCount; query++) labels[8 * query + random.integer(8)] = 1;
  return {
    featureNames: FEATURES,
    rowCount,
    values: Float32Array.from({ length: rowCount * FEATURES.length }, () => random.normal()),
    labels,
    groupSizes: new Int32Array(queryCount).fill(8),
    queryCount,
    ratings: new Float32Array(rowCount).fill(Number.NaN),
    userMeans: new Float32Array(rowCount).fill(Number.NaN),
    segments: Array.from({ length: queryCount }, () => 'warm users'),
    userIndices: Int32Array.from({ length: queryCount }, (_, query) => Math.floor(query / 5)),
  };
}

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
    userIndices: Int32Array.from({ length: queryCount }, (_, query) => Math.floor(query / 5)),
  };
}

describe('fitRanker on noise', () => {
  /** Standard deviation of the log-odds of the ranker's probabilities, in the mean of several fits. */
  async function spreadOf(kind: 'trees' | 'ensemble', fits: number): Promise<number> {
    let total = 0;
    for (let fit = 0; fit < fits; fit++) {
      const [teaching, stopping, reporting] = [0, 1, 2].map((part) =>
        noiseRows(part === 0 ? 300 : 60, 10 * fit + part),
      );
      const ranker = await fitRanker(teaching, stopping, reporting, {
        kind,
        schema: { names: FEATURES, hash: 'noise' } as unknown as FeatureSchema,
        likedFrom: 4,
        context: quietContext(),
      });
      const scores = await ranker.score(reporting.values, reporting.rowCount);
      const logOdds = Float64Array.from(scores, (score) => {
        const chance = ranker.probability(score, 'warm users');
        return Math.log(chance / (1 - chance));
      });
      const mean = logOdds.reduce((sum, each) => sum + each, 0) / logOdds.length;
      total += Math.sqrt(logOdds.reduce((sum, each) => sum + (each - mean) ** 2, 0) / logOdds.length);
    }
    return total / fits;
  }

  it('gives nearly all candidates the same chance, whatever score was chosen', async () => {
    expect(await spreadOf('trees', 20)).toBeLessThan(0.05);
  });

  it('does so with several parts, whose weights were chosen', async () => {
    expect(await spreadOf('ensemble', 6)).toBeLessThan(0.08);
  });
});

describe('fitRanker', () => {
  const reporting = plantedRows(400, 3, 4);
  let ranker: Ranker;

  beforeAll(async () => {
    ranker = await fitPlanted(400, 4);
  });

  /** The source finds the target for four of ten queries; of those of few users who stop, for another share. */
  function fitPlanted(stoppingCount: number, answered: number): Promise<Ranker> {
    const teaching = { ...plantedRows(800, 1, 10), queryCount: 2000 };
    return fitRanker(teaching, plantedRows(stoppingCount, 2, answered), reporting, {
      kind: 'trees',
      schema: { names: FEATURES, hash: 'planted' } as unknown as FeatureSchema,
      likedFrom: 4,
      context: quietContext(),
    });
  }

  it('takes half of the height of the chances from all users, not all of it from those who stop the training', async () => {
    const unlucky = await fitPlanted(100, 2);
    // Of their queries a fifth found its target, of all users’ two fifths.
    expect(unlucky.metrics['chances']).toBeGreaterThan(0.22);
    expect(unlucky.metrics['chances']).toBeLessThan(0.34);
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

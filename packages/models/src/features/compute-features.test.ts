import { beforeAll, describe, expect, it } from 'vitest';
import type { BlendedCandidates } from '../blend/blend.ts';
import { blendCandidates } from '../blend/blend-candidates.ts';
import type { History } from '../data/interactions.ts';
import type { RetrievalQuery } from '../retrieval/retrieval-model.ts';
import { takeFirst } from '../splits/select-interactions.ts';
import { quietContext } from '../testing/tiny-worlds.ts';
import { twoTastes } from '../testing/two-tastes.ts';
import type { TrainingData } from '../training/fit-context.ts';
import { computeFeatures } from './compute-features.ts';
import { createFeatureSchema } from './feature-schema.ts';
import {
  type FeatureStatistics,
  fitFeatureStatistics,
  loadFeatureStatistics,
  saveFeatureStatistics,
} from './feature-statistics.ts';
import { buildItemActivity } from './item-activity.ts';

const schema = createFeatureSchema([
  { name: 'item-knn', family: 'item-knn' },
  { name: 'gru', family: 'gru4rec' },
  { name: 'towers', family: 'two-tower' },
]);
const width = schema.features.length;
const world = twoTastes();
const itemCount = world.items.vocabulary.ids.length;
const DAY = 86_400;

/** A query with the user's first events, one hour after the last of them. */
function queryOf(user: number, length: number): RetrievalQuery {
  const { interactions } = world;
  const rows = Array.from(interactions.userIndices.keys())
    .filter((row) => interactions.userIndices[row] === user)
    .slice(0, length);
  const history: History = {
    itemIndices: Int32Array.from(rows, (row) => interactions.itemIndices[row]),
    timestamps: Float64Array.from(rows, (row) => interactions.timestamps[row]),
    weights: Float32Array.from(rows, () => 1),
    ratings: Float32Array.from(rows, (row) => world.ratings[row]),
  };
  return { history, asOf: (history.timestamps.at(-1) ?? 0) + 3600, userIndex: user };
}

const listOf = (items: number[]) => ({
  itemIndices: Int32Array.from(items),
  scores: Float32Array.from(items, (_, place) => 1 - place / 10),
});

const pool: BlendedCandidates = blendCandidates(
  [
    {
      name: 'item-knn',
      weight: 0.6,
      items: listOf([40, 41, 42]),
      writeScores: (items, scores) => scores.set(items),
    },
    { name: 'gru', weight: 0.4, items: listOf([42, 43]) },
  ],
  10,
);
const rowOf = (item: number): number => pool.itemIndices.indexOf(item);

/** The data before `asOf`. */
function before(data: TrainingData, asOf: number): TrainingData {
  const { timestamps } = data.interactions;
  const count = timestamps.findIndex((time) => time >= asOf);
  return { ...data, asOf, interactions: takeFirst(data.interactions, count < 0 ? timestamps.length : count) };
}

describe('computeFeatures', () => {
  const query = queryOf(120, 8);
  let statistics: FeatureStatistics;
  let values: Float32Array;
  const value = (item: number, name: string): number =>
    values[rowOf(item) * width + schema.names.indexOf(name)] as number;
  beforeAll(async () => {
    statistics = await fitFeatureStatistics(before(world, query.asOf), quietContext());
    values = computeFeatures(schema, statistics, query, pool);
  });

  it('tells which sources found a candidate, and what the others think of it', () => {
    expect(value(42, 'has_seq')).toBe(1);
    expect(value(42, 'has_v2')).toBe(1);
    expect(value(42, 'source_count')).toBe(2);
    expect(value(40, 'has_seq')).toBe(0);
    expect(value(40, 'item-knn:rank')).toBe(1);
    expect(value(43, 'item-knn:rank')).toBeNaN();
    expect(value(43, 'item-knn:gap')).toBe(0);
    const scores = [...pool.itemIndices].map((item) => value(item, 'item-knn:score'));
    expect(Math.max(...scores)).toBe(value(43, 'item-knn:score'));
    expect(scores.reduce((sum, score) => sum + score, 0)).toBeCloseTo(0, 5);
    expect(scores.reduce((sum, score) => sum + score * score, 0) / scores.length).toBeCloseTo(1, 5);
    expect(value(40, 'item-knn:gap')).toBeCloseTo(value(43, 'item-knn:score') - value(40, 'item-knn:score'), 6);
    expect(value(43, 'gru:rank')).toBe(2);
    expect(value(43, 'towers:score')).toBeNaN();
    expect(value(43, 'blend_rank')).toBe(rowOf(43) + 1);
  });

  it('marks what similar users or items found, and not what popularity or genres found', () => {
    const schemaOfTwo = createFeatureSchema([
      { name: 'item-knn', family: 'item-knn' },
      { name: 'popular', family: 'popularity' },
    ]);
    const found = blendCandidates(
      [
        { name: 'item-knn', weight: 0.5, items: listOf([40, 41]) },
        { name: 'popular', weight: 0.5, items: listOf([41, 42]) },
      ],
      10,
    );
    const table = computeFeatures(schemaOfTwo, statistics, query, found);
    const marks = [40, 41, 42].map((item) => {
      const row = found.itemIndices.indexOf(item) * schemaOfTwo.features.length;
      return ['has_tt', 'has_seq', 'has_v2', 'source_count'].map(
        (name) => table[row + schemaOfTwo.names.indexOf(name)],
      );
    });
    expect(marks).toEqual([
      [0, 0, 1, 1],
      [0, 0, 1, 2],
      [0, 0, 0, 1],
    ]);
  });

  it('says the same of a source that gives equal opinions other numbers', () => {
    const scaled = { ...pool, sourceScores: pool.sourceScores.map((score) => 3 * score - 7) };
    const again = computeFeatures(schema, statistics, query, scaled);
    for (const [at, number] of again.entries()) {
      if (Number.isNaN(values[at])) expect(number).toBeNaN();
      else expect(number).toBeCloseTo(values[at], 4);
    }
  });

  it('counts what had happened, at the request time', () => {
    const { interactions } = world;
    const rows = Array.from(interactions.itemIndices.keys()).filter(
      (row) => interactions.itemIndices[row] === 40 && (interactions.timestamps[row] as number) < query.asOf,
    );
    expect(value(40, 'item_events')).toBe(rows.length);
    const lastDay = rows.filter((row) => (interactions.timestamps[row] as number) >= query.asOf - DAY);
    expect(value(40, 'item_events_day')).toBe(lastDay.length);
    expect(value(40, 'user_events')).toBe(8);
    expect(value(40, 'user_hours_since_last')).toBeCloseTo(1, 6);
    expect(value(40, 'genre_match') + value(41, 'genre_match')).toBeCloseTo(1, 5);
  });

  it('counts the last days that were counted, long after the counts stopped', async () => {
    const stopped = await fitFeatureStatistics(before(world, query.asOf), quietContext());
    const last = stopped.activity.moments.at(-1) as number;
    const columns = schema.features.flatMap(({ group }, column) => (group === 'item' ? [column] : []));
    const [soon, late] = [last + 1, last + 400 * DAY].map((asOf) =>
      computeFeatures(schema, stopped, { ...query, asOf }, pool),
    ) as [Float32Array, Float32Array];
    for (const column of columns) expect(late[column]).toBe(soon[column]);
    expect(soon[schema.names.indexOf('item_events_month')]).toBeGreaterThan(0);
    const hours = schema.names.indexOf('user_hours_since_last');
    expect(late[hours]! - soon[hours]!).toBeCloseTo(400 * 24, 0);
  });

  it('knows which way the path goes', () => {
    const last = query.history.itemIndices.at(-1) as number;
    const next = (last + 2) % itemCount;
    const list = blendCandidates([{ name: 'item-knn', weight: 1, items: listOf([next, (next + 20) % itemCount]) }], 10);
    const table = computeFeatures(schema, statistics, query, list);
    const shareOf = (row: number): number => table[row * width + schema.names.indexOf('next_share')] as number;
    expect(shareOf(0)).toBeGreaterThan(0.3);
    expect(shareOf(1)).toBeLessThan(shareOf(0));
  });

  it.each([1, 2, 8, 12])('compares a candidate with the newest %i as the columns are defined', (length) => {
    const ownQuery = queryOf(120, length);
    const everything = blendCandidates(
      [{ name: 'gru', weight: 1, items: listOf([...Array(itemCount).keys()]) }],
      itemCount,
    );
    const table = computeFeatures(schema, statistics, ownQuery, everything);
    const { itemIndices, ratings = new Float32Array(length) } = ownQuery.history;
    const { rowPointers, columnIndices, values: cosines } = statistics.neighbors;
    const cosine = (from: number, to: number): number => {
      const entry = columnIndices.subarray(0, rowPointers[from + 1]).indexOf(to, rowPointers[from]);
      return entry < 0 ? 0 : cosines[entry];
    };
    const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
    const mean = sum([...ratings]) / length;
    // An odd number of neighbours covers both the pairs and the last single entry.
    expect((rowPointers[itemIndices[0] + 1] - rowPointers[itemIndices[0]]) % 2).toBe(1);
    for (const [row, item] of everything.itemIndices.entries()) {
      const alike = Array.from(itemIndices, (from) => cosine(from, item));
      const newest = alike.toReversed();
      const expected = {
        similarity_last: newest[0],
        similarity_last_3: sum(newest.slice(0, 3)) / Math.min(3, length),
        similarity_last_10: sum(newest.slice(0, 10)) / Math.min(10, length),
        similarity_best: Math.max(...alike),
        similarity_all: sum(alike),
        similar_rated: sum(alike.map((each, at) => each * (ratings[at] - mean))) / (sum(alike) + 0.2),
      };
      for (const [name, number] of Object.entries(expected)) {
        expect(table[row * width + schema.names.indexOf(name)], `${name} of ${item}`).toBeCloseTo(number, 5);
      }
    }
  });

  it('says nothing of a history that is not there', () => {
    const empty = { itemIndices: new Int32Array(0), timestamps: new Float64Array(0), weights: new Float32Array(0) };
    values = computeFeatures(schema, statistics, { ...query, history: empty }, pool);
    expect(value(40, 'user_events')).toBe(0);
    expect(value(40, 'next_share')).toBeNaN();
    expect(value(40, 'similar_rated')).toBeNaN();
  });

  it('is the same after statistics were saved and loaded', () => {
    const loaded = loadFeatureStatistics(saveFeatureStatistics(statistics));
    expect(computeFeatures(schema, loaded, query, pool)).toEqual(computeFeatures(schema, statistics, query, pool));
  });
});

describe('trap: a feature that knows the future', () => {
  const query = queryOf(120, 8);
  const activityOf = (data: TrainingData) => buildItemActivity(data.interactions, itemCount);

  /** Plants every event later than the query and requires that no feature changes. */
  const requireBlindness = async (compute: typeof computeFeatures): Promise<void> => {
    const past = before(world, query.asOf);
    const statistics = await fitFeatureStatistics(past, quietContext());
    const known = compute(schema, statistics, query, pool, activityOf(past));
    const withFuture = compute(schema, statistics, query, pool, activityOf(world));
    expect(withFuture).toEqual(known);
  };

  it('finds none: events planted after the request time change no feature', () => requireBlindness(computeFeatures));

  it('is caught when it is planted: a count that reaches a day too far', async () => {
    const leaking: typeof computeFeatures = (features, statistics, request, candidates, activity) =>
      computeFeatures(features, statistics, { ...request, asOf: request.asOf + DAY }, candidates, activity);
    await expect(requireBlindness(leaking)).rejects.toThrow();
  });

  it('is caught when it is planted: an event at the request time itself', async () => {
    const ownQuery = { ...query, asOf: world.interactions.timestamps[1500] as number };
    const item = world.interactions.itemIndices[1500] as number;
    const one = blendCandidates([{ name: 'item-knn', weight: 1, items: listOf([item]) }], 1);
    const statistics = await fitFeatureStatistics(before(world, ownQuery.asOf), quietContext());
    const count = (table: Float32Array): number => table[schema.names.indexOf('item_events')] as number;
    const now = count(computeFeatures(schema, statistics, ownQuery, one, activityOf(world)));
    const later = count(
      computeFeatures(schema, statistics, { ...ownQuery, asOf: ownQuery.asOf + 1 }, one, activityOf(world)),
    );
    expect(later).toBe(now + 1);
  });
});

describe('createFeatureSchema', () => {
  it('has another hash for other sources, another order or another family', () => {
    const sources = [
      { name: 'a', family: 'ease' },
      { name: 'b', family: 'gru4rec' },
    ];
    const hashes = [
      sources,
      [...sources].reverse(),
      sources.slice(1),
      [{ name: 'a', family: 'gru4rec' }, sources[1] as (typeof sources)[0]],
    ].map((each) => createFeatureSchema(each).hash);
    expect(new Set(hashes).size).toBe(4);
    expect(createFeatureSchema(sources).hash).toBe(hashes[0]);
  });

  it('names every column once', () => {
    expect(new Set(schema.names).size).toBe(width);
  });
});

import type { Random } from '@matinee/numerics';
import type { NamedSource } from '../blend/blend.ts';
import { collectCandidates } from '../candidates/collect-candidates.ts';
import { USER_SEGMENTS, userSegmentOf } from '../evaluation/segments.ts';
import { computeFeatures } from '../features/compute-features.ts';
import type { FeatureSchema } from '../features/feature-schema.ts';
import type { FeatureStatistics } from '../features/feature-statistics.ts';
import type { EvaluationQuery, Fold } from '../splits/split.ts';
import type { RankingTable } from './ranking-table.ts';

/** Rows with everything that the heads of a ranker learn from. */
export interface RankingRows extends RankingTable {
  /** What the user rated the target with; NaN for other rows, and where there is no rating. */
  readonly ratings: Float32Array;
  /** The user's mean rating before the query; NaN where they rated nothing. */
  readonly userMeans: Float32Array;
  /** How many candidates a row stands for. */
  readonly weights: Float32Array;
  /** Segment of each query's user, by name. */
  readonly segments: readonly string[];
}

export interface CollectRowsOptions {
  readonly sources: readonly NamedSource[];
  readonly schema: FeatureSchema;
  readonly statistics: FeatureStatistics;
  readonly candidatesPerSource: number;
  readonly poolSize: number;
  readonly random: Random;
  /** See {@link atClock}. */
  readonly clock: 'request' | 'last-event';
  checkpoint(done: number, total: number): Promise<void>;
}

/** The best so many of a pool are all rows; of the rest a sample is, each standing for several. */
const TOP_ROWS = 100;
const SAMPLED_ROWS = 60;

/**
 * Asks the sources what they were not fitted on, and lays out their candidates as rows. A query whose target no source
 * found gives no row.
 */
export async function collectRankingRows(
  queries: readonly EvaluationQuery[],
  { availableFrom }: Pick<Fold, 'availableFrom'>,
  options: CollectRowsOptions,
): Promise<RankingRows> {
  const { sources, schema, statistics, candidatesPerSource, poolSize, random, clock, checkpoint } = options;
  const width = schema.features.length;
  const capacity = queries.length * (Math.min(TOP_ROWS + SAMPLED_ROWS, poolSize) + 1);
  const values = new Float32Array(capacity * width);
  const labels = new Float32Array(capacity);
  const ratings = new Float32Array(capacity).fill(Number.NaN);
  const userMeans = new Float32Array(capacity).fill(Number.NaN);
  const weights = new Float32Array(capacity);
  const groupSizes: number[] = [];
  const segments: string[] = [];
  const excluded = new Uint8Array(availableFrom.length);
  let rowCount = 0;
  for (const [index, query] of queries.entries()) {
    for (let item = 0; item < excluded.length; item++) excluded[item] = availableFrom[item] <= query.asOf ? 0 : 1;
    for (const item of query.history.itemIndices) excluded[item] = 1;
    const asked = atClock({ history: query.history, asOf: query.asOf, userIndex: query.userIndex }, clock);
    const pool = await collectCandidates(sources, asked, { candidatesPerSource, poolSize, excluded });
    if (index % 16 === 0) await checkpoint(index, queries.length);
    const targets = new Map(Array.from(query.targets, (target, place) => [target, place]));
    if (!pool.itemIndices.some((item) => targets.has(item))) continue;
    const features = computeFeatures(schema, statistics, asked, pool);
    const chosen = chooseRows(pool.itemIndices, targets, random.fork(`query ${index}`));
    const standsFor = Math.max(1, (pool.itemIndices.length - TOP_ROWS) / SAMPLED_ROWS);
    const userMean = meanOf(query.history.ratings);
    for (const row of chosen) {
      values.set(features.subarray(row * width, (row + 1) * width), rowCount * width);
      const place = targets.get(pool.itemIndices[row]);
      userMeans[rowCount] = userMean;
      weights[rowCount] = row < TOP_ROWS || place !== undefined ? 1 : standsFor;
      if (place !== undefined) {
        labels[rowCount] = 1;
        ratings[rowCount] = query.targetRatings?.[place] ?? Number.NaN;
      }
      rowCount++;
    }
    groupSizes.push(chosen.length);
    segments.push(USER_SEGMENTS[userSegmentOf(query)].name);
  }
  return {
    featureNames: schema.names,
    rowCount,
    values: values.subarray(0, rowCount * width),
    labels: labels.subarray(0, rowCount),
    ratings: ratings.subarray(0, rowCount),
    userMeans: userMeans.subarray(0, rowCount),
    weights: weights.subarray(0, rowCount),
    groupSizes: Int32Array.from(groupSizes),
    segments,
  };
}

/**
 * The query as features and sources see it. `last-event` sets the clock back to the last thing the user did: what is
 * asked is then the same question without the moment of the request in it.
 */
export function atClock<Query extends { readonly history: EvaluationQuery['history']; readonly asOf: number }>(
  query: Query,
  clock: 'request' | 'last-event',
): Query {
  if (clock === 'request') return query;
  return { ...query, asOf: query.history.timestamps.at(-1) ?? query.asOf };
}

/** Positions in the pool, ascending: the best, every target, and a sample of the rest. */
function chooseRows(items: Int32Array, targets: ReadonlyMap<number, number>, random: Random): readonly number[] {
  const rest: number[] = [];
  const chosen: number[] = [];
  for (const [position, item] of items.entries()) {
    if (position < TOP_ROWS || targets.has(item)) chosen.push(position);
    else rest.push(position);
  }
  chosen.push(...random.shuffle(rest).slice(0, SAMPLED_ROWS));
  return chosen.sort((a, b) => a - b);
}

function meanOf(ratings: Float32Array | undefined): number {
  let total = 0;
  let count = 0;
  for (const rating of ratings ?? []) {
    if (Number.isNaN(rating)) continue;
    total += rating;
    count++;
  }
  return total / count;
}

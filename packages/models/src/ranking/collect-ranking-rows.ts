import type { NamedSource } from '../blend/blend.ts';
import { collectCandidates } from '../blend/collect-candidates.ts';
import { USER_SEGMENTS, userSegmentOf } from '../evaluation/segments.ts';
import { computeFeatures } from '../features/compute-features.ts';
import type { FeatureSchema } from '../features/feature-schema.ts';
import type { FeatureStatistics } from '../features/feature-statistics.ts';
import type { EvaluationQuery, Fold } from '../splits/split.ts';
import { locateQueries, type RankingTable } from './ranking-table.ts';

/** Rows with the labels of all heads of a ranker. */
export interface RankingRows extends RankingTable {
  /** Queries behind the rows, with those that gave none. */
  readonly queryCount: number;
  /** The user's rating of the target; NaN for other rows and without a rating. */
  readonly ratings: Float32Array;
  /** The user's mean rating before the query; NaN without ratings. */
  readonly userMeans: Float32Array;
  /** Segment of the user of each query that has rows, by name. */
  readonly segments: readonly string[];
  /** User of each query that has rows. */
  readonly userIndices: Int32Array;
}

export interface CollectRowsOptions {
  readonly sources: readonly NamedSource[];
  readonly schema: FeatureSchema;
  readonly statistics: FeatureStatistics;
  readonly candidatesPerSource: number;
  /** Number of the blend's best candidates per query. */
  readonly rankDepth: number;
  /** See {@link atRequestTime}. */
  readonly requestTime: 'used' | 'hidden';
  /**
   * Whether a query whose target is not among its candidates gives its rows, all with label 0. Learning an order has no
   * use for them; a probability that holds for every request must count them.
   */
  readonly keepMisses: boolean;
  checkpoint(done: number, total: number): Promise<void>;
}

/** Retrieves candidates for held-out queries and returns the rows that a request would rank. */
export async function collectRankingRows(
  queries: readonly EvaluationQuery[],
  { availableFrom }: Pick<Fold, 'availableFrom'>,
  options: CollectRowsOptions,
): Promise<RankingRows> {
  const { sources, schema, statistics, candidatesPerSource, rankDepth, requestTime, keepMisses, checkpoint } = options;
  const width = schema.features.length;
  const capacity = queries.length * Math.min(rankDepth, availableFrom.length);
  const values = new Float32Array(capacity * width);
  const labels = new Float32Array(capacity);
  const ratings = new Float32Array(capacity).fill(Number.NaN);
  const userMeans = new Float32Array(capacity).fill(Number.NaN);
  const groupSizes: number[] = [];
  const segments: string[] = [];
  const userIndices: number[] = [];
  const excluded = new Uint8Array(availableFrom.length);
  let rowCount = 0;
  for (const [index, query] of queries.entries()) {
    for (let item = 0; item < excluded.length; item++) excluded[item] = availableFrom[item] < query.asOf ? 0 : 1;
    for (const item of query.history.itemIndices) excluded[item] = 1;
    const timedQuery = atRequestTime(
      { history: query.history, asOf: query.asOf, userIndex: query.userIndex },
      requestTime,
    );
    const pool = await collectCandidates(sources, timedQuery, { candidatesPerSource, poolSize: rankDepth, excluded });
    if (index % 16 === 0) await checkpoint(index, queries.length);
    const targets = new Map(Array.from(query.targets, (target, place) => [target, place]));
    const isAnswered = pool.itemIndices.some((item) => targets.has(item));
    if (pool.itemIndices.length === 0 || !(isAnswered || keepMisses)) continue;
    const features = computeFeatures(schema, statistics, timedQuery, pool);
    values.set(features, rowCount * width);
    const userMean = meanOf(query.history.ratings);
    for (const item of pool.itemIndices) {
      const place = targets.get(item);
      userMeans[rowCount] = userMean;
      if (place !== undefined) {
        labels[rowCount] = 1;
        ratings[rowCount] = query.targetRatings?.[place] ?? Number.NaN;
      }
      rowCount++;
    }
    groupSizes.push(pool.itemIndices.length);
    segments.push(USER_SEGMENTS[userSegmentOf(query)].name);
    userIndices.push(query.userIndex);
  }
  return {
    queryCount: queries.length,
    featureNames: schema.names,
    rowCount,
    values: values.subarray(0, rowCount * width),
    labels: labels.subarray(0, rowCount),
    ratings: ratings.subarray(0, rowCount),
    userMeans: userMeans.subarray(0, rowCount),
    groupSizes: Int32Array.from(groupSizes),
    segments,
    userIndices: Int32Array.from(userIndices),
  };
}

/** The rows of the queries whose target is among their candidates; `rows` itself where these are all. */
export function answeredRows(rows: RankingRows): RankingRows {
  const width = rows.featureNames.length;
  const queries = locateQueries(rows);
  const answered = Array.from(queries.keys()).filter((query) => queries[query].positiveCount > 0);
  if (answered.length === queries.length) return rows;
  const groupSizes = Int32Array.from(answered, (query) => rows.groupSizes[query]);
  const rowCount = groupSizes.reduce((sum, size) => sum + size, 0);
  const part = {
    values: new Float32Array(rowCount * width),
    labels: new Float32Array(rowCount),
    ratings: new Float32Array(rowCount),
    userMeans: new Float32Array(rowCount),
  };
  let target = 0;
  for (const query of answered) {
    const { start, end } = queries[query];
    part.values.set(rows.values.subarray(start * width, end * width), target * width);
    part.labels.set(rows.labels.subarray(start, end), target);
    part.ratings.set(rows.ratings.subarray(start, end), target);
    part.userMeans.set(rows.userMeans.subarray(start, end), target);
    target += end - start;
  }
  const segments = answered.map((query) => rows.segments[query]);
  const userIndices = Int32Array.from(answered, (query) => rows.userIndices[query]);
  const { featureNames } = rows;
  return { queryCount: answered.length, featureNames, rowCount, ...part, groupSizes, segments, userIndices };
}

/**
 * The query as features and sources see it. `hidden` replaces the request time by the time of the user's last event, so
 * that results do not depend on the request time.
 */
export function atRequestTime<Query extends { readonly history: EvaluationQuery['history']; readonly asOf: number }>(
  query: Query,
  requestTime: 'used' | 'hidden',
): Query {
  if (requestTime === 'used') return query;
  return { ...query, asOf: query.history.timestamps.at(-1) ?? query.asOf };
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

import type { Catalogue } from '../data/dataset.ts';
import type { EvaluationQuery, Fold, RecallOver } from '../splits/split.ts';
import type { ItemStatistics } from './item-statistics.ts';
import { addGenres, genreShares, intraListDiversity, itemNovelty, miscalibration } from './list-metrics.ts';
import type { ObservationTable } from './observation-table.ts';
import type { Rankings } from './rank-fold.ts';
import {
  averagePrecisionAtK,
  hitRateAtK,
  ndcgAtK,
  precisionAtK,
  recallAtK,
  reciprocalRankAtK,
} from './ranking-metrics.ts';

/** Cutoffs of the metrics. The last one is the depth of the lists. */
export const CUTOFFS = [5, 10, 20, 50, 100] as const;

export const ACCURACY_METRICS = ['hr', 'recall', 'precision', 'ndcg', 'mrr', 'map'] as const;
const LIST_METRICS = ['novelty', 'diversity', 'miscalibration', 'popularity'] as const;

/**
 * Accuracy of every query that has a target in `targetsOf`; columns `hr@5` … `map@100`.
 *
 * @param targetsOf The targets of a query in this view; empty = the query is not part of it.
 */
export function measureAccuracy(
  rankings: Rankings,
  queries: readonly EvaluationQuery[],
  targetsOf: (query: EvaluationQuery) => Int32Array,
  recallOver: RecallOver,
): ObservationTable {
  const columns = columnNames(ACCURACY_METRICS);
  const users: number[] = [];
  const values: number[] = [];
  for (const [index, query] of queries.entries()) {
    const targets = targetsOf(query);
    if (targets.length === 0) continue;
    const hitRanks = ranksOf(rankings, index, targets)
      .filter((rank) => rank > 0)
      .sort();
    users.push(query.userIndex);
    for (const k of CUTOFFS) {
      values.push(
        hitRateAtK(hitRanks, k),
        recallAtK(hitRanks, targets.length, k, recallOver),
        precisionAtK(hitRanks, k),
        ndcgAtK(hitRanks, targets.length, k),
        reciprocalRankAtK(hitRanks, k),
        averagePrecisionAtK(hitRanks, targets.length, k),
      );
    }
  }
  return { columns, userIndices: Int32Array.from(users), values: Float64Array.from(values) };
}

/** Measures one row per target instead of per query, each as the only target: `recall@k`, `ndcg@k`. */
export function measureTargets(
  rankings: Rankings,
  queries: readonly EvaluationQuery[],
): ObservationTable & { readonly targets: Int32Array } {
  const users: number[] = [];
  const targets: number[] = [];
  const values: number[] = [];
  for (const [index, query] of queries.entries()) {
    const ranks = ranksOf(rankings, index, query.targets);
    for (const [position, rank] of ranks.entries()) {
      users.push(query.userIndex);
      targets.push(query.targets[position]);
      const hitRanks = rank > 0 ? [rank] : [];
      for (const k of CUTOFFS) values.push(hitRateAtK(hitRanks, k), ndcgAtK(hitRanks, 1, k));
    }
  }
  return {
    columns: columnNames(['recall', 'ndcg']),
    userIndices: Int32Array.from(users),
    values: Float64Array.from(values),
    targets: Int32Array.from(targets),
  };
}

/** Rank from 1 of each target in the query's list, 0 if absent. In the order of `targets`. */
function ranksOf({ depth, itemIndices, lengths }: Rankings, query: number, targets: Int32Array): Int32Array {
  const start = query * depth;
  const list = itemIndices.subarray(start, start + lengths[query]);
  if (targets.length === 1) return Int32Array.of(list.indexOf(targets[0]) + 1);
  const rankOf = new Map<number, number>();
  for (let position = 0; position < list.length; position++) rankOf.set(list[position], position + 1);
  return Int32Array.from(targets, (item) => rankOf.get(item) ?? 0);
}

/**
 * Measures the lists independent of their targets: columns `novelty@5` … `popularity@100` and `historyPopularity`. An
 * empty list has none of these (NaN); miscalibration needs genres on both sides and a history with positive weight.
 */
export function measureLists(
  rankings: Rankings,
  queries: readonly EvaluationQuery[],
  { genres, genreNames }: Catalogue,
  { userCount, usersOfItem }: ItemStatistics,
): ObservationTable {
  const columns = [...columnNames(LIST_METRICS), 'historyPopularity'];
  const values = new Float64Array(queries.length * columns.length).fill(Number.NaN);
  const novelty = Float64Array.from(usersOfItem, (users) => itemNovelty(users, userCount));
  const listed = new Float64Array(genreNames.length);
  const shares = new Float64Array(genreNames.length);
  for (const [index, { history }] of queries.entries()) {
    const start = index * rankings.depth;
    const list = rankings.itemIndices.subarray(start, start + rankings.lengths[index]);
    const taste = genreShares(history, genres, genreNames.length);
    const diversities = intraListDiversity(
      Array.from(list, (item) => genres[item]),
      genreNames.length,
      CUTOFFS,
    );
    listed.fill(0);
    let listedWeight = 0;
    let noveltySum = 0;
    let userSum = 0;
    let position = 0;
    let column = index * columns.length;
    for (const [cut, k] of CUTOFFS.entries()) {
      const length = Math.min(k, list.length);
      for (; position < length; position++) {
        const item = list[position];
        noveltySum += novelty[item];
        userSum += usersOfItem[item];
        listedWeight += addGenres(listed, genres[item], 1);
      }
      if (length > 0) {
        values[column] = noveltySum / length;
        values[column + 1] = diversities[cut];
        if (taste !== undefined && listedWeight > 0) {
          for (let genre = 0; genre < shares.length; genre++) shares[genre] = listed[genre] / listedWeight;
          values[column + 2] = miscalibration(taste, shares);
        }
        values[column + 3] = userSum / length / userCount;
      }
      column += LIST_METRICS.length;
    }
    if (history.itemIndices.length > 0 && list.length > 0) {
      let met = 0;
      for (const item of history.itemIndices) met += usersOfItem[item];
      values[column] = met / history.itemIndices.length / userCount;
    }
  }
  return { columns, userIndices: Int32Array.from(queries, ({ userIndex }) => userIndex), values };
}

/** How often each item is among the first `k` of a list. Length `itemCount`. */
export function countExposures({ depth, itemIndices, lengths }: Rankings, k: number, itemCount: number): Int32Array {
  const exposures = new Int32Array(itemCount);
  for (let query = 0; query < lengths.length; query++) {
    const start = query * depth;
    for (let position = start; position < start + Math.min(k, lengths[query]); position++) {
      exposures[itemIndices[position]]++;
    }
  }
  return exposures;
}

/** The items that can be ranked at the time of the latest query. */
export function rankableItems({ queries, availableFrom }: Fold): Int32Array {
  const latest = queries.reduce((moment, { asOf }) => Math.max(moment, asOf), Number.NEGATIVE_INFINITY);
  return Int32Array.from(availableFrom.keys()).filter((item) => availableFrom[item] < latest);
}

function columnNames(metrics: readonly string[]): string[] {
  return CUTOFFS.flatMap((k) => metrics.map((metric) => `${metric}@${k}`));
}

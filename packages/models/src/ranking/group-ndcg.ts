import { ndcgAtK } from '../evaluation/ranking-metrics.ts';
import type { QueryRows } from './ranking-table.ts';

/**
 * Mean NDCG@k of the queries of a table; a query without a positive counts 0. Ties count against the positives, so that
 * constant scores get no credit.
 *
 * @param scores One per row of the table.
 * @param labels 1 or 0, one per row.
 */
export function meanGroupNdcg(
  scores: Float32Array,
  labels: Float32Array,
  queries: readonly QueryRows[],
  k: number,
): number {
  return queries.reduce((sum, query) => sum + groupNdcg(scores, labels, query, k), 0) / queries.length;
}

/** NDCG@k of one query of a table, as {@link meanGroupNdcg} counts it. */
export function groupNdcg(
  scores: Float32Array | Float64Array,
  labels: Float32Array,
  { start, end, positiveCount }: QueryRows,
  k: number,
): number {
  if (positiveCount === 0) return 0;
  const hitRanks = ranksOfPositives(scores.subarray(start, end), labels.subarray(start, end), positiveCount);
  return ndcgAtK(hitRanks, positiveCount, k);
}

/** Ranks from 1, ascending. */
function ranksOfPositives(
  scores: Float32Array | Float64Array,
  labels: Float32Array,
  positiveCount: number,
): Int32Array {
  const positives = scores.filter((_, row) => labels[row] === 1).sort();
  const ranks = new Int32Array(positiveCount);
  for (let place = 0; place < positiveCount; place++) {
    const score = positives[positiveCount - 1 - place];
    let ahead = place;
    for (let row = 0; row < scores.length; row++) if (labels[row] === 0 && scores[row] >= score) ahead++;
    ranks[place] = ahead + 1;
  }
  return ranks;
}

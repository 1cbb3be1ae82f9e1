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
  let sum = 0;
  for (const { start, end, positiveCount } of queries) {
    if (positiveCount === 0) continue;
    const hitRanks = ranksOfPositives(scores.subarray(start, end), labels.subarray(start, end), positiveCount);
    sum += ndcgAtK(hitRanks, positiveCount, k);
  }
  return sum / queries.length;
}

/** Ranks from 1, ascending. */
function ranksOfPositives(scores: Float32Array, labels: Float32Array, positiveCount: number): Int32Array {
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

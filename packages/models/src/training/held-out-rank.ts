/**
 * Rank of `target` from 0 when items are sorted by `scores`, those of `seen` left out. Ties count against it: scores
 * that are all equal must not look like knowledge.
 *
 * @param scores Overwritten at `seen`.
 */
export function rankOfTarget(scores: Float32Array, target: number, seen: Int32Array): number {
  const targetScore = scores[target];
  for (const item of seen) if (item !== target) scores[item] = Number.NEGATIVE_INFINITY;
  let rank = 0;
  for (let item = 0; item < scores.length; item++) if (scores[item] >= targetScore) rank++;
  return rank - 1;
}

/** NDCG of one target at a rank counted from 0: 1 / log₂(rank + 2), 0 beyond the cutoff. */
export function ndcgOfRank(rank: number, cutoff: number): number {
  return rank < cutoff ? 1 / Math.log2(rank + 2) : 0;
}

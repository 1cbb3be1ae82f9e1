import type { RecallOver } from '../splits/split.ts';

/**
 * Accuracy of one ranked list against its targets. Every function takes `hitRanks`, the ranks (from 1) of targets in
 * the list, ascending. A target that is not in the list has no rank. `targetCount` ≥ 1 is the number of all targets;
 * the evaluator rejects a query without targets. All values lie in [0, 1].
 */
type HitRanks = ArrayLike<number>;

/** HR@k: 1 if at least one target is among the first `k`, else 0. */
export function hitRateAtK(hitRanks: HitRanks, k: number): number {
  return hitRanks.length > 0 && hitRanks[0] <= k ? 1 : 0;
}

/** Recall@k = |targets among the first k| / |targets|, or over min(k, |targets|) (Liang et al., 2018). */
export function recallAtK(hitRanks: HitRanks, targetCount: number, k: number, over: RecallOver): number {
  return countHits(hitRanks, k) / (over === 'min-k-targets' ? Math.min(k, targetCount) : targetCount);
}

/** Precision@k = |targets among the first k| / k. The divisor is always k, so a short list has no advantage. */
export function precisionAtK(hitRanks: HitRanks, k: number): number {
  return countHits(hitRanks, k) / k;
}

/**
 * NDCG@k with binary gains: Σ_{hits r ≤ k} 1 / log2(r + 1), divided by the same sum for the best possible list,
 * Σ_{r = 1 … min(k, |targets|)} 1 / log2(r + 1).
 *
 * @see Järvelin & Kekäläinen (2002), Cumulated gain-based evaluation of IR techniques, ACM TOIS 20(4).
 */
export function ndcgAtK(hitRanks: HitRanks, targetCount: number, k: number): number {
  let gain = 0;
  for (let hit = 0; hit < hitRanks.length && hitRanks[hit] <= k; hit++) gain += discount(hitRanks[hit]);
  if (gain === 0) return 0;
  let ideal = 0;
  for (let rank = 1; rank <= Math.min(k, targetCount); rank++) ideal += discount(rank);
  return gain / ideal;
}

/** MRR@k: 1 / rank of the first target within the first `k`; 0 when there is none. */
export function reciprocalRankAtK(hitRanks: HitRanks, k: number): number {
  return hitRanks.length > 0 && hitRanks[0] <= k ? 1 / hitRanks[0] : 0;
}

/**
 * AP@k = Σ_{hits r ≤ k} precision@r / min(k, |targets|); its mean over queries is MAP@k. Dividing by min(k, |targets|)
 * lets a list that is all targets reach 1.
 */
export function averagePrecisionAtK(hitRanks: HitRanks, targetCount: number, k: number): number {
  let sum = 0;
  for (let hit = 0; hit < hitRanks.length && hitRanks[hit] <= k; hit++) sum += (hit + 1) / hitRanks[hit];
  return sum / Math.min(k, targetCount);
}

function countHits(hitRanks: HitRanks, k: number): number {
  let hits = 0;
  while (hits < hitRanks.length && hitRanks[hits] <= k) hits++;
  return hits;
}

function discount(rank: number): number {
  return 1 / Math.log2(rank + 1);
}

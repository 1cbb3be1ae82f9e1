import type { ScoredItems } from '@matinee/models/retrieval';

/** Drops items with a score of 0 or less, which are last. */
export function inFavour({ itemIndices, scores }: ScoredItems): ScoredItems {
  const end = scores.findIndex((score) => !(score > 0));
  return end < 0
    ? { itemIndices, scores }
    : { itemIndices: itemIndices.subarray(0, end), scores: scores.subarray(0, end) };
}

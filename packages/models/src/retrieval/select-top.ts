import { topK } from '@matinee/numerics';
import type { ScoredItems } from './retrieval-model.ts';

/**
 * The `n` best of `scores`, which stay as they are, without the excluded and those that are NaN; ties by lower index.
 */
export function selectTop(scores: Float32Array, n: number, excluded?: Uint8Array): ScoredItems {
  const itemIndices = topK(scores, n, excluded);
  const selected = new Float32Array(itemIndices.length);
  for (let position = 0; position < selected.length; position++) selected[position] = scores[itemIndices[position]];
  return { itemIndices, scores: selected };
}

/** Writes the scores of these items into `into`, which is as long. */
export function takeScores(scores: Float32Array, itemIndices: Int32Array, into: Float32Array): void {
  for (let at = 0; at < itemIndices.length; at++) into[at] = scores[itemIndices[at]];
}

import { topK } from '@matinee/numerics';
import type { ScoredItems } from './retrieval-model.ts';

/**
 * The `n` best of `scores`, without the excluded and those that are NaN; ties by lower index.
 *
 * @param scores Overwritten: excluded positions become NaN.
 */
export function selectTop(scores: Float32Array, n: number, excluded?: Uint8Array): ScoredItems {
  if (excluded !== undefined) {
    for (let item = 0; item < scores.length; item++) if (excluded[item] !== 0) scores[item] = Number.NaN;
  }
  const itemIndices = topK(scores, n);
  const selected = new Float32Array(itemIndices.length);
  for (let position = 0; position < selected.length; position++) selected[position] = scores[itemIndices[position]];
  return { itemIndices, scores: selected };
}

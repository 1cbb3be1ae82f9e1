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

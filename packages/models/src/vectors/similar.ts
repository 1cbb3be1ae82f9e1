import type { ItemIndex } from '../data/indices.ts';
import type { ItemVectors, RetrievalModel, RetrievalQuery, ScoredItems } from '../retrieval/retrieval-model.ts';
import { selectTop } from '../retrieval/select-top.ts';
import { createExactIndex } from './exact-index.ts';
import { scoreVectors } from './score-vectors.ts';
import type { VectorIndex } from './vector-index.ts';
import { createVectorStore } from './vector-store.ts';

/**
 * The items whose vectors have the largest cosine with the vector of `itemIndex`.
 *
 * @param excluded By item index, non-zero = left out. The item itself is always left out.
 * @returns Best first; empty for an item without a vector.
 * @remarks O(items · width).
 */
export function similarItems(
  { width, itemIndices, values }: ItemVectors,
  itemIndex: ItemIndex,
  n: number,
  excluded?: Uint8Array,
): ScoredItems {
  const itemCount = 1 + (itemIndices.at(-1) ?? -1);
  const scores = new Float32Array(itemCount).fill(Number.NaN);
  const row = itemIndices.indexOf(itemIndex);
  if (row >= 0) {
    scoreVectors(values.subarray(row * width, (row + 1) * width), values, itemIndices, scores);
    itemIndices.forEach((item, at) => {
      scores[item] /= Math.hypot(...values.subarray(at * width, (at + 1) * width));
    });
    scores[itemIndex] = Number.NaN;
  }
  return selectTop(scores, n, excluded);
}

/**
 * An index of users by the direction of their vectors, to find users with similar taste. `search` with a history's
 * vector returns positions in `queries`, nearest first. Users without a vector are left out.
 */
export async function indexUsers(model: RetrievalModel, queries: readonly RetrievalQuery[]): Promise<VectorIndex> {
  const found: { readonly position: number; readonly vector: Float32Array }[] = [];
  for (const [position, query] of queries.entries()) {
    const vector = await model.encode?.(query);
    const length = vector === undefined ? 0 : Math.hypot(...vector);
    if (vector !== undefined && length > 0) found.push({ position, vector: vector.map((value) => value / length) });
  }
  const dimension = model.vectors?.width ?? 1;
  const vectors = new Float32Array(found.length * dimension);
  found.forEach(({ vector }, at) => {
    vectors.set(vector, at * dimension);
  });
  return createExactIndex(
    createVectorStore({ dimension, keys: Int32Array.from(found, ({ position }) => position), vectors }),
  );
}

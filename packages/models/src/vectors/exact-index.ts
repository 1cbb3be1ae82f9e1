import type { ScoredItems } from '../retrieval/retrieval-model.ts';
import { selectTop } from '../retrieval/select-top.ts';
import { decodeVectorIndex, encodeVectorIndex } from './index-bytes.ts';
import type { VectorIndex, VectorIndexFactory } from './vector-index.ts';
import { createVectorStore, requireVector, type VectorStore } from './vector-store.ts';

/** Exact search over every vector. It has no structure, so the saved bytes only identify the vectors. */
export const exactIndexFactory: VectorIndexFactory = {
  kind: 'exact',
  build: (table) => createExactIndex(createVectorStore(table)),
  load(bytes, table) {
    const store = createVectorStore(table);
    decodeVectorIndex('exact', bytes, store);
    return { index: createExactIndex(store), measuredRecall: 1 };
  },
};

/** @param store Owned by the index afterwards; changing it changes the index. */
export function createExactIndex(store: VectorStore): VectorIndex {
  return {
    kind: 'exact',
    dimension: store.dimension,
    get size() {
      return store.size;
    },
    has: store.has,
    search(query, n, excluded) {
      requireVector('the query', query, store.dimension);
      return searchExactly(store, query, n, excluded);
    },
    insert: (key, vector) => store.set(key, vector),
    remove: (key) => store.delete(key),
    save: () => encodeVectorIndex('exact', store, {}),
  };
}

/** The search of {@link VectorIndex} for a validated query. */
export function searchExactly(
  store: VectorStore,
  query: Float32Array,
  n: number,
  excluded: Uint8Array | undefined,
): ScoredItems {
  const scores = new Float32Array(store.keyLimit);
  store.scoreAll(query, scores);
  return selectTop(scores, n, excluded);
}

/**
 * The `n` best of `keys`, all of which are held, by their exact scores; ties by lower key.
 *
 * @param keys Distinct; sorted in place.
 */
export function rankExactly(store: VectorStore, query: Float32Array, n: number, keys: Int32Array): ScoredItems {
  keys.sort();
  const { itemIndices: positions, scores } = selectTop(store.scoreKeys(query, keys), n);
  return { itemIndices: positions.map((position) => keys[position]), scores };
}

import type { ScoredItems } from '../retrieval/retrieval-model.ts';

/** `exact` compares every vector; `hnsw` searches a graph of neighbours and may miss some. */
export type VectorIndexKind = 'exact' | 'hnsw';

/** Vectors by key. */
export interface VectorTable {
  readonly dimension: number;
  /** Item indices: distinct, in any order. Memory grows with the largest index, so they should be dense. */
  readonly keys: Int32Array;
  /** Row-major [keys.length, dimension]. */
  readonly vectors: Float32Array;
}

/**
 * Maximum-inner-product search over float32 vectors.
 *
 * `insert` and `remove` take effect in the next search. All calls are synchronous, because a search is too short to be
 * worth an event-loop round trip. Every implementation runs `testing/vector-index.contract.ts`.
 */
export interface VectorIndex {
  readonly kind: VectorIndexKind;
  readonly dimension: number;
  /** Current number of vectors. */
  readonly size: number;
  has(key: number): boolean;
  /**
   * The `n` keys with the largest inner products, best first, ties by lower key. Scores are exact in every kind: equal
   * vectors give bit-identical scores. Returns n keys whenever n vectors are allowed.
   *
   * @param query Finite values; any length.
   * @param excluded By key; a key with `excluded[key] !== 0` or beyond its end is left out.
   * @throws {MatineeError} `BAD_VECTOR` for another dimension, or a value that is not finite or beyond 10¹⁵.
   */
  search(query: Float32Array, n: number, excluded?: Uint8Array): ScoredItems;
  /**
   * Adds a vector or replaces the existing one.
   *
   * @throws {MatineeError} `BAD_VECTOR` as `search`, and for a vector that this kind cannot take (see {@link
   * VectorIndexFactory}); `BAD_KEY` for a key that is not an integer in [0, 2²⁴). The index is unchanged then.
   */
  insert(key: number, vector: Float32Array): void;
  /** @returns Whether the key was there. */
  remove(key: number): boolean;
  /**
   * Serialises the index structure without the vectors; the model stores those and passes them to `load`. Equal
   * sequences of calls give equal bytes.
   */
  save(): Uint8Array;
}

export interface LoadedVectorIndex {
  /** Of kind `exact` if the saved index was below its factory's minimum recall. */
  readonly index: VectorIndex;
  /**
   * Recall of the saved index: the share of the true 100 best that it finds, over a fixed sample of its own vectors as
   * queries.
   */
  readonly measuredRecall: number;
}

/**
 * Makes indices of one kind.
 *
 * `exact` takes any vectors. `hnsw` takes vectors of unit length only (to 10⁻³), where the largest inner product is the
 * nearest neighbour. With other lengths a graph of nearest vectors does not lead to the largest product.
 */
export interface VectorIndexFactory {
  readonly kind: VectorIndexKind;
  /**
   * @param table Copied.
   * @throws {MatineeError} `BAD_SHAPE` when keys, vectors and dimension do not fit together; `BAD_KEY` for a key that
   * is out of range or occurs twice; `BAD_VECTOR`, naming the key.
   */
  build(table: VectorTable): VectorIndex;
  /**
   * Loads the output of `save`.
   *
   * An intact index with too low a recall is replaced by the exact one: results stay right and only become slower. The
   * caller can detect it by `index.kind` and should log it.
   *
   * @param table The vectors that were held when the index was saved, in any order; copied.
   * @throws {MatineeError} `BAD_ARTIFACT` for bytes that are truncated, altered, of another kind or saved for other
   * vectors; and as `build`.
   */
  load(bytes: Uint8Array, table: VectorTable): LoadedVectorIndex;
}

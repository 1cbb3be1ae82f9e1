import type { ScoredItems } from '../retrieval/retrieval-model.ts';

/** `exact` looks at every vector; `hnsw` walks a graph of neighbours and may miss some. */
export type VectorIndexKind = 'exact' | 'hnsw';

/** Vectors by key. */
export interface VectorTable {
  readonly dimension: number;
  /** Item indices: distinct, in any order. Memory grows with the largest, so they should be dense. */
  readonly keys: Int32Array;
  /** Row-major [keys.length, dimension]. */
  readonly vectors: Float32Array;
}

/**
 * Maximum-inner-product search over float32 vectors.
 *
 * What changes by `insert` and `remove` shows in the very next search. All calls are synchronous: a search takes
 * less than a turn of the event loop costs. Every implementation runs `testing/vector-index.contract.ts`.
 */
export interface VectorIndex {
  readonly kind: VectorIndexKind;
  readonly dimension: number;
  /** Vectors held now. */
  readonly size: number;
  has(key: number): boolean;
  /**
   * The `n` keys with the largest inner products, best first, ties by lower key. Scores are exact in every kind: equal
   * to the bit for equal vectors. While n vectors are allowed, n come back.
   *
   * @param query Finite values; any length.
   * @param excluded By key; a key with `excluded[key] !== 0` is left out, and so is one beyond its end.
   * @throws {MatineeError} `BAD_VECTOR` for another dimension, or a value that is not finite or beyond 10¹⁵.
   */
  search(query: Float32Array, n: number, excluded?: Uint8Array): ScoredItems;
  /**
   * Adds a vector, or replaces the one that is there.
   *
   * @throws {MatineeError} `BAD_VECTOR` as `search`, and for a vector that this kind cannot take (see
   *   {@link VectorIndexFactory}); `BAD_KEY` for a key that is not an integer in [0, 2²⁴). The index is unchanged then.
   */
  insert(key: number, vector: Float32Array): void;
  /** @returns Whether the key was there. */
  remove(key: number): boolean;
  /**
   * What takes long to compute, without the vectors: those are the model's and are handed back to `load`. Equal
   * histories of calls give equal bytes.
   */
  save(): Uint8Array;
}

export interface LoadedVectorIndex {
  /** Of kind `exact` where the saved one fell short of its factory's floor of recall. */
  readonly index: VectorIndex;
  /** Of the saved index: share of the true 100 best that it finds, over a fixed sample of its own vectors as queries. */
  readonly measuredRecall: number;
}

/**
 * Makes indices of one kind.
 *
 * `exact` takes any vectors. `hnsw` takes vectors of unit length only (to 10⁻³), where the largest inner product is the
 * nearest neighbour: with lengths that differ a graph of nearest vectors does not lead to the largest product.
 */
export interface VectorIndexFactory {
  readonly kind: VectorIndexKind;
  /**
   * @param table Copied.
   * @throws {MatineeError} `BAD_SHAPE` when keys, vectors and dimension do not fit together; `BAD_KEY` for a key that is
   *   out of range or stands twice; `BAD_VECTOR`, naming the key.
   */
  build(table: VectorTable): VectorIndex;
  /**
   * Reads what `save` gave.
   *
   * An index that is intact but finds too little is replaced by the exact one: answers stay right and only become
   * slower. The caller sees it by `index.kind` and should log it.
   *
   * @param table The vectors that were held when the index was saved, in any order; copied.
   * @throws {MatineeError} `BAD_ARTIFACT` for bytes that are cut short, altered, of another kind, or saved over other
   *   vectors; and as `build`.
   */
  load(bytes: Uint8Array, table: VectorTable): LoadedVectorIndex;
}

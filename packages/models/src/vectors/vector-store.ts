import { MatineeError } from '@matinee/numerics';
import type { VectorTable } from './vector-index.ts';

/** The vectors of an index by key, with exact inner products. */
export interface VectorStore {
  readonly dimension: number;
  /** Current number of vectors. */
  readonly size: number;
  /** One more than the largest key ever stored. */
  readonly keyLimit: number;
  has(key: number): boolean;
  /** @throws {MatineeError} `BAD_VECTOR`, `BAD_KEY`; the store is unchanged then. */
  set(key: number, vector: Float32Array): void;
  /** @returns Whether the key was there. */
  delete(key: number): boolean;
  /** Writes the inner product with every vector into `scores` [keyLimit], by key; NaN for a key without a vector. */
  scoreAll(query: Float32Array, scores: Float32Array): void;
  /** Inner products with the vectors of `keys`, all of which are stored. Bit-identical to `scoreAll`. */
  scoreKeys(query: Float32Array, keys: Int32Array): Float32Array;
  /** A copy, by ascending key. */
  toTable(): VectorTable;
  /** A 32-bit hash of keys and vectors, independent of their order. Not cryptographic. */
  fingerprint(): number;
}

/** Largest length of an array by key: 16 million items. */
const KEY_LIMIT = 2 ** 24;
/** Beyond this magnitude inner products could overflow a float32. */
const LARGEST_VALUE = 1e15;

/**
 * @throws {MatineeError} `BAD_SHAPE`, `BAD_KEY`, `BAD_VECTOR`, as {@link VectorIndexFactory} says.
 * @remarks Row `key` of one matrix holds the vector of `key`: no table of positions, and scores come out by key.
 */
export function createVectorStore(table: VectorTable): VectorStore {
  const { dimension, keys } = table;
  requireShape(table);
  // Rows are padded with a zero to an even length, because the products below take two values at a time.
  const stride = dimension + (dimension & 1);
  let vectors = new Float32Array(0);
  let held = new Uint8Array(0);
  let keyLimit = 0;
  let size = 0;

  const reserve = (capacity: number): void => {
    if (capacity <= held.length) return;
    const grownVectors = new Float32Array(capacity * stride);
    const grownHeld = new Uint8Array(capacity);
    grownVectors.set(vectors);
    grownHeld.set(held);
    vectors = grownVectors;
    held = grownHeld;
  };

  const store: VectorStore = {
    dimension,
    get size() {
      return size;
    },
    get keyLimit() {
      return keyLimit;
    },
    has: (key) => held[key] === 1,
    set(key, vector) {
      requireKey(key);
      requireVector(`the vector of key ${key}`, vector, dimension);
      if (key >= held.length) reserve(Math.min(KEY_LIMIT, Math.max(key + 1, 2 * held.length)));
      if (held[key] === 0) size++;
      held[key] = 1;
      vectors.set(vector, key * stride);
      keyLimit = Math.max(keyLimit, key + 1);
    },
    delete(key) {
      if (held[key] !== 1) return false;
      held[key] = 0;
      size--;
      return true;
    },
    scoreAll(query, scores) {
      innerProducts(padded(query, stride), vectors, scores.subarray(0, keyLimit));
      for (let key = 0; key < keyLimit; key++) if (held[key] === 0) scores[key] = Number.NaN;
    },
    scoreKeys(query, wanted) {
      const scores = new Float32Array(wanted.length);
      for (let position = 0; position < wanted.length; position++) {
        scores[position] = innerProduct(query, vectors, wanted[position] * stride);
      }
      return scores;
    },
    toTable() {
      const ascending = new Int32Array(size);
      const copies = new Float32Array(size * dimension);
      let row = 0;
      for (let key = 0; key < keyLimit; key++) {
        if (held[key] === 0) continue;
        ascending[row] = key;
        copies.set(vectors.subarray(key * stride, key * stride + dimension), row * dimension);
        row++;
      }
      return { dimension, keys: ascending, vectors: copies };
    },
    fingerprint() {
      const words = new Int32Array(vectors.buffer);
      let sum = dimension;
      for (let key = 0; key < keyLimit; key++) {
        if (held[key] === 1) sum = (sum + hashRow(key, words, key * stride, dimension)) | 0;
      }
      return sum >>> 0;
    },
  };

  reserve(keys.reduce((limit, key) => Math.max(limit, key < KEY_LIMIT ? key + 1 : 0), 0));
  for (let row = 0; row < keys.length; row++) {
    if (store.has(keys[row])) throw new MatineeError('BAD_KEY', `key ${keys[row]} stands twice in the table`);
    store.set(keys[row], table.vectors.subarray(row * dimension, (row + 1) * dimension));
  }
  return store;
}

/** @throws {MatineeError} `BAD_VECTOR`, naming `what`. */
export function requireVector(what: string, vector: Float32Array, dimension: number): void {
  if (vector.length !== dimension) {
    throw new MatineeError('BAD_VECTOR', `${what} has ${vector.length} values; this index holds ${dimension}`);
  }
  for (let position = 0; position < dimension; position++) {
    if (Math.abs(vector[position]) <= LARGEST_VALUE) continue; // also false for NaN
    throw new MatineeError(
      'BAD_VECTOR',
      `${what} holds ${vector[position]} at position ${position}; values are finite and at most ${LARGEST_VALUE}`,
    );
  }
}

function requireShape({ dimension, keys, vectors }: VectorTable): void {
  if (!Number.isInteger(dimension) || dimension < 1) {
    throw new MatineeError('BAD_SHAPE', `dimension must be a positive integer; got ${dimension}`);
  }
  if (vectors.length !== keys.length * dimension) {
    throw new MatineeError(
      'BAD_SHAPE',
      `${keys.length} vectors of ${dimension} values are ${keys.length * dimension}; got ${vectors.length}`,
    );
  }
}

function requireKey(key: number): void {
  if (!Number.isInteger(key) || key < 0 || key >= KEY_LIMIT) {
    throw new MatineeError('BAD_KEY', `a key is an integer in [0, ${KEY_LIMIT}); got ${key}`);
  }
}

function padded(query: Float32Array, stride: number): Float32Array {
  if (query.length === stride) return query;
  const even = new Float32Array(stride);
  even.set(query);
  return even;
}

/**
 * scores[r] = query · rows[r], summed in float64 in order of position.
 *
 * Four rows at a time, so that their sums are independent and each value of the query is read once for all four.
 *
 * @param query Of even length.
 * @param rows Row-major, at least [scores.length, query.length].
 */
function innerProducts(query: Float32Array, rows: Float32Array, scores: Float32Array): void {
  const width = query.length;
  let row = 0;
  for (; row + 3 < scores.length; row += 4) {
    const start0 = row * width;
    const start1 = start0 + width;
    const start2 = start1 + width;
    const start3 = start2 + width;
    let sum0 = 0;
    let sum1 = 0;
    let sum2 = 0;
    let sum3 = 0;
    for (let at = 0; at < width; at += 2) {
      const even = query[at];
      const odd = query[at + 1];
      sum0 += even * rows[start0 + at];
      sum1 += even * rows[start1 + at];
      sum2 += even * rows[start2 + at];
      sum3 += even * rows[start3 + at];
      sum0 += odd * rows[start0 + at + 1];
      sum1 += odd * rows[start1 + at + 1];
      sum2 += odd * rows[start2 + at + 1];
      sum3 += odd * rows[start3 + at + 1];
    }
    scores[row] = sum0;
    scores[row + 1] = sum1;
    scores[row + 2] = sum2;
    scores[row + 3] = sum3;
  }
  for (; row < scores.length; row++) scores[row] = innerProduct(query, rows, row * width);
}

/** Sums in the same order as {@link innerProducts}, so that both give equal scores for a key. */
function innerProduct(query: Float32Array, rows: Float32Array, start: number): number {
  let sum = 0;
  for (let at = 0; at < query.length; at++) sum += query[at] * rows[start + at];
  return sum;
}

/** 32-bit FNV-1a over the key and the vector's words. */
function hashRow(key: number, words: Int32Array, start: number, length: number): number {
  let hash = Math.imul(0x811c9dc5 ^ key, 0x01000193);
  for (let at = start; at < start + length; at++) {
    hash = Math.imul(hash ^ words[at], 0x01000193);
    hash ^= hash >>> 15; // spreads a flip of a word's highest bit to other bits
  }
  return hash;
}

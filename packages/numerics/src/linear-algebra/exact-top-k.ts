import type { SessionOptions } from '../engine/session.ts';
import { MatineeError } from '../error.ts';
import { topK } from '../top-k.ts';
import { createRowProduct, type MatrixView, rowsOf } from './product.ts';

/** The best rows of each query, best first. */
export interface ExactTopK {
  /** [queryCount, k]; −1 after the last result if fewer than k rows were left. */
  readonly indices: Int32Array;
  /** [queryCount, k], the inner products; −Infinity where the index is −1. */
  readonly scores: Float32Array;
}

/** Exact maximum-inner-product search. */
export interface ExactSearch {
  /** Row indices to exclude, per query. */
  search(queries: Float32Array, k: number, excluded?: readonly (Int32Array | undefined)[]): Promise<ExactTopK>;
  release(): Promise<void>;
}

// Scores of a batch of queries: 16 MB, which bounds memory and stays near the cache.
const BATCH_SCORES = 4_000_000;

/**
 * Prepares exact search over the rows of a matrix: one matrix product per batch of queries, then selection.
 *
 * @param rows Row-major [rowCount, dimension]; referenced, not copied.
 */
export async function createExactSearch(
  rows: Float32Array,
  dimension: number,
  options: SessionOptions = {},
): Promise<ExactSearch> {
  const table = asRows('rows', rows, dimension);
  const kernel = await createRowProduct(options);
  const batchSize = Math.max(1, Math.floor(BATCH_SCORES / table.rowCount));
  const scratch = new Float32Array(batchSize * table.rowCount);
  return {
    async search(queries, k, excluded = []) {
      const all = asRows('queries', queries, dimension);
      const indices = new Int32Array(all.rowCount * k).fill(-1);
      const scores = new Float32Array(all.rowCount * k).fill(Number.NEGATIVE_INFINITY);
      for (let first = 0; first < all.rowCount; first += batchSize) {
        const left = rowsOf(all, first, Math.min(all.rowCount, first + batchSize));
        const data = scratch.subarray(0, left.rowCount * table.rowCount);
        const output = { rowCount: left.rowCount, columnCount: table.rowCount, data };
        await kernel.run({ left, right: table }, output);
        for (let row = 0; row < left.rowCount; row++) {
          const rowScores = rowsOf(output, row, row + 1).data;
          const query = first + row;
          for (const index of excluded[query] ?? []) rowScores[index] = Number.NEGATIVE_INFINITY;
          const best = topK(rowScores, k);
          indices.set(best, query * k);
          for (let rank = 0; rank < best.length; rank++) scores[query * k + rank] = rowScores[best[rank]];
        }
      }
      return { indices, scores };
    },
    release: () => kernel.release(),
  };
}

function asRows(name: string, data: Float32Array, columnCount: number): MatrixView {
  const rowCount = data.length / columnCount;
  if (!Number.isInteger(rowCount) || rowCount === 0) {
    throw new MatineeError('BAD_SHAPE', `${name}: ${data.length} values are not rows of ${columnCount}`);
  }
  return { rowCount, columnCount, data };
}

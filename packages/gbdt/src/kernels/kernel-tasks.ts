/**
 * The loops that take nearly all of the training time. There are two implementations: a reference in plain TypeScript
 * (kernels-reference.ts), and a fast one in multi-threaded WebAssembly (kernels-wasm.ts).
 *
 * Gradients are fixed-point: integers of at most 31 bits times a power of two that is chosen per tree, so that no sum
 * over all rows reaches 2^53. Doubles add such integers without rounding. Sums therefore do not depend on the order of
 * the rows or on how the work is divided, histogram subtraction is exact, and the two implementations agree in every
 * bit.
 */
export interface TrainingKernels {
  /** Bins `rowCount` staged rows and writes them from row `firstRow` of the bin matrix. */
  binStagedRows(firstRow: number, rowCount: number): void;
  /**
   * Writes the logistic gradients of every row in fixed point: gradient × `gradientScale`, hessian × `hessianScale`.
   */
  logisticPairs(hasWeights: boolean, gradientScale: number, hessianScale: number): void;
  /** Writes LambdaMART gradients as float32 pairs, for sorted queries. The reference is in lambdamart.ts. */
  lambdamartPairs(sigma: number): void;
  /** Converts float32 pairs to fixed point, in place. */
  quantizePairs(gradientScale: number, hessianScale: number): void;
  /**
   * Sums the pairs of rows[begin … end) into histogram `slot`. If `parentSlot` ≥ 0, then subtracts the sums from that
   * histogram, which becomes the histogram of the sibling.
   */
  buildHistogram(begin: number, end: number, slot: number, parentSlot: number): void;
  /** Stably partitions rows[begin … end) by `goesLeft[bin of feature]`; returns how many rows go left. */
  partitionRows(begin: number, end: number, feature: number): number;
  /** Adds `values[leaf]` to the score of every row in rows[begins[leaf] … ends[leaf]). */
  addLeafValues(begins: readonly number[], ends: readonly number[], values: readonly number[]): void;
}

/** Smallest hessian of the logistic loss; keeps some weight on a saturated row. */
export const LEAST_LOGISTIC_HESSIAN = 1e-16;

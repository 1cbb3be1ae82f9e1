/**
 * The loops that take nearly all of the training time, as one interface with two implementations: the reference in
 * plain TypeScript (kernels-reference.ts) and the fast one in WebAssembly on any number of threads (kernels-wasm.ts).
 *
 * Gradients are fixed-point: a gradient is an integer of at most 31 bits times a power of two, chosen per tree so that no
 * sum over all rows reaches 2^53. Doubles add such integers without rounding, so sums do not depend on the order of the
 * rows or on how the work is divided, histogram subtraction is exact, and the two implementations agree in every bit.
 */
export interface TrainingKernels {
  /** Bins `rowCount` staged rows into rows `firstRow …` of the bin matrix. */
  binStagedRows(firstRow: number, rowCount: number): void;
  /** Logistic gradients of every row, straight to fixed point: gradient × `gradientScale`, hessian × `hessianScale`. */
  logisticPairs(hasWeights: boolean, gradientScale: number, hessianScale: number): void;
  /** LambdaMART gradients as float32 pairs, for queries that are in order: see lambdamart.ts, which is the reference. */
  lambdamartPairs(sigma: number): void;
  /** Turns float32 pairs into fixed point, in place. */
  quantizePairs(gradientScale: number, hessianScale: number): void;
  /**
   * Sums the pairs of rows[begin … end) into histogram `slot`. With `parentSlot` ≥ 0 then takes the sums away from that
   * histogram, which becomes the sibling's.
   */
  buildHistogram(begin: number, end: number, slot: number, parentSlot: number): void;
  /** Stable partition of rows[begin … end) by `goesLeft[bin of feature]`; returns how many rows went left. */
  partitionRows(begin: number, end: number, feature: number): number;
  /** Adds `values[leaf]` to the score of every row in rows[begins[leaf] … ends[leaf]). */
  addLeafValues(begins: readonly number[], ends: readonly number[], values: readonly number[]): void;
}

/** Smallest hessian of the logistic loss, so that a saturated row still has some weight. */
export const LEAST_LOGISTIC_HESSIAN = 1e-16;

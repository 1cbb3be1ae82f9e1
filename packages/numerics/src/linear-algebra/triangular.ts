import { MatineeError } from '../error.ts';

/**
 * Factors a small symmetric positive-definite matrix in place, in float64: A = L Lᵀ.
 *
 * This is the plain algorithm, row by row. It factors the diagonal blocks of the blocked version and serves as the
 * reference in its tests.
 *
 * @param matrix Row-major [size, size]; only the lower triangle is read. On return it is L, zeros above the diagonal.
 * @param firstRow Number of the first row in the whole matrix, for the error message.
 * @throws {MatineeError} `NOT_POSITIVE_DEFINITE`, naming the row at which a pivot is not positive.
 * @see Golub & Van Loan (2013), Matrix Computations, section 4.2.
 */
export function factorSmall(matrix: Float64Array, size: number, firstRow = 0): void {
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) {
      const product = dot(matrix, i * size, j * size, j);
      matrix[i * size + j] = (matrix[i * size + j] - product) / matrix[j * size + j];
    }
    const pivot = matrix[i * size + i] - dot(matrix, i * size, i * size, i);
    if (!(pivot > 0)) {
      throw new MatineeError(
        'NOT_POSITIVE_DEFINITE',
        `pivot ${firstRow + i} is ${pivot}: the matrix is not positive definite, or needs a larger ridge`,
      );
    }
    matrix[i * size + i] = Math.sqrt(pivot);
    matrix.fill(0, i * size + i + 1, (i + 1) * size);
  }
}

/** Returns the inverse of a small lower-triangular matrix, row-major [size, size], float64. */
export function invertLowerSmall(lower: Float64Array, size: number): Float64Array {
  const inverse = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    // Row i of the inverse is (eᵢ − Σ_k<i L[i,k] row k) / L[i,i].
    inverse[i * size + i] = 1;
    for (let k = 0; k < i; k++) {
      const factor = lower[i * size + k];
      for (let j = 0; j <= k; j++) inverse[i * size + j] -= factor * inverse[k * size + j];
    }
    const diagonal = lower[i * size + i];
    for (let j = 0; j <= i; j++) inverse[i * size + j] /= diagonal;
  }
  return inverse;
}

/**
 * Solves L Lᵀ x = b in place, forward and then backward.
 *
 * @param lower The result of {@link factorSmall}, row-major [size, size].
 * @param vector On entry b, on return x; length size.
 */
export function solveSmall(lower: Float64Array, size: number, vector: Float64Array): void {
  for (let i = 0; i < size; i++) {
    let rest = vector[i];
    for (let k = 0; k < i; k++) rest -= lower[i * size + k] * vector[k];
    vector[i] = rest / lower[i * size + i];
  }
  // Column i of Lᵀ is row i of L: each solved unknown is subtracted from those above it.
  for (let i = size - 1; i >= 0; i--) {
    const solved = vector[i] / lower[i * size + i];
    vector[i] = solved;
    for (let k = 0; k < i; k++) vector[k] -= lower[i * size + k] * solved;
  }
}

/**
 * Returns Σ a[first + t] a[second + t] for t < length. Four sums run in parallel; one would wait for its own additions.
 */
function dot(values: Float64Array, first: number, second: number, length: number): number {
  let sum0 = 0;
  let sum1 = 0;
  let sum2 = 0;
  let sum3 = 0;
  let t = 0;
  for (; t + 3 < length; t += 4) {
    sum0 += values[first + t] * values[second + t];
    sum1 += values[first + t + 1] * values[second + t + 1];
    sum2 += values[first + t + 2] * values[second + t + 2];
    sum3 += values[first + t + 3] * values[second + t + 3];
  }
  for (; t < length; t++) sum0 += values[first + t] * values[second + t];
  return sum0 + sum1 + (sum2 + sum3);
}

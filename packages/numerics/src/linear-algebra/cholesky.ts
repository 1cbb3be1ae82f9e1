import type { SessionOptions } from '../engine/session.ts';
import { MatineeError } from '../error.ts';
import { createSubtractProduct, type MatrixView, type ProductKernel, rowsOf, zeroMatrix } from './product.ts';
import { factorSmall, invertLowerSmall } from './triangular.ts';

/** Options of the blocked algorithms. */
export interface BlockedOptions extends SessionOptions {
  /**
   * Rows and columns of a block. Default 256, the fastest of 128–512 at 3,417 and at 8,000 rows.
   *
   * Larger blocks leave more work to the scalar factorisation of the diagonal. The size affects speed and, in the last
   * digits, rounding.
   */
  readonly blockSize?: number;
  /** Checked before every product of blocks. An `AbortSignal` can be passed. */
  readonly signal?: { readonly aborted: boolean };
  /** Awaited before every product of blocks, with `done` of `total`. If it throws, the work ends with that error. */
  readonly checkpoint?: (done: number, total: number) => Promise<void>;
}

const DEFAULT_BLOCK_SIZE = 256;

/**
 * A Cholesky factor in panels: A = L Lᵀ with L lower triangular.
 *
 * Panel I is the transpose of block row I of L: [columns 0 … end of block I, rows of block I], row-major. A range of
 * L's columns is therefore a range of the panel's rows, contiguous in memory, and the sums of the algorithm are
 * products of two such ranges without copying. It takes half the memory of a square matrix.
 */
export interface CholeskyFactor {
  readonly size: number;
  readonly blockSize: number;
  readonly panels: readonly MatrixView[];
  /** −(L_II)⁻ᵀ of every diagonal block. The sign suits the only kernel, which subtracts a product. */
  readonly negatedInverses: readonly MatrixView[];
}

/**
 * Factors a symmetric positive-definite matrix by blocks.
 *
 * Products run in float32 on ONNX Runtime's threads; diagonal blocks are factored in float64.
 *
 * @param matrix Row-major [size, size]; only the lower triangle is read.
 * @throws {MatineeError} `BAD_SHAPE` when the length is not size²; `NOT_POSITIVE_DEFINITE`, naming the row; `ABORTED`.
 * @remarks size³/3 floating-point operations; size²/2 floats of memory besides the input.
 * @see Golub & Van Loan (2013), Matrix Computations, section 4.2.9.
 */
export async function factorCholesky(
  matrix: Float32Array,
  size: number,
  options: BlockedOptions = {},
): Promise<CholeskyFactor> {
  const blockSize = options.blockSize ?? DEFAULT_BLOCK_SIZE;
  const kernel = interruptible(await createSubtractProduct(options), options, factorProducts(size, blockSize));
  try {
    return await factorWith(kernel, matrix, size, blockSize);
  } finally {
    await kernel.release();
  }
}

/**
 * Replaces a symmetric positive-definite matrix by its inverse.
 *
 * With M = L⁻¹, the inverse is Mᵀ M. All three stages (L, M, MᵀM) are the same product of panels.
 *
 * @param matrix Row-major [size, size]; only the lower triangle is read, both are written.
 * @throws Same as {@link factorCholesky}. After `ABORTED` the matrix may be partly overwritten, otherwise it is
 * unchanged.
 * @remarks size³ floating-point operations; at the peak, size² floats of memory besides the matrix itself.
 */
export async function invertPositiveDefinite(
  matrix: Float32Array,
  size: number,
  options: BlockedOptions = {},
): Promise<void> {
  const blockSize = options.blockSize ?? DEFAULT_BLOCK_SIZE;
  const kernel = interruptible(await createSubtractProduct(options), options, inverseProducts(size, blockSize));
  try {
    const factor = await factorWith(kernel, matrix, size, blockSize);
    const inverse = await invertFactor(kernel, factor);
    await multiplyByTranspose(kernel, inverse, blockSize, matrix, size);
  } finally {
    await kernel.release();
  }
}

function interruptible(
  kernel: ProductKernel,
  { signal, checkpoint }: BlockedOptions,
  productCount: number,
): ProductKernel {
  let done = 0;
  return {
    ...kernel,
    async run(operands, output) {
      if (signal?.aborted) throw new MatineeError('ABORTED', 'the factorisation was cancelled');
      await checkpoint?.(done++, productCount);
      await kernel.run(operands, output);
    },
  };
}

/**
 * Number of products of the factorisation: block row I needs I products to solve and I to sum over preceding columns.
 */
function factorProducts(size: number, blockSize: number): number {
  const blockCount = Math.ceil(size / blockSize);
  return blockCount * (blockCount - 1);
}

/**
 * Number of products of the inversion: two per block below the diagonal for L⁻¹, one per block of the lower triangle
 * for its square.
 */
function inverseProducts(size: number, blockSize: number): number {
  const blockCount = Math.ceil(size / blockSize);
  return factorProducts(size, blockSize) + blockCount * (blockCount - 1) + (blockCount * (blockCount + 1)) / 2;
}

/** Returns the factor as a row-major [size, size] matrix with zeros above the diagonal. */
export function denseFactor({ size, blockSize, panels }: CholeskyFactor): Float32Array {
  const dense = new Float32Array(size * size);
  panels.forEach((panel, block) => {
    for (let column = 0; column < panel.rowCount; column++) {
      for (let row = 0; row < panel.columnCount; row++) {
        dense[(block * blockSize + row) * size + column] = panel.data[column * panel.columnCount + row];
      }
    }
  });
  return dense;
}

async function factorWith(
  kernel: ProductKernel,
  matrix: Float32Array,
  size: number,
  blockSize: number,
): Promise<CholeskyFactor> {
  if (matrix.length !== size * size) {
    throw new MatineeError('BAD_SHAPE', `a ${size} × ${size} matrix has ${size * size} values; got ${matrix.length}`);
  }
  const panels: MatrixView[] = [];
  const negatedInverses: MatrixView[] = [];
  const zeros = zeroMatrix(blockSize, blockSize);
  const remainders = zeroMatrix(blockSize, blockSize);
  for (let first = 0; first < size; first += blockSize) {
    const width = Math.min(blockSize, size - first);
    const panel = takePanel(matrix, size, first, width);
    for (const [block, earlier] of panels.entries()) {
      // L[I,J]ᵀ = L[J,J]⁻¹ (A[I,J]ᵀ − Σ_k L[J,k] L[I,k]ᵀ), the sum over all columns k before block J.
      const start = block * blockSize;
      const target = rowsOf(panel, start, start + earlier.columnCount);
      const remainder = shaped(remainders, target);
      const summed = { left: rowsOf(earlier, 0, start), right: rowsOf(panel, 0, start), addend: target };
      if (start > 0) await kernel.run(summed, remainder);
      else remainder.data.set(target.data);
      const solved = { left: negatedInverses[block], right: remainder, addend: shaped(zeros, target) };
      await kernel.run(solved, target);
    }
    const diagonal = rowsOf(panel, first, first + width);
    const before = rowsOf(panel, 0, first);
    const remainder = shaped(remainders, diagonal);
    if (first > 0) await kernel.run({ left: before, right: before, addend: diagonal }, remainder);
    else remainder.data.set(diagonal.data);
    negatedInverses.push(factorDiagonal(remainder, diagonal, first));
    panels.push(panel);
  }
  return { size, blockSize, panels, negatedInverses };
}

/** Returns block row [first, first + width) of the lower triangle, transposed: [first + width, width]. */
function takePanel(matrix: Float32Array, size: number, first: number, width: number): MatrixView {
  const panel = zeroMatrix(first + width, width);
  for (let row = 0; row < width; row++) {
    const source = (first + row) * size;
    // The upper triangle of the diagonal block is filled by symmetry.
    for (let column = 0; column <= first + row; column++) panel.data[column * width + row] = matrix[source + column];
    for (let column = first; column < first + row; column++) {
      panel.data[(first + row) * width + (column - first)] = matrix[source + column];
    }
  }
  return panel;
}

/** Factors `block` in float64, writes Lᵀ to `target` and returns −L⁻ᵀ. */
function factorDiagonal(block: MatrixView, target: MatrixView, firstRow: number): MatrixView {
  const size = block.rowCount;
  const lower = Float64Array.from(block.data);
  factorSmall(lower, size, firstRow);
  const inverse = invertLowerSmall(lower, size);
  const negated = zeroMatrix(size, size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      target.data[column * size + row] = lower[row * size + column];
      negated.data[column * size + row] = -inverse[row * size + column];
    }
  }
  return negated;
}

/**
 * Returns M = L⁻¹ in column panels: panel J is block column J from the diagonal down, [size − start of J, width of J].
 */
async function invertFactor(kernel: ProductKernel, factor: CholeskyFactor): Promise<MatrixView[]> {
  const { size, blockSize, panels, negatedInverses } = factor;
  const zeros = zeroMatrix(blockSize, blockSize);
  const sums = zeroMatrix(blockSize, blockSize);
  const columns: MatrixView[] = [];
  for (const [block, { columnCount: width }] of panels.entries()) {
    const start = block * blockSize;
    const column = zeroMatrix(size - start, width);
    const negatedTranspose = negatedInverses[block].data;
    for (let row = 0; row < width; row++) {
      for (let k = 0; k < width; k++) column.data[row * width + k] = -negatedTranspose[k * width + row];
    }
    for (let below = block + 1; below < panels.length; below++) {
      // M[I,J] = −L[I,I]⁻¹ Σ_K L[I,K] M[K,J], over block rows K from J to I − 1.
      const from = below * blockSize;
      const target = rowsOf(column, from - start, from - start + panels[below].columnCount);
      const sum = shaped(sums, target);
      const addend = shaped(zeros, target);
      await kernel.run(
        { left: rowsOf(panels[below], start, from), right: rowsOf(column, 0, from - start), addend },
        sum,
      );
      await kernel.run({ left: negatedInverses[below], right: sum, addend }, target);
    }
    columns.push(column);
  }
  return columns;
}

/** Writes Mᵀ M, both triangles, to a row-major [size, size] matrix. */
async function multiplyByTranspose(
  kernel: ProductKernel,
  columns: readonly MatrixView[],
  blockSize: number,
  output: Float32Array,
  size: number,
): Promise<void> {
  const zeros = zeroMatrix(blockSize, blockSize);
  const products = zeroMatrix(blockSize, blockSize);
  for (const [blockRow, left] of columns.entries()) {
    for (let blockColumn = 0; blockColumn <= blockRow; blockColumn++) {
      // (MᵀM)[I,J] = Σ_K M[K,I]ᵀ M[K,J]. Block column I starts at row I, so K starts there.
      const whole = columns[blockColumn];
      const right = rowsOf(whole, (blockRow - blockColumn) * blockSize, whole.rowCount);
      const target = { rowCount: left.columnCount, columnCount: right.columnCount };
      const product = shaped(products, target);
      await kernel.run({ left, right, addend: shaped(zeros, target) }, product);
      writeNegatedBlock(product, output, size, blockRow * blockSize, blockColumn * blockSize);
    }
  }
}

/** Stores −block at (firstRow, firstColumn) and, mirrored, at (firstColumn, firstRow). */
function writeNegatedBlock(
  block: MatrixView,
  output: Float32Array,
  size: number,
  firstRow: number,
  firstColumn: number,
): void {
  const { rowCount, columnCount, data } = block;
  for (let row = 0; row < rowCount; row++) {
    for (let column = 0; column < columnCount; column++) {
      const value = -data[row * columnCount + column];
      output[(firstRow + row) * size + firstColumn + column] = value;
      output[(firstColumn + column) * size + firstRow + row] = value;
    }
  }
}

/** Returns a view of the start of a scratch matrix, with the shape of another matrix. */
function shaped(scratch: MatrixView, like: { rowCount: number; columnCount: number }): MatrixView {
  const { rowCount, columnCount } = like;
  return { rowCount, columnCount, data: scratch.data.subarray(0, rowCount * columnCount) };
}

import { elementCount, emit, record, type Shape, shapeError, type Tensor } from '../graph/graph.ts';
import { broadcastShapes, emitReshape, scale, sumToShape } from './arithmetic.ts';
import { emitTranspose, reshape } from './shape.ts';

/** Options of {@link matmul}. */
export interface MatmulOptions {
  /** Read `a` with its last two axes swapped. */
  readonly transposeA?: boolean;
  /** Read `b` with its last two axes swapped. */
  readonly transposeB?: boolean;
  /** Factor of the product, applied inside the kernel. */
  readonly alpha?: number;
}

/**
 * Computes alpha · a b over the last two axes: [..., m, k] · [..., k, n] → [..., m, n]. Leading axes are broadcast.
 *
 * A rank-2 `b` is a linear layer over all rows of `a`. `a` is then flattened to one large product, with two kernels for
 * forward and backward instead of one product per entry of the batch.
 */
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  const { transposeA = false, transposeB = false, alpha = 1 } = options;
  if (a.shape.length > 2 && b.shape.length === 2 && !transposeA) {
    const flat = matmul(reshape(a, [-1, a.shape.at(-1) ?? 1]), b, options);
    return reshape(flat, [...a.shape.slice(0, -1), flat.shape[1]]);
  }
  const product = emitMatmul(a, b, transposeA, transposeB, alpha);
  return record('matmul', [a, b], product, (dy) => {
    const da = transposeA ? emitMatmul(b, dy, transposeB, true, alpha) : emitMatmul(dy, b, false, !transposeB, alpha);
    const db = transposeB ? emitMatmul(dy, a, true, transposeA, alpha) : emitMatmul(a, dy, !transposeA, false, alpha);
    return [sumToShape(da, a.shape), sumToShape(db, b.shape)];
  });
}

/** Computes x W + bias, with the bias added inside the product: [..., in] · [in, out] + [out] → [..., out]. */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  if (!bias) return matmul(x, weight);
  const [inputSize, outputSize] = weight.shape;
  if (weight.shape.length !== 2 || x.shape.at(-1) !== inputSize) {
    throw shapeError('linear', 'last axis of x must equal the first of the weight', x.shape, weight.shape);
  }
  if (bias.shape.length !== 1 || bias.shape[0] !== outputSize) {
    throw shapeError('linear', 'bias must have one number per output', weight.shape, bias.shape);
  }
  const rows = emitReshape(x, [elementCount(x.shape) / inputSize, inputSize]);
  const y = emitReshape(emit('Gemm', [rows, weight, bias], [rows.shape[0], outputSize]), [
    ...x.shape.slice(0, -1),
    outputSize,
  ]);
  return record('linear', [x, weight, bias], y, (dy) => {
    const dyRows = emitReshape(dy, [rows.shape[0], outputSize]);
    return [
      emitReshape(emitMatmul(dyRows, weight, false, true), x.shape),
      emitMatmul(rows, dyRows, true, false),
      sumToShape(dyRows, bias.shape),
    ];
  });
}

/**
 * Computes the product without a tape entry, with the fastest kernel for the operands.
 *
 * Matrices use Gemm, untransposed batches MatMul, and transposed float32 batches ONNX Runtime's FusedMatMul, which
 * reads them in place. All others use Transpose and MatMul.
 */
export function emitMatmul(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean, alpha = 1): Tensor {
  const shape = productShape(a, b, transposeA, transposeB);
  const flags = { transA: { int: transposeA ? 1 : 0 }, transB: { int: transposeB ? 1 : 0 }, alpha: { float: alpha } };
  if (shape.length === 2 && a.shape.length === 2 && b.shape.length === 2) return emit('Gemm', [a, b], shape, flags);
  const isPlain = !transposeA && !transposeB && alpha === 1;
  if (a.dataType === 'float32' && !isPlain) return emit('FusedMatMul', [a, b], shape, flags);
  const left = transposeA ? emitTranspose(a) : a;
  const right = transposeB ? emitTranspose(b) : b;
  return scale(emit('MatMul', [left, right], shape), alpha);
}

function productShape(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Shape {
  if (a.shape.length < 2 || b.shape.length < 2) throw shapeError('matmul', 'needs two axes each', a.shape, b.shape);
  const [m, k] = transposeA ? [a.shape.at(-1), a.shape.at(-2)] : [a.shape.at(-2), a.shape.at(-1)];
  const [k2, n] = transposeB ? [b.shape.at(-1), b.shape.at(-2)] : [b.shape.at(-2), b.shape.at(-1)];
  const flags = `${transposeA ? ' (a transposed)' : ''}${transposeB ? ' (b transposed)' : ''}`;
  if (k !== k2) throw shapeError('matmul', `inner sizes ${k} and ${k2} differ${flags}`, a.shape, b.shape);
  const batch = broadcastShapes('matmul', a.shape.slice(0, -2), b.shape.slice(0, -2));
  return [...batch, m as number, n as number];
}

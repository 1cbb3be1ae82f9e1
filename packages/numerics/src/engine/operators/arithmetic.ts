import { MatineeError } from '../../error.ts';
import {
  constant,
  elementCount,
  emit,
  filled,
  record,
  type Shape,
  sameShape,
  scalar,
  shapeError,
  type Tensor,
} from '../graph/graph.ts';

/** a + b, with NumPy broadcasting. */
export function add(a: Tensor, b: Tensor): Tensor {
  const sum = emitBroadcast('Add', a, b);
  return record('add', [a, b], sum, (dy) => [sumToShape(dy, a.shape), sumToShape(dy, b.shape)]);
}

/** a − b, with broadcasting. */
export function sub(a: Tensor, b: Tensor): Tensor {
  const difference = emitBroadcast('Sub', a, b);
  return record('sub', [a, b], difference, (dy) => [sumToShape(dy, a.shape), neg(sumToShape(dy, b.shape))]);
}

/** a · b elementwise, with broadcasting. */
export function mul(a: Tensor, b: Tensor): Tensor {
  const product = emitBroadcast('Mul', a, b);
  return record('mul', [a, b], product, (dy) => [sumToShape(mul(dy, b), a.shape), sumToShape(mul(dy, a), b.shape)]);
}

/** a / b elementwise, with broadcasting. */
export function div(a: Tensor, b: Tensor): Tensor {
  const quotient = emitBroadcast('Div', a, b);
  return record('div', [a, b], quotient, (dy) => {
    const da = div(dy, b);
    return [sumToShape(da, a.shape), sumToShape(neg(mul(da, quotient)), b.shape)]; // d(a/b)/db = −(a/b)/b
  });
}

/** −x. */
export function neg(x: Tensor): Tensor {
  return record('neg', [x], emit('Neg', [x], x.shape), (dy) => [neg(dy)]);
}

/** factor · x for a fixed number. */
export function scale(x: Tensor, factor: number): Tensor {
  if (factor === 1) return x;
  return mul(x, scalar(x.graph, factor));
}

/** x + offset for a fixed number. */
export function addScalar(x: Tensor, offset: number): Tensor {
  return add(x, scalar(x.graph, offset));
}

/** eˣ. */
export function exp(x: Tensor): Tensor {
  const y = emit('Exp', [x], x.shape);
  return record('exp', [x], y, (dy) => [mul(dy, y)]);
}

/** Natural logarithm. */
export function log(x: Tensor): Tensor {
  return record('log', [x], emit('Log', [x], x.shape), (dy) => [div(dy, x)]);
}

/** Square root; its gradient at 0 is infinite. */
export function sqrt(x: Tensor): Tensor {
  const y = emit('Sqrt', [x], x.shape);
  return record('sqrt', [x], y, (dy) => [div(scale(dy, 0.5), y)]);
}

/** Returns a bool mask of the NaN elements of x, for {@link where}. It has no gradient. */
export function nanMask(x: Tensor): Tensor {
  return emit('IsNaN', [x], x.shape, {}, 'bool');
}

/** x where `mask` (bool) holds, `otherwise` elsewhere; all three broadcast. */
export function where(mask: Tensor, x: Tensor, otherwise: Tensor): Tensor {
  if (mask.dataType !== 'bool') throw new MatineeError('BAD_TYPE', `where: mask must be bool; got ${mask.dataType}`);
  const shape = broadcastShapes('where', broadcastShapes('where', mask.shape, x.shape), otherwise.shape);
  return record('where', [x, otherwise], emit('Where', [mask, x, otherwise], shape, {}, x.dataType), (dy) => {
    const zero = scalar(x.graph, 0);
    return [
      sumToShape(emit('Where', [mask, dy, zero], shape, {}, x.dataType), x.shape),
      sumToShape(emit('Where', [mask, zero, dy], shape, {}, x.dataType), otherwise.shape),
    ];
  });
}

/** Limits x to [low, high]. The gradient passes where x is unchanged and is 0 elsewhere. */
export function clip(x: Tensor, low: number, high: number): Tensor {
  const { graph, shape } = x;
  const y = emit('Clip', [x, scalar(graph, low), scalar(graph, high)], shape);
  return record('clip', [x], y, (dy) => {
    const unchanged = emit('Equal', [x, y], shape, {}, 'bool');
    return [emit('Where', [unchanged, dy, scalar(graph, 0)], shape, {}, x.dataType)];
  });
}

/** Returns the same values, but passes no gradient. */
export function stopGradient(x: Tensor): Tensor {
  return emit('Identity', [x], x.shape);
}

/**
 * Returns the shape that two operands broadcast to: aligned at the last axis, sizes equal or one of them 1.
 *
 * @throws {MatineeError} `SHAPE_MISMATCH`, naming `operator` and both shapes.
 */
export function broadcastShapes(operator: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const sizeA = a[axis - rank + a.length] ?? 1;
    const sizeB = b[axis - rank + b.length] ?? 1;
    if (sizeA !== sizeB && sizeA !== 1 && sizeB !== 1) throw shapeError(operator, 'shapes do not broadcast', a, b);
    return Math.max(sizeA, sizeB);
  });
}

/**
 * Undoes a broadcast: sums `x` over the axes along which `shape` was repeated.
 *
 * Sums over leading axes (the gradient of every bias) run as a product with a row of ones. For [6400, 64] on two cores
 * this takes 0.04 ms; ReduceSum takes 0.17 ms.
 */
export function sumToShape(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const { graph } = x;
  const added = x.shape.length - shape.length;
  const axes = x.shape.flatMap((size, axis) => (axis < added || (shape[axis - added] === 1 && size > 1) ? [axis] : []));
  const columns = elementCount(shape);
  if (columns > 1 && axes.every((axis, position) => axis === position)) {
    const rows = elementCount(x.shape) / columns;
    const flat = emitReshape(x, [rows, columns]);
    return emitReshape(emit('Gemm', [filled(graph, [1, rows], 1), flat], [1, columns]), shape);
  }
  const keptShape = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const sum = emit('ReduceSum', [x, constant(graph, axes, [axes.length], 'int64')], keptShape, {
    keepdims: { int: 1 },
  });
  return emitReshape(sum, shape);
}

/** An ONNX Reshape without a tape entry. It is free at run time, where it only renames the buffer. */
export function emitReshape(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  if (shape.length === 0) return emit('Squeeze', [x], shape);
  return emit('Reshape', [x, constant(x.graph, shape, [shape.length], 'int64')], shape);
}

function emitBroadcast(opType: string, a: Tensor, b: Tensor): Tensor {
  const operator = opType.toLowerCase();
  if (a.dataType !== b.dataType) {
    throw new MatineeError('BAD_TYPE', `${operator}: types differ; got ${a.dataType} and ${b.dataType}`);
  }
  return emit(opType, [a, b], broadcastShapes(operator, a.shape, b.shape));
}

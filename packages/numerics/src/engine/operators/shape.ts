import { MatineeError } from '../../error.ts';
import {
  constant,
  elementCount,
  emit,
  emitAll,
  filled,
  formatShape,
  record,
  resolveAxis,
  type Shape,
  shapeError,
  type Tensor,
} from '../graph/graph.ts';
import type { DataType } from '../graph/onnx-encoding.ts';
import { broadcastShapes, emitReshape, sumToShape } from './arithmetic.ts';

/** Reshapes to another shape of equal size, keeping the order of the elements. One size may be −1 and is inferred. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const known = shape.reduce((product, size) => (size === -1 ? product : product * size), 1);
  const target = shape.map((size) => (size === -1 ? elementCount(x.shape) / known : size));
  if (elementCount(target) !== elementCount(x.shape) || !target.every(Number.isInteger)) {
    throw shapeError('reshape', 'sizes differ', x.shape, shape);
  }
  return record('reshape', [x], emitReshape(x, target), (dy) => [emitReshape(dy, x.shape)]);
}

/** Reorders axes: output axis i is input axis `permutation[i]`. The default swaps the last two. */
export function transpose(x: Tensor, permutation: readonly number[] = swapLastTwo(x.shape.length)): Tensor {
  const valid = permutation.toSorted((a, b) => a - b).every((axis, position) => axis === position);
  if (!valid || permutation.length !== x.shape.length) {
    throw shapeError('transpose', 'not a permutation of the axes', x.shape, permutation);
  }
  const inverse = permutation.map((_, axis) => permutation.indexOf(axis));
  const y = emitTranspose(x, permutation);
  return record('transpose', [x], y, (dy) => [emitTranspose(dy, inverse)]);
}

/** Joins tensors along `axis`; all other sizes must agree. */
export function concat(parts: readonly Tensor[], axis: number): Tensor {
  if (parts.length === 0) throw new MatineeError('BAD_SHAPE', 'concat: needs at least one tensor');
  const first = parts[0];
  const joined = resolveAxis('concat', first, axis);
  for (const part of parts) {
    const fits = part.shape.length === first.shape.length;
    if (!fits || !part.shape.every((size, position) => position === joined || size === first.shape[position])) {
      throw shapeError('concat', `shapes differ beside axis ${joined}`, first.shape, part.shape);
    }
  }
  const sizes = parts.map((part) => part.shape[joined]);
  const y = emitConcat(parts, joined);
  return record('concat', parts, y, (dy) => emitSplit(dy, sizes, joined));
}

/**
 * Splits along `axis` into parts of the given sizes. The reverse of {@link concat}; each is the gradient of the other.
 *
 * To separate all steps of a sequence, one split costs far less than one slice per step.
 */
export function split(x: Tensor, sizes: readonly number[], axis: number): Tensor[] {
  const cut = resolveAxis('split', x, axis);
  if (sizes.reduce((total, size) => total + size, 0) !== x.shape[cut]) {
    throw shapeError('split', `sizes must add up to axis ${cut}`, x.shape, sizes);
  }
  const parts = emitSplit(x, sizes, cut);
  x.graph.tape.push({
    operator: 'split',
    inputs: [x],
    outputs: parts,
    backward: (gradients) => [
      emitConcat(
        gradients.map((dy, part) => dy ?? filled(x.graph, parts[part].shape, 0)),
        cut,
      ),
    ],
  });
  return parts;
}

/** Elements [start, end) along `axis`; negative bounds count from the end. */
export function slice(x: Tensor, axis: number, start: number, end: number): Tensor {
  const cut = resolveAxis('slice', x, axis);
  const size = x.shape[cut];
  const from = start < 0 ? start + size : start;
  const to = end < 0 ? end + size : end;
  if (!(from >= 0 && from < to && to <= size)) {
    throw new MatineeError('BAD_SHAPE', `slice: [${start}, ${end}) of axis ${cut} in ${formatShape(x.shape)} is empty`);
  }
  const shape = x.shape.with(cut, to - from);
  const bound = (value: number): Tensor => constant(x.graph, [value], [1], 'int64');
  const y = emit('Slice', [x, bound(from), bound(to), bound(cut)], shape);
  return record('slice', [x], y, (dy) => {
    const zeros = (length: number): Tensor[] => (length ? [filled(x.graph, x.shape.with(cut, length), 0)] : []);
    return [emitConcat([...zeros(from), dy, ...zeros(size - to)], cut)];
  });
}

/** Repeats `x` to a larger shape, by the broadcasting rules. */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  if (elementCount(broadcastShapes('broadcastTo', x.shape, shape)) !== elementCount(shape)) {
    throw shapeError('broadcastTo', 'target is smaller', x.shape, shape);
  }
  const y = emit('Expand', [x, constant(x.graph, shape, [shape.length], 'int64')], shape);
  return record('broadcastTo', [x], y, (dy) => [sumToShape(dy, x.shape)]);
}

/** Converts the element type. Differentiable between float types. */
export function cast(x: Tensor, dataType: DataType): Tensor {
  if (x.dataType === dataType) return x;
  const differentiable = [x.dataType, dataType].every((type) => type === 'float32' || type === 'float64');
  const y = emitCast(x, dataType);
  return differentiable ? record('cast', [x], y, (dy) => [emitCast(dy, x.dataType)]) : y;
}

/** An ONNX Cast without a tape entry. */
function emitCast(x: Tensor, dataType: DataType): Tensor {
  const onnxType = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9, float64: 11 }[dataType];
  return emit('Cast', [x], x.shape, { to: { int: onnxType } }, dataType);
}

/** An ONNX Transpose without a tape entry. */
export function emitTranspose(x: Tensor, permutation: readonly number[] = swapLastTwo(x.shape.length)): Tensor {
  const shape = permutation.map((axis) => x.shape[axis]);
  return emit('Transpose', [x], shape, { perm: { ints: permutation } });
}

/** An ONNX Concat without a tape entry. */
export function emitConcat(parts: readonly Tensor[], axis: number): Tensor {
  if (parts.length === 1) return parts[0];
  const length = parts.reduce((total, part) => total + part.shape[axis], 0);
  return emit('Concat', parts, parts[0].shape.with(axis, length), { axis: { int: axis } });
}

/** An ONNX Split without a tape entry. */
export function emitSplit(x: Tensor, sizes: readonly number[], axis: number): Tensor[] {
  if (sizes.length === 1) return [x];
  const sizesTensor = constant(x.graph, sizes, [sizes.length], 'int64');
  const shapes = sizes.map((size) => x.shape.with(axis, size));
  return emitAll('Split', [x, sizesTensor], shapes, { axis: { int: axis } });
}

function swapLastTwo(rank: number): number[] {
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  return rank < 2 ? axes : [...axes.slice(0, -2), rank - 1, rank - 2];
}

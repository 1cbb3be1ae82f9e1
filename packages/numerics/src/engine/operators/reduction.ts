import { MatineeError } from '../../error.ts';
import { constant, elementCount, emit, record, resolveAxis, type Tensor } from '../graph/graph.ts';
import { emitReshape, scale } from './arithmetic.ts';

/**
 * Sums over `axes`, by default all of them; negative axes count from the end.
 *
 * @param keepDims Whether summed axes stay as size 1.
 */
export function reduceSum(x: Tensor, axes?: readonly number[], keepDims = false): Tensor {
  const summed = resolveAxes('reduceSum', x, axes);
  const keptShape = x.shape.map((size, axis) => (summed.has(axis) ? 1 : size));
  const shape = keepDims ? keptShape : x.shape.filter((_, axis) => !summed.has(axis));
  const axesTensor = constant(x.graph, [...summed], [summed.size], 'int64');
  const sum = emit('ReduceSum', [x, axesTensor], shape, { keepdims: { int: keepDims ? 1 : 0 } });
  return record('reduceSum', [x], sum, (dy) => {
    const target = constant(x.graph, x.shape, [x.shape.length], 'int64');
    return [emit('Expand', [emitReshape(dy, keptShape), target], x.shape)];
  });
}

/** Averages over `axes`. The arguments are those of {@link reduceSum}. */
export function reduceMean(x: Tensor, axes?: readonly number[], keepDims = false): Tensor {
  const sum = reduceSum(x, axes, keepDims);
  return scale(sum, elementCount(sum.shape) / elementCount(x.shape));
}

/** Returns the sum of the squares of all elements, a scalar, for gradient norms. Not differentiable. */
export function sumOfSquares(x: Tensor): Tensor {
  return emit('ReduceSumSquare', [x], [], { keepdims: { int: 0 } });
}

function resolveAxes(operator: string, x: Tensor, axes?: readonly number[]): Set<number> {
  const resolved = (axes ?? x.shape.map((_, axis) => axis)).map((axis) => resolveAxis(operator, x, axis));
  if (new Set(resolved).size !== resolved.length || resolved.length === 0) {
    throw new MatineeError('BAD_SHAPE', `${operator}: axes must be distinct and at least one; got [${axes}]`);
  }
  return new Set(resolved.toSorted((a, b) => a - b));
}

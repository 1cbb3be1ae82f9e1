import { MatineeError } from '../error.ts';
import { emit, formatShape, sameShape, scalar, shapeError, type Tensor } from './graph/graph.ts';

/**
 * Appends the nodes that compute d loss / d target to the loss's graph (reverse-mode differentiation).
 *
 * It goes through the tape backwards once and visits only the operators between a target and the loss. If a tensor is
 * used several times, one node sums its gradients.
 *
 * @param loss A scalar.
 * @param targets Parameters, or any tensors that the loss was computed from.
 * @returns One gradient per target, with the shape of the target.
 * @throws {MatineeError} `BAD_SHAPE` when `loss` is not a scalar; `NO_GRADIENT` when the loss does not depend on a
 * target, naming it.
 * @see Griewank & Walther (2008), Evaluating Derivatives, chapter 3.
 */
export function gradient(loss: Tensor, targets: readonly Tensor[]): Tensor[] {
  const { graph } = loss;
  if (loss.shape.length !== 0) {
    throw new MatineeError('BAD_SHAPE', `gradient: the loss must be a scalar; got ${formatShape(loss.shape)}`);
  }
  // A copy, because backward functions append to the tape during the loop.
  const tape = graph.tape.slice();
  const dependent = new Set(targets);
  for (const entry of tape) {
    if (entry.inputs.some((tensor) => dependent.has(tensor))) {
      for (const output of entry.outputs) dependent.add(output);
    }
  }
  const contributions = new Map<Tensor, Tensor[]>([[loss, [scalar(graph, 1)]]]);
  const total = (tensor: Tensor): Tensor | undefined => {
    const parts = contributions.get(tensor);
    if (!parts || parts.length === 1) return parts?.[0];
    const sum = emit(parts.length === 2 ? 'Add' : 'Sum', parts, tensor.shape);
    contributions.set(tensor, [sum]);
    return sum;
  };
  for (const entry of tape.reverse()) {
    if (!entry.outputs.some((output) => dependent.has(output) && contributions.has(output))) continue;
    const inputGradients = entry.backward(entry.outputs.map(total));
    entry.inputs.forEach((tensor, position) => {
      const part = inputGradients[position];
      if (!part || !dependent.has(tensor)) return;
      if (!sameShape(part.shape, tensor.shape)) {
        throw shapeError(entry.operator, 'its gradient has another shape than its input', part.shape, tensor.shape);
      }
      const parts = contributions.get(tensor);
      if (parts) parts.push(part);
      else contributions.set(tensor, [part]);
    });
  }
  return targets.map((target) => {
    const result = total(target);
    if (!result) throw new MatineeError('NO_GRADIENT', `gradient: the loss does not depend on '${target.name}'`);
    return result;
  });
}

import {
  emit,
  emitAll,
  formatShape,
  record,
  type Shape,
  sameShape,
  scalar,
  shapeError,
  type Tensor,
} from '../graph/graph.ts';
import { add, emitReshape, mul, sub, sumToShape } from './arithmetic.ts';
import { emitMatmul } from './matmul.ts';
import { emitConcat, emitSplit } from './shape.ts';

/** Weights of {@link gru}. Blocks of `size` rows in the order update gate z, reset gate r, candidate n. */
export interface GruWeights {
  /** [3 · size, inputSize]. */
  readonly input: Tensor;
  /** [3 · size, size]. */
  readonly recurrent: Tensor;
  /** [6 · size]: three blocks added to the input's products, then three added to the state's. */
  readonly bias: Tensor;
}

/**
 * A gated recurrent layer over a whole sequence, time-major: x [length, batch, inputSize], initial state [batch, size]
 * → states [length, batch, size].
 *
 * z = σ(W_z x + b_z + R_z h + c_z)
 * r = σ(W_r x + b_r + R_r h + c_r)
 * n = tanh(W_n x + b_n + r ⊙ (R_n h + c_n))
 * h' = (1 − z) ⊙ n + z ⊙ h
 *
 * Forward is one ONNX GRU. Backward recomputes all gates at once from the states, as two large products, and unrolls
 * nothing but the recurrence of the state's gradient: eight nodes a step where differentiating an unrolled layer gives
 * about thirty-five. float32 only.
 *
 * The last state is `split` or `slice` of the result; feeding it as the next initial state carries it on.
 *
 * @see Cho et al. (2014), Learning phrase representations using RNN encoder–decoder, EMNLP; with the reset gate
 * applied after the product, as cuDNN and PyTorch do.
 */
export function gru(x: Tensor, initialState: Tensor, weights: GruWeights): Tensor {
  const { length, batch, inputSize, size } = checkShapes(x, initialState, weights);
  const stateShape = [length, batch, size];
  const [stacked] = emitAll(
    'GRU',
    [
      x,
      emitReshape(weights.input, [1, 3 * size, inputSize]),
      emitReshape(weights.recurrent, [1, 3 * size, size]),
      emitReshape(weights.bias, [1, 6 * size]),
      undefined, // all sequences have full length
      emitReshape(initialState, [1, batch, size]),
    ],
    [
      [length, 1, batch, size],
      [1, batch, size],
    ],
    { hidden_size: { int: size }, linear_before_reset: { int: 1 } },
  );
  const states = emitReshape(stacked, stateShape);
  const parameters = [weights.input, weights.recurrent, weights.bias];
  return record('gru', [x, initialState, ...parameters], states, (dStates) => {
    const rows = length * batch;
    const ones = scalar(x.graph, 1);
    const inputs = emitReshape(x, [rows, inputSize]);
    const before = emitConcat([emitReshape(initialState, [1, batch, size]), ...dropLast(states)], 0);
    const previous = emitReshape(before, [rows, size]); // h of the step before
    const [inputBias, stateBias] = emitSplit(weights.bias, [3 * size, 3 * size], 0);
    const affine = (left: Tensor, weight: Tensor, bias: Tensor): Tensor[] => {
      const product = emit('Gemm', [left, weight, bias], [rows, 3 * size], { transB: { int: 1 } });
      return emitSplit(product, [size, size, size], 1);
    };
    const [xz, xr, xn] = affine(inputs, weights.input, inputBias);
    const [hz, hr, hn] = affine(previous, weights.recurrent, stateBias);
    const activate = (opType: string, sum: Tensor): Tensor => emit(opType, [sum], [rows, size]);
    const z = activate('Sigmoid', add(xz, hz));
    const r = activate('Sigmoid', add(xr, hr));
    const n = activate('Tanh', add(xn, mul(r, hn)));

    // With a_g the pre-activation of gate g, every d a_g is d h' times a factor that no step of the recurrence changes:
    const keep = sub(ones, z);
    const candidateFactor = mul(keep, sub(ones, mul(n, n))); // d a_n = dh' ⊙ (1 − z)(1 − n²)
    const updateFactor = mul(mul(sub(previous, n), z), keep); // d a_z = dh' ⊙ (h − n) z (1 − z)
    const resetFactor = mul(mul(candidateFactor, hn), mul(r, sub(ones, r))); // d a_r = d a_n ⊙ hn ⊙ r (1 − r)
    const stateFactor = mul(candidateFactor, r); // d hn = d a_n ⊙ r
    const gateFactors = emitConcat([updateFactor, resetFactor, stateFactor], 1); // [rows, 3 size]
    const perStep = (values: Tensor): Tensor[] => emitSplit(values, new Array<number>(length).fill(batch), 0);
    const factorSteps = perStep(gateFactors);
    const zSteps = perStep(z);
    const outer = perStep(emitReshape(dStates, [rows, size]));

    const dGates: Tensor[] = new Array(length); // gradients of the state's products, [batch, 3 size] each
    const dSums: Tensor[] = new Array(length); // dh' of each step, [batch, size]
    let dState = outer[length - 1];
    for (let step = length - 1; step >= 0; step--) {
      dSums[step] = dState;
      dGates[step] = mul(emitConcat([dState, dState, dState], 1), factorSteps[step]);
      const carried = mul(dState, zSteps[step]);
      const through = emit('Gemm', [dGates[step], weights.recurrent, carried], [batch, size]);
      dState = step > 0 ? add(through, outer[step - 1]) : through;
    }
    const dStateProducts = emitConcat(dGates, 0); // [rows, 3 size]
    const [dUpdateReset] = emitSplit(dStateProducts, [2 * size, size], 1);
    const dCandidate = mul(emitConcat(dSums, 0), candidateFactor);
    const dInputProducts = emitConcat([dUpdateReset, dCandidate], 1); // [rows, 3 size]
    const columnSums = [dInputProducts, dStateProducts].map((gradient) => sumToShape(gradient, [3 * size]));
    return [
      emitReshape(emitMatmul(dInputProducts, weights.input, false, false), x.shape),
      dState,
      emitMatmul(dInputProducts, inputs, true, false),
      emitMatmul(dStateProducts, previous, true, false),
      emitConcat(columnSums, 0),
    ];
  });
}

/** All steps but the last; none of a single step. */
function dropLast(states: Tensor): Tensor[] {
  const [length] = states.shape;
  return length > 1 ? [emitSplit(states, [length - 1, 1], 0)[0]] : [];
}

function checkShapes(x: Tensor, initialState: Tensor, weights: GruWeights) {
  const [length, batch, inputSize] = x.shape;
  const size = initialState.shape.at(-1) ?? 0;
  const expect = (what: string, tensor: Tensor, shape: Shape): void => {
    if (sameShape(tensor.shape, shape)) return;
    throw shapeError('gru', `${what} should be ${formatShape(shape)}`, x.shape, tensor.shape);
  };
  if (x.shape.length !== 3)
    throw shapeError('gru', 'x must be [length, batch, inputSize]', x.shape, initialState.shape);
  expect('the initial state', initialState, [batch, size]);
  expect('the input weight', weights.input, [3 * size, inputSize]);
  expect('the recurrent weight', weights.recurrent, [3 * size, size]);
  expect('the bias', weights.bias, [6 * size]);
  return { length, batch, inputSize, size };
}

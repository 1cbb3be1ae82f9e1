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

/** Weights of {@link gru}, in blocks of `size` rows in the order update gate z, reset gate r, candidate n. */
export interface GruWeights {
  /** [3 · size, inputSize]. */
  readonly input: Tensor;
  /** [3 · size, size]. */
  readonly recurrent: Tensor;
  /** [6 · size]: three blocks for the products of the input, then three for those of the state. */
  readonly bias: Tensor;
}

/**
 * Applies a gated recurrent layer to a whole sequence. float32 only.
 *
 * Time-major: x [length, batch, inputSize], initial state [batch, size] → states [length, batch, size].
 *
 * z = σ(W_z x + b_z + R_z h + c_z)
 * r = σ(W_r x + b_r + R_r h + c_r)
 * n = tanh(W_n x + b_n + r ⊙ (R_n h + c_n))
 * h' = (1 − z) ⊙ n + z ⊙ h
 *
 * The forward pass is one ONNX GRU. The backward pass recomputes all gates from the states as two large products, and
 * unrolls only the recurrence of the state's gradient. That takes eight nodes per step; differentiating an unrolled layer
 * takes about thirty-five.
 *
 * To continue a sequence, take the last state with `split` or `slice` and feed it as the next initial state.
 *
 * @see Cho et al. (2014), Learning phrase representations using RNN encoder–decoder, EMNLP; with the reset gate applied
 * after the product, as in cuDNN and PyTorch.
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
  return record('gru', [x, initialState, ...parameters], states, (dStates) =>
    gruGradients(x, initialState, weights, states, dStates),
  );
}

/** Builds the gradients of x, the initial state, and the input weight, recurrent weight and bias. */
function gruGradients(
  x: Tensor,
  initialState: Tensor,
  weights: GruWeights,
  states: Tensor,
  dStates: Tensor,
): readonly Tensor[] {
  const size = initialState.shape[1];
  const { inputs, previous, ...gates } = recomputeGates(x, initialState, weights, states);
  const factors = gateFactors(gates, previous);
  const { dGates, dSums, dInitialState } = unrollBackwards(weights.recurrent, factors, gates.z, dStates);
  const dStateProducts = emitConcat(dGates, 0); // [rows, 3 size]
  const [dUpdateReset] = emitSplit(dStateProducts, [2 * size, size], 1);
  const dCandidate = mul(emitConcat(dSums, 0), factors.candidate);
  const dInputProducts = emitConcat([dUpdateReset, dCandidate], 1); // [rows, 3 size]
  const columnSums = [dInputProducts, dStateProducts].map((gradient) => sumToShape(gradient, [3 * size]));
  return [
    emitReshape(emitMatmul(dInputProducts, weights.input, false, false), x.shape),
    dInitialState,
    emitMatmul(dInputProducts, inputs, true, false),
    emitMatmul(dStateProducts, previous, true, false),
    emitConcat(columnSums, 0),
  ];
}

/** The gates of all steps, [rows, size] each with rows = length · batch. */
interface Gates {
  readonly ones: Tensor;
  readonly z: Tensor;
  readonly r: Tensor;
  readonly n: Tensor;
  /** R_n h + c_n, before the reset gate. */
  readonly hn: Tensor;
}

/** Recomputes the gates; `inputs` and `previous` are the rows of x and of the state before each step. */
function recomputeGates(
  x: Tensor,
  initialState: Tensor,
  weights: GruWeights,
  states: Tensor,
): Gates & { readonly inputs: Tensor; readonly previous: Tensor } {
  const [length, batch, inputSize] = x.shape;
  const size = initialState.shape[1];
  const rows = length * batch;
  const ones = scalar(x.graph, 1);
  const inputs = emitReshape(x, [rows, inputSize]);
  const before = emitConcat([emitReshape(initialState, [1, batch, size]), ...dropLast(states)], 0);
  const previous = emitReshape(before, [rows, size]);
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
  return { ones, z, r, n, hn, inputs, previous };
}

interface GateFactors {
  /** d a_n / d h', [rows, size]. */
  readonly candidate: Tensor;
  /** Factors of the state's products, [rows, 3 · size]. */
  readonly gates: Tensor;
}

/**
 * Builds the factors that turn d h' into the gradients of the gates.
 *
 * With a_g the pre-activation of gate g, every d a_g is d h' times a factor that does not depend on the recurrence.
 */
function gateFactors({ ones, z, r, n, hn }: Gates, previous: Tensor): GateFactors {
  const keep = sub(ones, z);
  const candidate = mul(keep, sub(ones, mul(n, n))); // d a_n = dh' ⊙ (1 − z)(1 − n²)
  const update = mul(mul(sub(previous, n), z), keep); // d a_z = dh' ⊙ (h − n) z (1 − z)
  const reset = mul(mul(candidate, hn), mul(r, sub(ones, r))); // d a_r = d a_n ⊙ hn ⊙ r (1 − r)
  const state = mul(candidate, r); // d hn = d a_n ⊙ r
  return { candidate, gates: emitConcat([update, reset, state], 1) };
}

/** Unrolls the recurrence of the state's gradient, from the last step to the first. */
function unrollBackwards(recurrent: Tensor, factors: GateFactors, z: Tensor, dStates: Tensor) {
  const [length, batch, size] = dStates.shape;
  const perStep = (values: Tensor): Tensor[] => emitSplit(values, new Array<number>(length).fill(batch), 0);
  const factorSteps = perStep(factors.gates);
  const zSteps = perStep(z);
  const outer = perStep(emitReshape(dStates, [length * batch, size]));

  const dGates: Tensor[] = new Array(length); // gradients of the state's products, [batch, 3 size] each
  const dSums: Tensor[] = new Array(length); // dh' of each step, [batch, size]
  let dState = outer[length - 1];
  for (let step = length - 1; step >= 0; step--) {
    dSums[step] = dState;
    dGates[step] = mul(emitConcat([dState, dState, dState], 1), factorSteps[step]);
    const carried = mul(dState, zSteps[step]);
    const through = emit('Gemm', [dGates[step], recurrent, carried], [batch, size]);
    dState = step > 0 ? add(through, outer[step - 1]) : through;
  }
  return { dGates, dSums, dInitialState: dState };
}

/** Returns all steps but the last as one tensor, or nothing for a single step. */
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

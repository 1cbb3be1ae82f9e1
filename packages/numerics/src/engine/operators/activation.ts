import { emit, record, scalar, type Tensor } from '../graph/graph.ts';
import { add, div, mul, sub } from './arithmetic.ts';
import { reduceSum } from './reduction.ts';

/** max(x, 0). The gradient at 0 is 0. */
export function relu(x: Tensor): Tensor {
  const y = emit('Relu', [x], x.shape);
  // The sign of a non-negative number is its step function: two passes; compare, cast and multiply would take three.
  return record('relu', [x], y, (dy) => [mul(dy, emit('Sign', [y], x.shape))]);
}

/**
 * x · Φ(x) with Φ the standard normal distribution function (the exact form, not the tanh approximation).
 *
 * float32 only: ONNX Runtime has no float64 Erf on the CPU.
 *
 * @see Hendrycks & Gimpel (2016), Gaussian Error Linear Units.
 */
export function gelu(x: Tensor): Tensor {
  const { graph, shape } = x;
  const scaled = emit('Mul', [x, scalar(graph, Math.SQRT1_2)], shape);
  const erfPlusOne = emit('Add', [emit('Erf', [scaled], shape), scalar(graph, 1)], shape);
  const distribution = emit('Mul', [erfPlusOne, scalar(graph, 0.5)], shape); // Φ(x)
  return record('gelu', [x], emit('Mul', [x, distribution], shape), (dy) => {
    const exponent = emit('Neg', [emit('Mul', [scaled, scaled], shape)], shape); // −x²/2
    const density = emit('Mul', [emit('Exp', [exponent], shape), scalar(graph, 1 / Math.sqrt(2 * Math.PI))], shape);
    return [mul(dy, add(distribution, mul(x, density)))]; // Φ(x) + x φ(x)
  });
}

/** 1 / (1 + e⁻ˣ). */
export function sigmoid(x: Tensor): Tensor {
  const y = emit('Sigmoid', [x], x.shape);
  return record('sigmoid', [x], y, (dy) => [mul(dy, sub(y, mul(y, y)))]);
}

/** x · σ(x), also called swish. */
export function silu(x: Tensor): Tensor {
  return mul(x, sigmoid(x));
}

/** Hyperbolic tangent. */
export function tanh(x: Tensor): Tensor {
  const y = emit('Tanh', [x], x.shape);
  return record('tanh', [x], y, (dy) => [sub(dy, mul(dy, mul(y, y)))]);
}

/**
 * log(1 + eˣ), without overflow; float32 only. softplus(−x) is the logistic loss of a positive example with logit x.
 */
export function softplus(x: Tensor): Tensor {
  return record('softplus', [x], emit('Softplus', [x], x.shape), (dy) => [mul(dy, sigmoid(x))]);
}

/**
 * sign(x) · log(1 + |x|): about x near 0, logarithmic far from it, on both sides. NaN stays NaN.
 *
 * Compresses counts and other long-tailed values.
 *
 * @see Webber (2012), A bi-symmetric log transformation for wide-range data, Measurement Science and Technology 24(2).
 */
export function symlog(x: Tensor): Tensor {
  const { graph, shape } = x;
  const onePlusSize = emit('Add', [emit('Abs', [x], shape), scalar(graph, 1)], shape);
  const y = emit('Mul', [emit('Sign', [x], shape), emit('Log', [onePlusSize], shape)], shape);
  return record('symlog', [x], y, (dy) => [div(dy, onePlusSize)]);
}

/** Softmax over the last axis: [..., n] → [..., n], rows summing to 1. */
export function softmax(x: Tensor): Tensor {
  const y = emit('Softmax', [x], x.shape, { axis: { int: -1 } });
  return record('softmax', [x], y, (dy) => {
    const weighted = mul(dy, y);
    return [sub(weighted, mul(y, reduceSum(weighted, [-1], true)))]; // y ⊙ (dy − Σ dy y)
  });
}

/** log(softmax(x)) over the last axis, stable for large inputs. */
export function logSoftmax(x: Tensor): Tensor {
  const y = emit('LogSoftmax', [x], x.shape, { axis: { int: -1 } });
  return record('logSoftmax', [x], y, (dy) => {
    const probabilities = emit('Exp', [y], x.shape);
    return [sub(dy, mul(probabilities, reduceSum(dy, [-1], true)))];
  });
}

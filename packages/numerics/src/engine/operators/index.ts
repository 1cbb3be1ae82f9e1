export { gelu, logSoftmax, relu, sigmoid, silu, softmax, softplus, symlog, tanh } from './activation.ts';
export {
  add,
  addScalar,
  clip,
  div,
  exp,
  log,
  mul,
  nanMask,
  neg,
  scale,
  sqrt,
  stopGradient,
  sub,
  where,
} from './arithmetic.ts';
export { crossEntropy } from './cross-entropy.ts';
export { dropout } from './dropout.ts';
export { type GruWeights, gru } from './gru.ts';
export { gather, gatherElements, scatterAdd, select } from './indexing.ts';
export { type LinearCrossEntropyOptions, linearCrossEntropy } from './linear-cross-entropy.ts';
export { linear, type MatmulOptions, matmul } from './matmul.ts';
export { l2Normalize, layerNorm } from './normalization.ts';
export { reduceMean, reduceSum } from './reduction.ts';
export { broadcastTo, cast, concat, reshape, slice, split, transpose } from './shape.ts';

export { gelu, logSoftmax, relu, sigmoid, silu, softmax, softplus, tanh } from './activation.ts';
export { add, addScalar, clip, div, exp, log, mul, neg, scale, sqrt, stopGradient, sub, where } from './arithmetic.ts';
export { dropout } from './dropout.ts';
export { gather, gatherElements, scatterAdd } from './indexing.ts';
export { crossEntropy, type LinearCrossEntropyOptions, linearCrossEntropy } from './loss.ts';
export { linear, type MatmulOptions, matmul } from './matmul.ts';
export { l2Normalize, layerNorm } from './normalization.ts';
export { reduceMean, reduceSum } from './reduction.ts';
export { broadcastTo, cast, concat, reshape, slice, split, transpose } from './shape.ts';

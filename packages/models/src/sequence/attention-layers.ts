import { constant, constantFill, type Graph, layerNorm, parameter, type Tensor } from '@matinee/numerics/engine';

/** Layer normalisation over the last axis, with a gain and a bias of its own. */
export function normalize(graph: Graph, name: string, x: Tensor): Tensor {
  const size = x.shape[x.shape.length - 1];
  const gain = parameter(graph, `${name}.gain`, [size], constantFill(1));
  const bias = parameter(graph, `${name}.bias`, [size], constantFill(0));
  return layerNorm(x, gain, bias, 1e-8);
}

/** [length, length]: 0 where column ≤ row, a number whose exponential is 0 after it. */
export function causalMask(graph: Graph, length: number): Tensor {
  const values = Float32Array.from({ length: length * length }, (_, index) =>
    index % length <= Math.floor(index / length) ? 0 : -1e9,
  );
  return constant(graph, values, [length, length]);
}

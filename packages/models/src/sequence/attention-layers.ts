import {
  constant,
  constantFill,
  type Graph,
  gather,
  layerNorm,
  parameter,
  reshape,
  type Tensor,
} from '@matinee/numerics/engine';

/** Layer normalisation over the last axis, with a gain and a bias of its own. */
export function normalize(graph: Graph, name: string, x: Tensor): Tensor {
  const size = x.shape[x.shape.length - 1];
  const gain = parameter(graph, `${name}.gain`, [size], constantFill(1));
  const bias = parameter(graph, `${name}.bias`, [size], constantFill(0));
  return layerNorm(x, gain, bias, 1e-8);
}

/** Added to a score, its exponential is 0. */
export const HIDDEN = -1e9;

/** [length, length]: 0 where column ≤ row, {@link HIDDEN} after it. */
export function causalMask(graph: Graph, length: number): Tensor {
  const values = Float32Array.from({ length: length * length }, (_, index) =>
    index % length <= Math.floor(index / length) ? 0 : HIDDEN,
  );
  return constant(graph, values, [length, length]);
}

/**
 * Where each history of a batch ends. An encoder computes the last block for these positions only: no other is read.
 */
export interface LastPositions {
  /** int32 [batch], indices into batch · length. */
  readonly rows: Tensor;
  /** [batch, 1, length]: the rows of {@link causalMask} that go with them. */
  readonly mask: Tensor;
}

/** @param rows int32 [batch], indices into batch · length. */
export function lastPositions(graph: Graph, rows: Tensor, length: number): LastPositions {
  const [batch] = rows.shape;
  const masks = Float32Array.from({ length: batch * length * length }, (_, index) =>
    index % length <= Math.floor(index / length) % length ? 0 : HIDDEN,
  );
  const ofEveryRow = constant(graph, masks, [batch * length, length]);
  return { rows, mask: reshape(gather(ofEveryRow, rows), [batch, 1, length]) };
}

/** [batch, length, width] at these positions: [batch, 1, width]. */
export function takeLast(x: Tensor, { rows }: LastPositions): Tensor {
  const [batch, length, width] = x.shape;
  return reshape(gather(reshape(x, [batch * length, width]), rows), [batch, 1, width]);
}

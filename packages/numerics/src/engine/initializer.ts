import type { Random } from '../random.ts';
import { elementCount, type Initializer, type Shape } from './graph/graph.ts';

/** Fills all elements with `value`. */
export function constantFill(value: number): Initializer {
  return (shape) => new Float32Array(elementCount(shape)).fill(value);
}

/** Draws from a normal distribution with mean 0. 0.02 is the usual deviation for embeddings of transformers. */
export function normalFill(deviation: number): Initializer {
  return draw((random) => deviation * random.normal());
}

/** Draws from a normal distribution with mean 0, and draws again beyond two deviations. */
export function truncatedNormalFill(deviation: number): Initializer {
  return draw((random) => {
    for (;;) {
      const value = random.normal();
      if (Math.abs(value) <= 2) return deviation * value;
    }
  });
}

/** Draws uniformly from [−bound, bound). */
export function uniformFill(bound: number): Initializer {
  return draw((random) => bound * (2 * random.next() - 1));
}

/**
 * Draws uniformly with variance 2 / (in + out) for a weight [in, out]. Forward and backward signals keep their scale.
 *
 * @see Glorot & Bengio (2010), Understanding the difficulty of training deep feedforward neural networks, AISTATS.
 */
export function xavierUniformFill(): Initializer {
  return (shape, random) => {
    const [inputs, outputs] = [shape.at(-2) ?? 1, shape.at(-1) ?? 1];
    return uniformFill(Math.sqrt(6 / (inputs + outputs)))(shape, random);
  };
}

function draw(next: (random: Random) => number): Initializer {
  return (shape: Shape, random: Random) => Float32Array.from({ length: elementCount(shape) }, () => next(random));
}

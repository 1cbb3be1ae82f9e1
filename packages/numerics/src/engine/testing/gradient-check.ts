import { expect } from 'vitest';
import { createRandom, type Random } from '../../random.ts';
import { gradient } from '../gradient.ts';
import {
  constant,
  createGraph,
  elementCount,
  type FloatType,
  type Graph,
  input,
  type Shape,
  type Tensor,
} from '../graph/graph.ts';
import { mul } from '../operators/arithmetic.ts';
import { reduceSum } from '../operators/reduction.ts';
import { createSession, type TensorData } from '../session.ts';

/** A differentiable function under test. */
export interface GradientCase {
  /** Shapes of the float inputs, all of which are differentiated. */
  readonly shapes: readonly Shape[];
  /** Builds the output from the inputs, possibly with its own constants. */
  readonly build: (inputs: readonly Tensor[], graph: Graph) => Tensor;
  /** Draws an input element, by default standard normal. It should avoid kinks and poles. */
  readonly draw?: (random: Random) => number;
  /** Types to check. float64 is omitted for operators that ONNX Runtime supports in float32 only. */
  readonly floatTypes?: readonly FloatType[];
}

/**
 * Checks every partial derivative of Σ c ⊙ f(inputs), with random c, against central differences in float64.
 *
 * The float32 gradient is compared with the float64 gradient. Without float64 support, float32 is checked with wide
 * steps.
 */
export async function checkGradient(seed: number, test: GradientCase): Promise<void> {
  const floatTypes = test.floatTypes ?? ['float64', 'float32'];
  let reference: Float64Array[] | undefined;
  for (const floatType of floatTypes) {
    const analytic = await evaluate(seed, test, floatType, reference === undefined);
    if (reference) {
      for (const [index, values] of analytic.entries()) expectClose(values, reference[index], 2e-4, `input ${index}`);
    }
    reference = analytic;
  }
}

async function evaluate(seed: number, test: GradientCase, floatType: FloatType, compare: boolean) {
  const random = createRandom(seed);
  const draw = test.draw ?? ((source: Random) => source.normal());
  const graph = createGraph({ floatType });
  const inputs = test.shapes.map((shape, index) => input(graph, `x${index}`, shape));
  const y = test.build(inputs, graph);
  const feeds: Record<string, Float64Array | Float32Array> = {};
  test.shapes.forEach((shape, index) => {
    const values = Float64Array.from({ length: elementCount(shape) }, () => draw(random));
    feeds[`x${index}`] = floatType === 'float64' ? values : Float32Array.from(values);
  });
  const weights = Float64Array.from({ length: elementCount(y.shape) }, () => random.normal());
  const weighted = mul(y, constant(graph, weights, y.shape));
  const loss = weighted.shape.length === 0 ? weighted : reduceSum(weighted);
  const gradients = gradient(loss, inputs);
  const outputs = Object.fromEntries(gradients.map((tensor, index) => [`gradient${index}`, tensor]));
  const backward = await createSession(graph, outputs, { threadCount: 1 });
  const results = await backward.run(feeds);
  const analytic = inputs.map((_, index) => toFloat64(results[`gradient${index}`]));
  if (compare) {
    const forward = await createSession(graph, { loss }, { threadCount: 1 });
    const step = floatType === 'float64' ? 1e-5 : 5e-3;
    for (let index = 0; index < inputs.length; index++) {
      const values = feeds[`x${index}`];
      const numeric = new Float64Array(values.length);
      for (let element = 0; element < values.length; element++) {
        const original = values[element];
        values[element] = original + step;
        const above = Number((await forward.run(feeds))['loss'][0]);
        values[element] = original - step;
        const below = Number((await forward.run(feeds))['loss'][0]);
        values[element] = original;
        numeric[element] = (above - below) / (2 * step);
      }
      expectClose(analytic[index], numeric, floatType === 'float64' ? 1e-6 : 5e-3, `input ${index}, seed ${seed}`);
    }
    await forward.release();
  }
  await backward.release();
  return analytic;
}

function toFloat64(data: TensorData): Float64Array {
  return Float64Array.from(data as Float64Array);
}

function expectClose(actual: Float64Array, expected: Float64Array, tolerance: number, label: string): void {
  let scale = 1;
  for (const value of expected) scale = Math.max(scale, Math.abs(value));
  for (let element = 0; element < expected.length; element++) {
    const error = Math.abs(actual[element] - expected[element]) / scale;
    expect(error, `${label}: element ${element} is ${actual[element]}, expected ${expected[element]}`).toBeLessThan(
      tolerance,
    );
  }
}

import { createRandom } from '@matinee/numerics';
import { createEvaluation, createParameters, createTrainStep, type ParameterState } from '@matinee/numerics/engine';
import { describe, expect, it } from 'vitest';
import { buildDeepRanker, buildDeepRankerTraining, type DeepRankerSize } from './deep-ranker-network.ts';
import type { Standardization } from './standardize-features.ts';

const standardization: Standardization = {
  plain: Int32Array.of(0, 2),
  wide: Int32Array.of(1),
  units: Float32Array.of(2),
  means: Float32Array.of(0, 1, 0.5),
  deviations: Float32Array.of(1, 2, 0.5),
  indicated: Int32Array.of(2),
};
const size: DeepRankerSize = {
  featureCount: 3,
  standardization,
  crossLayers: 2,
  crossRank: 1,
  hiddenDims: [4, 3],
  dropoutRate: 0,
  loss: 'softmax',
};
const session = { threadCount: 1 };
const shape = { rowCount: 7, queryCount: 3, queryWidth: 4 };
const random = createRandom(1);
const features = Float32Array.from({ length: 3 * shape.rowCount }, () => random.normal());

async function scoresOf(state: ParameterState, network: DeepRankerSize): Promise<Float32Array> {
  const { graph, scores } = buildDeepRanker(network, shape.rowCount);
  const evaluation = await createEvaluation(graph, { scores }, state, session);
  return (await evaluation.run({ features }))['scores'] as Float32Array;
}

/** The scores before a step, and the loss that the step reports. */
async function stepOnce(network: DeepRankerSize, feeds: Record<string, Float32Array | Int32Array>) {
  const { graph, loss } = buildDeepRankerTraining(network, shape);
  const state = createParameters(graph, 1);
  const scores = Array.from(await scoresOf(state, network));
  const step = await createTrainStep({ graph, loss, state, session });
  return { scores, loss: (await step.run({ features, ...feeds }, 0.01)).loss };
}

describe('the losses of the deep ranker', () => {
  it('is the cross-entropy within each query, whose positives share the target', async () => {
    // Rows 0–3 with positives 1 and 2, rows 4–5 with positive 4; row 6 and the third query are padding.
    const none = -1e9;
    const { scores, loss } = await stepOnce(size, {
      places: Int32Array.of(0, 1, 2, 3, 4, 5, 0, 0, 0, 0, 0, 0),
      padding: Float32Array.of(0, 0, 0, 0, 0, 0, none, none, none, none, none, none),
      shares: Float32Array.of(0, 0.25, 0.25, 0, 0.5, 0, 0, 0, 0, 0, 0, 0),
    });
    const logSum = (rows: number[]): number => Math.log(rows.reduce((sum, row) => sum + Math.exp(scores[row]), 0));
    const first = logSum([0, 1, 2, 3]) - (scores[1] + scores[2]) / 2;
    const second = logSum([4, 5]) - scores[4];
    expect(loss).toBeCloseTo((first + second) / 2, 5);
  });

  it('is the logistic loss of every row that has weight', async () => {
    const labels = Float32Array.of(1, 0, 0, 1, 0, 0, 1);
    const weights = Float32Array.of(0.2, 0.2, 0.2, 0.2, 0.2, 0, 0);
    const { scores, loss } = await stepOnce({ ...size, loss: 'logistic' }, { labels, weights });
    const losses = scores.map((score, row) => Math.log(1 + Math.exp(labels[row] === 1 ? -score : score)));
    expect(loss).toBeCloseTo(losses.slice(0, 5).reduce((sum, value) => sum + value, 0) / 5, 5);
  });
});

describe('buildDeepRanker', () => {
  it('computes the crosses and layers of the paper', async () => {
    const network = { ...size, crossRank: 4, crossLayers: 1, hiddenDims: [2] };
    const state = createParameters(buildDeepRanker(network, 1).graph, 2);
    const values = (name: string): Float32Array => state.slots.get(name)?.buffers[0].value.data as Float32Array;
    values('cross0.bias').set([0.1, -0.2, 0.3, 0.4]);
    values('deep0.bias').set([0.5, -0.5]);
    const expected = Array.from({ length: shape.rowCount }, (_, row) => {
      const [a, b, c] = features.subarray(3 * row, 3 * row + 3);
      const inputs = [a, (c - 1) / 2, (Math.sign(b) * Math.log1p(Math.abs(b) / 2) - 0.5) / 0.5, 0];
      const product = (name: string, columns: number, column: number): number =>
        inputs.reduce((sum, value, at) => sum + value * values(name)[at * columns + column], 0);
      const crossed = inputs.map((x, at) => x * (product('cross0.weight', 4, at) + values('cross0.bias')[at]) + x);
      const hidden = [0, 1].map((at) => Math.max(0, product('deep0.weight', 2, at) + values('deep0.bias')[at]));
      const weigh = (parts: number[], name: string): number =>
        parts.reduce((sum, value, at) => sum + value * values(name)[at], 0);
      return weigh(crossed, 'output.cross') + weigh(hidden, 'output.deep');
    });
    const scores = await scoresOf(state, network);
    for (const [row, score] of expected.entries()) expect(scores[row]).toBeCloseTo(score, 4);
  });

  it('needs fewer numbers for crosses of low rank', () => {
    const shapesAt = (crossRank: number): number[][] =>
      [...buildDeepRanker({ ...size, crossRank }, 1).graph.parameters]
        .filter(([name]) => name.startsWith('cross0'))
        .map(([, { tensor }]) => [...tensor.shape]);
    expect(shapesAt(1)).toEqual([[4], [4, 1], [1, 4]]);
    expect(shapesAt(2)).toEqual([[4], [4, 4]]);
  });
});

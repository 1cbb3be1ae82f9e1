import { describe, expect, it } from 'vitest';
import { encodeCheckpoint, restoreCheckpoint } from './checkpoint.ts';
import { createEvaluation } from './evaluation.ts';
import { constant, createGraph, input, parameter } from './graph/graph.ts';
import { constantFill } from './initializer.ts';
import { mul, reduceSum, sub } from './operators/index.ts';
import type { AdamConfig } from './optimizer.ts';
import { copyParameterValues, createParameters, type ParameterState } from './parameters.ts';
import { buildTinyModel, drawTinyBatch } from './testing/tiny-model.ts';
import { createTrainStep, type TrainStep } from './train-step.ts';

const session = { threadCount: 1 };

async function startTinyRun(seed: number, adam: AdamConfig = {}): Promise<{ state: ParameterState; step: TrainStep }> {
  const { graph, loss } = buildTinyModel(4, 5, true);
  const state = createParameters(graph, seed);
  return { state, step: await createTrainStep({ graph, loss, state, adam, session }) };
}

describe('createTrainStep', () => {
  it('follows AdamW computed by hand, with clipping, over three steps', async () => {
    const graph = createGraph({ training: true });
    const target = constant(graph, [3, -1], [2]);
    const theta = parameter(graph, 'theta', [2], constantFill(0.5));
    const difference = sub(theta, target);
    const state = createParameters(graph, 1);
    const adam = { weightDecay: 0.1, clipNorm: 2, decays: () => true };
    const loss = reduceSum(mul(difference, difference));
    const step = await createTrainStep({ graph, loss, state, adam, session });

    const expected = { theta: [0.5, 0.5], m: [0, 0], v: [0, 0] };
    for (let t = 1; t <= 3; t++) {
      const learningRate = 0.1 * t;
      const raw = expected.theta.map((value, index) => 2 * (value - [3, -1][index]));
      const norm = Math.hypot(...raw);
      const result = await step.run({}, learningRate);
      expect(result.gradientNorm).toBeCloseTo(norm, 4);
      expected.theta = expected.theta.map((value, index) => {
        const g = raw[index] * Math.min(1, 2 / norm);
        expected.m[index] = 0.9 * expected.m[index] + 0.1 * g;
        expected.v[index] = 0.999 * expected.v[index] + 0.001 * g * g;
        const mHat = expected.m[index] / (1 - 0.9 ** t);
        const vHat = expected.v[index] / (1 - 0.999 ** t);
        return value * (1 - learningRate * 0.1) - (learningRate * mHat) / (Math.sqrt(vHat) + 1e-8);
      });
      const values = copyParameterValues(state).get('theta')?.data ?? [];
      expect(values[0]).toBeCloseTo(expected.theta[0], 4);
      expect(values[1]).toBeCloseTo(expected.theta[1], 4);
    }
    expect(state.step).toBe(3);
  });

  it('learns the successor of every item', async () => {
    const { state, step } = await startTinyRun(5);
    const evaluated = buildTinyModel(4, 5, false);
    const evaluation = await createEvaluation(evaluated.graph, { loss: evaluated.loss }, state, session);
    const before = Number((await evaluation.run(drawTinyBatch(4, 5, 999)))['loss'][0]);
    for (let index = 0; index < 300; index++) await step.run(drawTinyBatch(4, 5, index), 0.02);
    const after = Number((await evaluation.run(drawTinyBatch(4, 5, 999)))['loss'][0]);
    expect(before).toBeGreaterThan(1.5);
    expect(after).toBeLessThan(0.5);
  });

  it('gives identical bytes for identical seed and data, and others for another seed', async () => {
    const train = async (seed: number): Promise<Uint8Array> => {
      const { state, step } = await startTinyRun(seed);
      for (let index = 0; index < 5; index++) await step.run(drawTinyBatch(4, 5, index), 0.01);
      return encodeCheckpoint(state);
    };
    const first = await train(7);
    expect(await train(7)).toEqual(first);
    expect(await train(8)).not.toEqual(first);
  });

  it('resumes from a checkpoint with the same bits as an uninterrupted run', async () => {
    const adam = { clipNorm: 1, weightDecay: 0.01 };
    const whole = await startTinyRun(7, adam);
    let checkpoint: Uint8Array | undefined;
    const losses: number[] = [];
    for (let index = 0; index < 9; index++) {
      if (index === 4) checkpoint = encodeCheckpoint(whole.state, { epoch: '2' });
      losses.push((await whole.step.run(drawTinyBatch(4, 5, index), 0.01)).loss);
    }
    const resumed = await startTinyRun(7, adam);
    expect(restoreCheckpoint(resumed.state, checkpoint ?? new Uint8Array())).toEqual({ epoch: '2' });
    for (let index = 4; index < 9; index++) {
      const { loss } = await resumed.step.run(drawTinyBatch(4, 5, index), 0.01);
      expect(loss).toBe(losses[index]);
    }
    expect(encodeCheckpoint(resumed.state)).toEqual(encodeCheckpoint(whole.state));
  });

  it('lets steps of two batch shapes train one set of parameters', async () => {
    const { state, step } = await startTinyRun(3);
    const wide = buildTinyModel(2, 8, true);
    const wideStep = await createTrainStep({ graph: wide.graph, loss: wide.loss, state, session });
    const first = (await step.run(drawTinyBatch(4, 5, 1), 0.02)).loss;
    for (let index = 0; index < 100; index++) {
      await wideStep.run(drawTinyBatch(2, 8, index), 0.02);
      await step.run(drawTinyBatch(4, 5, index), 0.02);
    }
    expect(state.step).toBe(201);
    expect((await step.run(drawTinyBatch(4, 5, 1), 0.02)).loss).toBeLessThan(first / 2);
  });

  it('leaves the state untouched when a run fails', async () => {
    const { state, step } = await startTinyRun(3);
    await step.run(drawTinyBatch(4, 5, 0), 0.01);
    const before = encodeCheckpoint(state);
    const feeds = drawTinyBatch(4, 5, 1);
    await expect(step.run({ items: feeds['items'] }, 0.01)).rejects.toThrow("input 'targets' takes a Int32Array");
    await expect(step.run({ ...feeds, items: new Int32Array(20).fill(99) }, 0.01)).rejects.toThrow();
    expect(encodeCheckpoint(state)).toEqual(before);
  });

  it('leaves frozen parameters alone, and steps that train different ones share a state', async () => {
    const { graph, loss } = buildTinyModel(4, 5, true);
    const state = createParameters(graph, 3);
    const isTable = (name: string): boolean => name === 'items.embedding';
    const body = await createTrainStep({ graph, loss, state, frozen: isTable, session });
    const other = buildTinyModel(4, 5, true);
    const frozen = (name: string): boolean => !isTable(name);
    const table = await createTrainStep({ graph: other.graph, loss: other.loss, state, frozen, session });
    const valuesOf = (name: string) => copyParameterValues(state).get(name)?.data;
    const [initialTable, initialWeight] = [valuesOf('items.embedding'), valuesOf('dense.weight')];
    await body.run(drawTinyBatch(4, 5, 0), 0.01);
    expect(valuesOf('items.embedding')).toEqual(initialTable);
    const trainedWeight = valuesOf('dense.weight');
    expect(trainedWeight).not.toEqual(initialWeight);
    await table.run(drawTinyBatch(4, 5, 1), 0.01);
    expect(valuesOf('dense.weight')).toEqual(trainedWeight);
    expect(valuesOf('items.embedding')).not.toEqual(initialTable);
  });

  it('throws for a state of another shape', async () => {
    const state = createParameters(buildTinyModel(4, 5, true).graph, 3);
    const graph = createGraph({ training: true });
    const loss = reduceSum(parameter(graph, 'dense.bias', [7], constantFill(1)));
    await expect(createTrainStep({ graph, loss, state, session })).rejects.toThrow('got [6] and [7]');
  });

  it('throws NO_GRADIENT for a parameter the loss does not use', async () => {
    const graph = createGraph({ training: true });
    const x = input(graph, 'x', [2]);
    const used = parameter(graph, 'used', [2], constantFill(1));
    parameter(graph, 'idle', [2], constantFill(1));
    const state = createParameters(graph, 1);
    await expect(createTrainStep({ graph, loss: reduceSum(mul(x, used)), state, session })).rejects.toThrow(
      "does not depend on 'idle'",
    );
  });
});

describe('restoreCheckpoint', () => {
  it('rejects another seed, a truncated file and a foreign file', async () => {
    const { state } = await startTinyRun(7);
    const bytes = encodeCheckpoint(state);
    const other = await startTinyRun(8);
    expect(() => restoreCheckpoint(other.state, bytes)).toThrow('seed 7');
    expect(() => restoreCheckpoint(state, bytes.subarray(0, bytes.length - 4))).toThrow('cut short');
    expect(() => restoreCheckpoint(state, new Uint8Array(3))).toThrow('not a safetensors file');
  });
});

import { createRandom } from '@matinee/numerics';
import {
  copyParameterValues,
  createEvaluation,
  createGraph,
  createParameters,
  createTrainStep,
  exportInference,
  input,
  type ParameterState,
  viewParameter,
} from '@matinee/numerics/engine';
import { describe, expect, it } from 'vitest';
import { scoreVectors } from '../vectors/score-vectors.ts';
import { buildGru4RecEncoder, buildGru4RecTraining, encodeGru4Rec } from './gru4rec.ts';
import { buildSasRecEncoder, buildSasRecTraining, encodeSasRec } from './sasrec.ts';
import { ITEM_TABLE } from './sequence-network.ts';

const session = { threadCount: 1 };
const itemCount = 13;
const sasRec = {
  itemCount,
  maxLength: 8,
  embeddingDim: 16,
  blockCount: 2,
  headCount: 2,
  feedForwardDim: 32,
  dropoutRate: 0.1,
};
const gru4Rec = { itemCount, embeddingDim: 16, stateDim: 16, dropoutRate: 0.1 };
const shape = { batchSize: 4, length: 8 };
const positions = Int32Array.from({ length: 32 }, (_, index) => index % 8);

/** A world in which item i is always followed by 2i + 1 (mod 13): the history decides the next item. */
function drawWorld(seed: number): { items: Int32Array; targets: Int32Array } {
  const random = createRandom(seed);
  const items = new Int32Array(32);
  for (let row = 0; row < 4; row++) {
    let item = random.integer(itemCount);
    for (let position = 0; position < 8; position++) {
      items[row * 8 + position] = item;
      item = (2 * item + 1) % itemCount;
    }
  }
  return { items, targets: items.map((item) => (2 * item + 1) % itemCount) };
}

/** [batch, length] to [length, batch] for 4 × 8. */
function timeMajor(values: Int32Array): Int32Array {
  return values.map((_, index) => values[(index % 4) * 8 + Math.floor(index / 4)]);
}

const rows = Int32Array.from({ length: 32 }, (_, index) => index);
const weights = new Float32Array(32).fill(1);
const initialState = new Float32Array(4 * 16);

async function trainSasRec(): Promise<{ state: ParameterState; loss: number }> {
  const { graph, loss } = buildSasRecTraining(sasRec, { ...shape, targetCount: 32 });
  const state = createParameters(graph, 1);
  const step = await createTrainStep({ graph, loss, state, session });
  let last = Number.NaN;
  for (let index = 0; index < 150; index++) {
    last = (await step.run({ ...drawWorld(index), positions, rows, weights }, 0.01)).loss;
  }
  return { state, loss: last };
}

/** The item whose row has the largest product with `vector`. */
function bestItem(vector: Float32Array, state: ParameterState): number {
  const scores = new Float32Array(itemCount);
  scoreVectors(vector, viewParameter(state, ITEM_TABLE).data, Int32Array.from(scores.keys()), scores);
  return scores.indexOf(Math.max(...scores));
}

describe('SASRec', () => {
  it('starts at the loss of a uniform guess and learns a world where the last item decides the next', async () => {
    const { graph, loss } = buildSasRecTraining(sasRec, { ...shape, targetCount: 32 }, false);
    const evaluation = await createEvaluation(graph, { loss }, createParameters(graph, 1), session);
    const initial = await evaluation.run({ ...drawWorld(0), positions, rows, weights });
    expect(Number(initial['loss'][0])).toBeCloseTo(Math.log(itemCount), 0);
    expect((await trainSasRec()).loss).toBeLessThan(0.3);
  });

  it('lets no position see later ones', async () => {
    const graph = createGraph();
    const items = input(graph, 'items', [4, 8], 'int32');
    const encoded = encodeSasRec(graph, sasRec, items, input(graph, 'positions', [4, 8], 'int32'));
    const evaluation = await createEvaluation(graph, { encoded }, createParameters(graph, 2), session);
    const world = drawWorld(3).items;
    const changed = world.map((item, index) => (index % 8 >= 5 ? (item + 1) % itemCount : item));
    const before = (await evaluation.run({ items: world, positions }))['encoded'];
    const after = (await evaluation.run({ items: changed, positions }))['encoded'];
    for (let index = 0; index < before.length; index++) {
      const position = Math.floor(index / 16) % 8;
      if (position < 5) expect(after[index]).toBe(before[index]);
    }
    expect(after).not.toEqual(before);
  });

  it.each([1, 2])('encodes as the whole network does at the last positions, with %i heads', async (headCount) => {
    const config = { ...sasRec, headCount };
    const whole = createGraph();
    const [items, places] = [input(whole, 'items', [4, 8], 'int32'), input(whole, 'positions', [4, 8], 'int32')];
    const encoded = encodeSasRec(whole, config, items, places);
    const full = await createEvaluation(whole, { encoded }, createParameters(whole, 2), session);
    const { graph, userVectors } = buildSasRecEncoder(config, shape);
    const encoder = await createEvaluation(graph, { userVectors }, createParameters(graph, 2), session);
    const world = drawWorld(3).items;
    const lastRows = Int32Array.of(7, 8, 21, 30);
    const states = (await full.run({ items: world, positions }))['encoded'] as Float32Array;
    const vectors = (await encoder.run({ items: world, positions, lastRows }))['userVectors'] as Float32Array;
    for (const [member, row] of lastRows.entries()) {
      for (let at = 0; at < 16; at++) expect(vectors[member * 16 + at]).toBeCloseTo(states[row * 16 + at], 5);
    }
  });

  it('leaves rows of weight 0 out of the loss', async () => {
    const { graph, loss } = buildSasRecTraining(sasRec, { ...shape, targetCount: 32 }, false);
    const evaluation = await createEvaluation(graph, { loss }, createParameters(graph, 1), session);
    const { items, targets } = drawWorld(4);
    const halved = weights.map((_, row) => (row % 8 < 4 ? 1 : 0));
    const other = targets.map((target, row) => (row % 8 < 4 ? target : 0));
    const first = await evaluation.run({ items, positions, rows, targets, weights: halved });
    const second = await evaluation.run({ items, positions, rows, targets: other, weights: halved });
    expect(second['loss'][0]).toBe(first['loss'][0]);
  });

  it('exports a model that ranks the true next item first', async () => {
    const { state } = await trainSasRec();
    const { graph, userVectors } = buildSasRecEncoder(sasRec, { batchSize: 1, length: 8 });
    const evaluation = await createEvaluation(graph, { userVectors }, state, session);
    const items = drawWorld(77).items.subarray(0, 8);
    // Five real items, the rest padding.
    const feeds = { items: items.with(5, 0).with(6, 0).with(7, 0), positions: positions.subarray(0, 8) };
    const vector = (await evaluation.run({ ...feeds, lastRows: Int32Array.of(4) }))['userVectors'] as Float32Array;
    expect(bestItem(vector, state)).toBe(items[5]);
    const values = copyParameterValues(state);
    expect(exportInference(graph, { userVectors }, values).length).toBeGreaterThan(4 * 16 * itemCount);
  });
});

describe('GRU4Rec', () => {
  it('learns a world where the last item decides the next, and serves it', async () => {
    const { graph, loss } = buildGru4RecTraining(gru4Rec, { ...shape, targetCount: 32 });
    const state = createParameters(graph, 1);
    const step = await createTrainStep({ graph, loss, state, session });
    let last = Number.NaN;
    for (let index = 0; index < 200; index++) {
      const { items, targets } = drawWorld(index);
      const feeds = { items: timeMajor(items), targets: timeMajor(targets), initialState, rows, weights };
      last = (await step.run(feeds, 0.02)).loss;
    }
    expect(last).toBeLessThan(0.3);
    const inference = buildGru4RecEncoder(gru4Rec, { batchSize: 1, length: 8 });
    const { graph: encoder, userVectors } = inference;
    const evaluation = await createEvaluation(encoder, { userVectors }, state, session);
    const { items, targets } = drawWorld(77);
    const encoded = await evaluation.run({ items: items.subarray(0, 8), lastRows: Int32Array.of(7) });
    expect(bestItem(encoded['userVectors'] as Float32Array, state)).toBe(targets[7]);
  });

  it('gives the same states in two chunks with carried state as in one', async () => {
    const { graph } = buildGru4RecTraining(gru4Rec, { ...shape, targetCount: 32 });
    const state = createParameters(graph, 5);
    const encode = async (items: Int32Array, from: Float32Array): Promise<Float32Array> => {
      const length = items.length / 4;
      const forward = createGraph();
      const encoded = encodeGru4Rec(
        forward,
        gru4Rec,
        { items: input(forward, 'items', [length, 4], 'int32') },
        input(forward, 'initialState', [4, 16]),
      );
      const evaluation = await createEvaluation(forward, { encoded }, state, session);
      return (await evaluation.run({ items, initialState: from }))['encoded'] as Float32Array;
    };
    const items = timeMajor(drawWorld(6).items);
    const whole = await encode(items, initialState);
    const first = await encode(items.subarray(0, 12), initialState);
    const second = await encode(items.subarray(12), first.subarray(-4 * 16));
    const joined = [...first, ...second];
    for (let index = 0; index < whole.length; index++) expect(joined[index]).toBeCloseTo(whole[index], 5);
  });
});

import {
  assignParameterValues,
  copyParameterValues,
  createEvaluation,
  createGraph,
  createParameters,
  input,
} from '@matinee/numerics/engine';
import { describe, expect, it } from 'vitest';
import { timeBucket } from './elapsed-time.ts';
import {
  buildTimeTransformerEncoder,
  createTimeTransformerNetwork,
  encodeTimeTransformer,
  learnedTimeBias,
  timeTransformerFamily,
} from './time-transformer.ts';

describe('timeBucket', () => {
  it('ascends by two an octave and stays in the table', () => {
    expect([0, 1, 2, 3, 7, 15].map(timeBucket)).toEqual([0, 2, 3, 4, 6, 8]);
    for (let seconds = 1; seconds < 1e10; seconds *= 1.3) {
      expect(timeBucket(seconds)).toBeGreaterThanOrEqual(timeBucket(seconds / 1.3));
      expect(timeBucket(2 * seconds + 1) - timeBucket(seconds)).toBeGreaterThanOrEqual(seconds < 2 ** 30 ? 1 : 0);
      expect(timeBucket(seconds)).toBeLessThan(64);
    }
  });

  it('takes a clock that runs backwards for one that stands still', () => {
    expect(timeBucket(-5)).toBe(0);
  });
});

describe('the time-aware transformer', () => {
  const size = {
    itemCount: 9,
    maxLength: 4,
    embeddingDim: 8,
    blockCount: 2,
    headCount: 2,
    feedForwardDim: 8,
    dropoutRate: 0,
  };
  const shape = { batchSize: 1, length: 4 };

  it('answers by the moment of the request, and by nothing after it', async () => {
    const { graph, userVectors } = buildTimeTransformerEncoder(size, shape);
    const state = createParameters(graph, 1);
    // Biases start at zero: give them something to say.
    for (const [name, { buffers }] of state.slots) {
      if (!name.endsWith('timeBias')) continue;
      const bias = buffers[0].value.data as Float32Array;
      for (let at = 0; at < bias.length; at++) bias[at] = at % 5;
    }
    const evaluation = await createEvaluation(graph, { userVectors }, state, { threadCount: 1 });
    const ask = async (feeds: Record<string, Int32Array>): Promise<Float32Array> =>
      Float32Array.from((await evaluation.run({ ...base, ...feeds }))['userVectors'] as Float32Array);
    const buckets = (asOf: number): Record<string, Int32Array> => {
      const times = [100, 200, 300];
      const requestTimes = [200, 300, asOf];
      const elapsed = new Int32Array(16);
      for (let i = 0; i < 3; i++)
        for (let j = 0; j <= i; j++) elapsed[4 * i + j] = timeBucket(requestTimes[i] - times[j]);
      return { elapsed, waits: Int32Array.from([...requestTimes.map((time, i) => timeBucket(time - times[i])), 0]) };
    };
    const base = {
      items: Int32Array.of(1, 2, 3, 0),
      positions: Int32Array.of(1, 2, 3, 0),
      lastRows: Int32Array.of(2),
    };
    const soon = await ask(buckets(301));
    expect(await ask(buckets(301))).toEqual(soon);
    expect(await ask(buckets(90_000))).not.toEqual(soon);
    // What stands in the padding is not read.
    expect(await ask({ ...buckets(301), items: Int32Array.of(1, 2, 3, 7) })).toEqual(soon);
  });

  it('encodes as the whole network does at the last positions', async () => {
    const [batch, length] = [3, 4];
    const whole = createGraph();
    const declare = (name: string, dims: number[]) => input(whole, name, dims, 'int32');
    const inputs = {
      items: declare('items', [batch, length]),
      positions: declare('positions', [batch, length]),
      waits: declare('waits', [batch, length]),
    };
    const biasOf = learnedTimeBias(whole, size, declare('elapsed', [batch, length, length]));
    const encoded = encodeTimeTransformer(whole, size, inputs, biasOf);
    const full = await createEvaluation(whole, { encoded }, createParameters(whole, 2), { threadCount: 1 });
    const { graph, userVectors } = buildTimeTransformerEncoder(size, { batchSize: batch, length });
    const encoder = await createEvaluation(graph, { userVectors }, createParameters(graph, 2), { threadCount: 1 });
    const numbers = (count: number, below: number) => Int32Array.from({ length: count }, (_, at) => (7 * at) % below);
    const feeds = {
      items: numbers(12, 9),
      positions: numbers(12, 4),
      waits: numbers(12, 64),
      elapsed: numbers(48, 64),
    };
    const lastRows = Int32Array.of(3, 5, 8);
    const states = (await full.run(feeds))['encoded'] as Float32Array;
    const vectors = (await encoder.run({ ...feeds, lastRows }))['userVectors'] as Float32Array;
    for (const [member, row] of lastRows.entries()) {
      for (let at = 0; at < 8; at++) expect(vectors[member * 8 + at]).toBeCloseTo(states[row * 8 + at], 5);
    }
  });

  it('serves the vectors that its whole graph makes, of histories of any length', async () => {
    const config = { ...timeTransformerFamily.defaults, ...size };
    const network = createTimeTransformerNetwork(config, size.itemCount);
    const shape = { batchSize: 3, length: 4 };
    const { graph, userVectors } = network.buildEncoder(shape);
    const state = createParameters(graph, 3);
    for (const [name, { buffers }] of state.slots) {
      if (!name.endsWith('timeBias')) continue;
      const bias = buffers[0].value.data as Float32Array;
      for (let at = 0; at < bias.length; at++) bias[at] = ((at * 7) % 11) / 3;
    }
    const served = network.serve?.(copyParameterValues(state));
    if (!served) throw new Error('serves nothing');
    const fast = served.buildEncoder(shape);
    const fastState = createParameters(fast.graph, 4);
    assignParameterValues(
      fastState,
      new Map([...copyParameterValues(state)].filter(([name]) => fastState.slots.has(name))),
    );
    const histories = [1, 3, 4].map((length) => ({
      items: Int32Array.from({ length }, (_, at) => 1 + ((3 * at + length) % 8)),
      timestamps: Float64Array.from({ length }, (_, at) => 1e9 + 3600 * at ** 3),
      confidences: new Float32Array(length).fill(1),
      asOf: 1e9 + 5e6,
    }));
    const whole = await createEvaluation(graph, { userVectors }, state, { threadCount: 1 });
    const quick = await createEvaluation(fast.graph, { userVectors: fast.userVectors }, fastState, { threadCount: 1 });
    const expected = (await whole.run(network.layOut(histories, shape)))['userVectors'] as Float32Array;
    const vectors = (await quick.run(served.layOut(histories, shape)))['userVectors'] as Float32Array;
    expect(new Set(expected).size).toBeGreaterThan(20);
    for (const [at, value] of expected.entries()) expect(vectors[at]).toBeCloseTo(value, 5);
  });
});

import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { createEvaluation } from './evaluation.ts';
import { exportInference } from './export.ts';
import { createGraph, input, parameter, scalar } from './graph/graph.ts';
import { constantFill } from './initializer.ts';
import { matmul, nanMask, where } from './operators/index.ts';
import { copyParameterValues, createParameters } from './parameters.ts';
import { buildTinyModel, drawTinyBatch } from './testing/tiny-model.ts';
import { createTrainStep } from './train-step.ts';

describe('exportInference', () => {
  it('gives the numbers of the training forward pass, with standard operators only', async () => {
    const { graph, loss } = buildTinyModel(4, 5, true);
    const state = createParameters(graph, 3);
    const step = await createTrainStep({ graph, loss, state, session: { threadCount: 1 } });
    for (let index = 0; index < 20; index++) await step.run(drawTinyBatch(4, 5, index), 0.01);

    const forward = buildTinyModel(2, 7, false);
    const feeds = drawTinyBatch(2, 7, 50);
    const evaluation = await createEvaluation(forward.graph, { scores: forward.scores }, state);
    const expected = (await evaluation.run(feeds))['scores'] as Float32Array;

    const bytes = exportInference(forward.graph, { scores: forward.scores }, copyParameterValues(state));
    expect(new TextDecoder('latin1').decode(bytes)).not.toContain('com.microsoft');
    const session = await InferenceSession.create(bytes);
    expect(session.inputNames).toEqual(['items']);
    expect(session.outputNames).toEqual(['scores']);
    const items = new OrtTensor('int32', feeds['items'] as Int32Array, [2, 7]);
    const actual = (await session.run({ items }))['scores'].data as Float32Array;
    expect(actual.length).toBe(expected.length);
    for (let index = 0; index < expected.length; index++) expect(actual[index]).toBeCloseTo(expected[index], 5);
  });

  it('names the row axis if requested, and then accepts any number of rows', async () => {
    const graph = createGraph();
    const x = input(graph, 'x', [3, 2]);
    const weight = parameter(graph, 'weight', [2, 1], constantFill(0.5));
    const present = where(nanMask(x), scalar(graph, 0), x);
    const values = copyParameterValues(createParameters(graph, 1));
    const bytes = exportInference(graph, { y: matmul(present, weight) }, values, { rowAxis: 'rows' });
    const session = await InferenceSession.create(bytes);
    for (const rowCount of [1, 3, 7]) {
      const data = Float32Array.from({ length: 2 * rowCount }, (_, at) => (at % 2 === 0 ? Number.NaN : at));
      const { y } = await session.run({ x: new OrtTensor('float32', data, [rowCount, 2]) });
      expect(y.dims).toEqual([rowCount, 1]);
      expect([...(y.data as Float32Array)]).toEqual(Array.from({ length: rowCount }, (_, row) => row + 0.5));
    }
  });

  it('throws for a training graph and for a missing parameter', () => {
    const training = buildTinyModel(1, 3, true);
    expect(() => exportInference(training.graph, { encoded: training.encoded }, new Map())).toThrow('training: false');
    const forward = buildTinyModel(1, 3, false);
    expect(() => exportInference(forward.graph, { encoded: forward.encoded }, new Map())).toThrow(
      "no value for parameter 'items.embedding'",
    );
  });
});

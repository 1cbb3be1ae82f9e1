import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import type { FeatureMatrix } from '../features/feature-matrix.ts';
import type { GbdtModel } from '../model/gbdt-model.ts';
import { probabilities } from '../prediction/predict.ts';
import { predict } from '../prediction/predictor.ts';
import { binarySet, rankingSet, realSet } from '../testing/random-table.ts';
import { fitGbdt } from '../training/fit-gbdt.ts';
import { exportOnnx } from './onnx-export.ts';

async function runOnnx(model: GbdtModel, features: FeatureMatrix): Promise<Record<string, Float32Array>> {
  const session = await InferenceSession.create(exportOnnx(model));
  const input = new Tensor('float32', features.values, [features.rowCount, features.featureNames.length]);
  const outputs = await session.run({ features: input });
  await session.release();
  return Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, data as Float32Array]));
}

function expectClose(actual: Float32Array, expected: Float64Array): void {
  expect(actual.length).toBe(expected.length);
  const worst = expected.reduce((most, value, row) => Math.max(most, Math.abs(value - actual[row])), 0);
  expect(worst).toBeLessThanOrEqual(1e-5);
}

const shape = { rowCount: 700, featureCount: 6, seed: 9, missing: 0.2 };

describe('exportOnnx', () => {
  test('gives the scores of the model, missing values included', async () => {
    const data = binarySet(shape);
    const model = fitGbdt(data, { objective: { kind: 'logistic' }, treeCount: 100 });
    const { score, probability } = await runOnnx(model, data.features);
    const expected = predict(model, data.features);
    expectClose(score, expected);
    expectClose(probability, probabilities(expected));
  });

  test('gives the scores of categorical splits, unknown categories included', async () => {
    const data = realSet({ ...shape, levels: 40 });
    const model = fitGbdt(data, { objective: { kind: 'squared-error' }, treeCount: 40, categorical: ['f0', 'f2'] });
    expect(model.trees.categoryWords.length).toBeGreaterThan(0);
    const values = data.features.values.map((value, index) => (index % 11 === 0 ? value + 35 : value));
    const features = { ...data.features, values };
    expectClose((await runOnnx(model, features))['score'], predict(model, features));
  });

  test('gives the scores of a ranker, also for values that equal thresholds', async () => {
    const data = rankingSet({ ...shape, levels: 6 }, 10);
    const model = fitGbdt(data, { objective: { kind: 'lambdamart' }, treeCount: 60 });
    const outputs = await runOnnx(model, data.features);
    expect(Object.keys(outputs)).toEqual(['score']);
    expectClose(outputs['score'], predict(model, data.features));
  });
});

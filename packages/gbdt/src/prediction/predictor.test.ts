import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { binarySet, realSet } from '../testing/random-table.ts';
import { fitGbdt } from '../training/fit-gbdt.ts';
import { addTreeScores, predictRow, probabilities } from './predict.ts';
import { createPredictor, predict } from './predictor.ts';

describe('createPredictor', () => {
  test('gives the scores of traversing the trees, for any model and any number of rows', () => {
    const models = fc.record({
      seed: fc.nat({ max: 999 }),
      maxLeaves: fc.constantFrom(2, 8, 31, 33, 64, 90),
      isCategorical: fc.boolean(),
      rowCount: fc.integer({ min: 1, max: 1200 }),
    });
    fc.assert(
      fc.property(models, ({ seed, maxLeaves, isCategorical, rowCount }) => {
        const data = binarySet({
          rowCount: 1200,
          featureCount: 3,
          seed,
          missing: 0.2,
          ...(isCategorical && { levels: 20 }),
        });
        const model = fitGbdt(data, {
          objective: { kind: 'logistic' },
          treeCount: 3,
          maxLeaves,
          minChildWeight: 0.1,
          ...(isCategorical && { categorical: ['f1'] }),
        });
        const { values } = data.features;
        const visited = new Float64Array(rowCount).fill(model.baseScore);
        addTreeScores(model.trees, values, rowCount, 3, visited);
        const scores = new Float64Array(rowCount);
        createPredictor(model).scoreInto(values, rowCount, scores);
        for (let row = 0; row < rowCount; row++) {
          expect(scores[row]).toBeCloseTo(visited[row], 12);
          if (row < 20) expect(predictRow(model, values.slice(3 * row, 3 * row + 3))).toBeCloseTo(visited[row], 12);
        }
      }),
      { numRuns: 25 },
    );
  });

  test('throws FEATURE_MISMATCH when an array is too short', () => {
    const predictor = createPredictor(
      fitGbdt(realSet({ rowCount: 50, featureCount: 2, seed: 1 }), {
        objective: { kind: 'squared-error' },
        treeCount: 1,
      }),
    );
    expect(() => predictor.scoreInto(new Float32Array(7), 4, new Float64Array(4))).toThrow(/4 rows need 8 values/);
  });
});

describe('probabilities', () => {
  test('turns log-odds into probabilities', () => {
    const [even, likely] = probabilities(Float64Array.of(0, Math.log(3)));
    expect(even).toBe(0.5);
    expect(likely).toBeCloseTo(0.75, 12);
  });
});

describe('predict', () => {
  test('routes values that equal a threshold as they were trained', () => {
    const data = realSet({ rowCount: 500, featureCount: 2, seed: 8, levels: 5 });
    const model = fitGbdt(data, {
      objective: { kind: 'squared-error' },
      treeCount: 400,
      learningRate: 0.5,
      l2Regularization: 0,
    });
    // There are 25 distinct rows, so the model can reach the mean label of each.
    const sums = new Map<string, [number, number]>();
    const keyOf = (row: number): string => data.features.values.slice(2 * row, 2 * row + 2).join();
    data.labels.forEach((label, row) => {
      const [sum, count] = sums.get(keyOf(row)) ?? [0, 0];
      sums.set(keyOf(row), [sum + label, count + 1]);
    });
    predict(model, data.features).forEach((score, row) => {
      const [sum, count] = sums.get(keyOf(row)) as [number, number];
      expect(score).toBeCloseTo(sum / count, 3);
    });
  });
});

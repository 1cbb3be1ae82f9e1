import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { childOf, type GbdtModel } from '../model/gbdt-model.ts';
import { binarySet, realSet } from '../testing/random-table.ts';
import { fitGbdt } from '../training/fit-gbdt.ts';
import { gaussLegendre } from './gauss-legendre.ts';
import { featureImportance } from './importance.ts';
import { predict } from './predictor.ts';
import { createExplainer } from './tree-shap.ts';

/**
 * Returns a row's expected score when only the features in `coalition` (a bit set) are known.
 *
 * Splits on other features are averaged by cover.
 */
function expectedScore({ trees, baseScore }: GbdtModel, row: Float32Array, coalition: number): number {
  const visit = (node: number): number => {
    const feature = trees.feature[node];
    if (feature < 0) return trees.value[node];
    const left = trees.leftChild[node];
    if ((coalition >> feature) & 1) return visit(left + childOf(trees, node, row[feature]));
    const [a, b] = [trees.cover[left], trees.cover[left + 1]];
    return (a * visit(left) + b * visit(left + 1)) / (a + b);
  };
  let sum = baseScore;
  for (let tree = 0; tree + 1 < trees.starts.length; tree++) sum += visit(trees.starts[tree]);
  return sum;
}

/** Returns the Shapley values as a sum over all coalitions. */
function shapley(model: GbdtModel, row: Float32Array): number[] {
  const count = row.length;
  const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
  const games = Array.from({ length: 2 ** count }, (_, coalition) => expectedScore(model, row, coalition));
  return Array.from(row, (_, feature) => {
    let value = 0;
    for (let coalition = 0; coalition < games.length; coalition++) {
      if ((coalition >> feature) & 1) continue;
      const size = Array.from({ length: count }, (_unused, bit) => (coalition >> bit) & 1).reduce((a, b) => a + b, 0);
      const weight = (factorial(size) * factorial(count - size - 1)) / factorial(count);
      value += weight * (games[coalition | (1 << feature)] - games[coalition]);
    }
    return value;
  });
}

describe('createExplainer', () => {
  const shapes = fc.record({
    seed: fc.nat({ max: 999 }),
    missing: fc.constantFrom(0, 0.3),
    isCategorical: fc.boolean(),
  });

  test('gives the Shapley values of the definition', () => {
    fc.assert(
      fc.property(shapes, ({ seed, missing, isCategorical }) => {
        const data = binarySet({ rowCount: 300, featureCount: 5, seed, missing, ...(isCategorical && { levels: 7 }) });
        const model = fitGbdt(data, {
          objective: { kind: 'logistic' },
          treeCount: 3,
          maxLeaves: 14,
          ...(isCategorical && { categorical: ['f1'] }),
        });
        const contributions = new Float64Array(5 * 4);
        const explainer = createExplainer(model);
        explainer.explainInto(data.features.values, 4, contributions);
        expect(explainer.expectedScore).toBeCloseTo(expectedScore(model, data.features.values.slice(0, 5), 0), 6);
        for (let row = 0; row < 4; row++) {
          const expected = shapley(model, data.features.values.slice(5 * row, 5 * row + 5));
          expected.forEach((value, feature) => {
            expect(contributions[5 * row + feature]).toBeCloseTo(value, 6);
          });
        }
      }),
      { numRuns: 15 },
    );
  });

  test('adds up to the score, in deep trees too', () => {
    fc.assert(
      fc.property(shapes, fc.constantFrom(8, 60), ({ seed, missing }, maxLeaves) => {
        const data = realSet({ rowCount: 600, featureCount: 12, seed, missing });
        const model = fitGbdt(data, { objective: { kind: 'squared-error' }, treeCount: 20, maxLeaves });
        const scores = predict(model, data.features);
        const contributions = new Float64Array(600 * 12);
        const explainer = createExplainer(model);
        explainer.explainInto(data.features.values, 600, contributions);
        for (let row = 0; row < 600; row++) {
          const sum = contributions.subarray(12 * row, 12 * row + 12).reduce((total, value) => total + value, 0);
          expect(explainer.expectedScore + sum).toBeCloseTo(scores[row], 9);
        }
      }),
      { numRuns: 8 },
    );
  });

  test('gives nothing to a feature that no tree uses', () => {
    const data = realSet({ rowCount: 300, featureCount: 4, seed: 1 });
    const model = fitGbdt(data, { objective: { kind: 'squared-error' }, treeCount: 1, maxLeaves: 2 });
    const contributions = new Float64Array(4);
    createExplainer(model).explainInto(data.features.values, 1, contributions);
    const [used] = model.trees.feature;
    contributions.forEach((value, feature) => {
      expect(value !== 0).toBe(feature === used);
    });
  });

  test('throws FEATURE_MISMATCH when an array is too short', () => {
    const model = fitGbdt(realSet({ rowCount: 50, featureCount: 2, seed: 1 }), {
      objective: { kind: 'squared-error' },
      treeCount: 1,
    });
    expect(() => createExplainer(model).explainInto(new Float32Array(4), 2, new Float64Array(3))).toThrow(
      /need 4 values/,
    );
  });
});

describe('gaussLegendre', () => {
  test.each([1, 2, 3, 4, 8, 16])('integrates polynomials of degree 2n − 1 exactly with %i points', (pointCount) => {
    const { points, weights } = gaussLegendre(pointCount);
    for (let degree = 0; degree < 2 * pointCount; degree++) {
      const integral = points.reduce((sum, point, index) => sum + weights[index] * point ** degree, 0);
      expect(integral).toBeCloseTo(1 / (degree + 1), 13);
    }
  });
});

describe('featureImportance', () => {
  test('ranks the features that the labels were made from first', () => {
    const data = realSet({ rowCount: 2000, featureCount: 6, seed: 5 });
    const ranked = featureImportance(fitGbdt(data, { objective: { kind: 'squared-error' }, treeCount: 10 }));
    expect(new Set(ranked.slice(0, 3).map(({ featureName }) => featureName))).toEqual(new Set(['f0', 'f1', 'f2']));
    expect(ranked[0].gain).toBeGreaterThan(ranked[5].gain);
    expect(ranked.reduce((sum, { splitCount }) => sum + splitCount, 0)).toBe(300);
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  createExplainer,
  importXgboostModel,
  loadGbdtModel,
  predict,
  saveGbdtModel,
  treeCountOf,
} from '../src/index.ts';

const fixture = JSON.parse(readFileSync(new URL('fixtures/xgboost-model.json', import.meta.url), 'utf8'));
const modelText = JSON.stringify(fixture.model);
const rows: (number | null)[][] = fixture.rows;
const features = {
  rowCount: rows.length,
  featureNames: ['c0', 'c1', 'c2', 'c3', 'c4', 'c5'],
  values: Float32Array.from(rows.flat(), (value) => value ?? Number.NaN),
};

/** Returns the model's text after a change to its learner. */
function changed(change: (learner: Record<string, Record<string, unknown>>) => void): string {
  const model = structuredClone(fixture.model);
  change(model.learner);
  return JSON.stringify(model);
}

describe('importXgboostModel', () => {
  test('gives the scores of XGBoost', () => {
    const model = importXgboostModel(modelText);
    expect(treeCountOf(model)).toBe(12);
    predict(model, features).forEach((score, row) => {
      expect(Math.abs(score - fixture.margins[row])).toBeLessThanOrEqual(1e-5);
    });
  });

  test('gives the contributions of XGBoost', () => {
    const explainer = createExplainer(importXgboostModel(modelText));
    const contributions = new Float64Array(rows.length * 6);
    explainer.explainInto(features.values, rows.length, contributions);
    fixture.contributions.forEach((expected: number[], row: number) => {
      const actual = [...contributions.subarray(6 * row, 6 * row + 6), explainer.expectedScore];
      actual.forEach((value, feature) => {
        expect(Math.abs(value - expected[feature])).toBeLessThanOrEqual(1e-5);
      });
    });
  });

  test('can be saved and loaded', () => {
    const model = importXgboostModel(modelText);
    expect(loadGbdtModel(saveGbdtModel(model))).toEqual(model);
  });

  const cases: [string, string, RegExp, string][] = [
    ['a file cut short', 'BAD_MODEL_FILE', /not whole JSON/, modelText.slice(0, 2000)],
    ['JSON of something else', 'BAD_MODEL_FILE', /no learner/, '{"a":1}'],
    [
      'a linear booster',
      'UNSUPPORTED_MODEL',
      /booster "gblinear"/,
      changed((learner) => Object.assign(learner['gradient_booster'], { name: 'gblinear' })),
    ],
    [
      'several classes',
      'UNSUPPORTED_MODEL',
      /several outputs/,
      changed((learner) => Object.assign(learner['learner_model_param'], { num_class: '3' })),
    ],
    [
      'an unknown objective',
      'UNSUPPORTED_MODEL',
      /objective "reg:tweedie"/,
      changed((learner) => Object.assign(learner['objective'], { name: 'reg:tweedie' })),
    ],
  ];
  test.each(cases)('throws for %s', (_, code, message, text) => {
    expect(() => importXgboostModel(text)).toThrow(expect.objectContaining({ code }));
    expect(() => importXgboostModel(text)).toThrow(message);
  });
});

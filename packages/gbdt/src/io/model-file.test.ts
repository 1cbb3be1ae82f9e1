import { describe, expect, test } from 'vitest';
import { predict } from '../prediction/predictor.ts';
import { binarySet } from '../testing/random-table.ts';
import { fitGbdt } from '../training/fit-gbdt.ts';
import { sha256 } from './checksum.ts';
import { loadGbdtModel, saveGbdtModel } from './model-file.ts';

const data = binarySet({ rowCount: 400, featureCount: 4, seed: 2, missing: 0.2, levels: 12 });
const model = fitGbdt(data, { objective: { kind: 'logistic' }, treeCount: 5, categorical: ['f2'] });
const text = saveGbdtModel(model);

/** Returns the file after a change to its parsed form, with a correct checksum. */
function forged(change: (model: { trees: Record<string, unknown[]>; [field: string]: unknown }) => void): string {
  const file = JSON.parse(text);
  change(file.model);
  return JSON.stringify({ ...file, checksum: sha256(JSON.stringify(file.model)) });
}

describe('saveGbdtModel', () => {
  test('survives a round trip with every bit', () => {
    const loaded = loadGbdtModel(text);
    expect(loaded).toEqual(model);
    expect(saveGbdtModel(loaded)).toBe(text);
    expect(predict(loaded, data.features)).toEqual(predict(model, data.features));
  });

  test('keeps a split that only separates missing values', () => {
    const labels = data.features.values
      .filter((_, index) => index % 4 === 0)
      .map((value) => (Number.isNaN(value) ? 1 : 0));
    const onMissing = fitGbdt({ ...data, labels }, { objective: { kind: 'logistic' }, treeCount: 1, maxLeaves: 2 });
    expect(onMissing.trees.threshold[0]).toBe(Number.POSITIVE_INFINITY);
    expect(loadGbdtModel(saveGbdtModel(onMissing))).toEqual(onMissing);
  });
});

describe('loadGbdtModel', () => {
  const cases: [string, RegExp, string][] = [
    ['a file cut short', /not whole JSON/, text.slice(0, text.length >> 1)],
    ['a changed number', /checksum does not match/, text.replace(/"baseScore":[^,]*/, '"baseScore":0.5')],
    ['another schema', /schema is "matinee-gbdt\/9"/, text.replace('matinee-gbdt/1', 'matinee-gbdt/9')],
    ['JSON that is no model', /the file must be an object/, '[1, 2]'],
    ['an unknown objective', /objective is "hinge"/, forged((file) => Object.assign(file, { objective: 'hinge' }))],
    ['a missing list', /trees.cover must be a list/, forged(({ trees }) => Reflect.deleteProperty(trees, 'cover'))],
    ['a list cut short', /trees.value has/, forged(({ trees }) => trees['value'].pop())],
    ['a text among numbers', /trees.gain holds something/, forged(({ trees }) => trees['gain'].fill('1', 0, 1))],
    ['a child that points back', /node 0 is inconsistent/, forged(({ trees }) => trees['leftChild'].fill(0, 0, 1))],
    ['a feature out of range', /node 0 is inconsistent/, forged(({ trees }) => trees['feature'].fill(4, 0, 1))],
    [
      'a set of categories before the first',
      /node 0 is inconsistent/,
      forged(({ trees }) => trees['categoryStart'].fill(-2, 0, 1)),
    ],
    [
      'a set of categories of negative length',
      /node 0 is inconsistent/,
      forged(({ trees }) => trees['categoryLength'].fill(-1, 0, 1)),
    ],
    ['trees that do not span the nodes', /starts must span/, forged(({ trees }) => trees['starts'].pop())],
  ];

  test.each(cases)('throws BAD_MODEL_FILE for %s', (_, message, bad) => {
    expect(() => loadGbdtModel(bad)).toThrow(expect.objectContaining({ code: 'BAD_MODEL_FILE' }));
    expect(() => loadGbdtModel(bad)).toThrow(message);
  });
});

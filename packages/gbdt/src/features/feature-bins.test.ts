import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { binOf, fitFeatureBins } from './feature-bins.ts';
import { featureMatrixFromColumns } from './feature-matrix.ts';
import { sortFloat32 } from './radix-sort.ts';

const float = fc.float({ noNaN: true });
const fitOne = (values: readonly number[], maxBins: number, categorical = false) =>
  fitFeatureBins(featureMatrixFromColumns({ x: values }), new Set(categorical ? [0] : []), maxBins, 200_000, 1)[0];

describe('fitFeatureBins', () => {
  test('never gives a larger value a smaller bin, nor creates more bins than requested', () => {
    fc.assert(
      fc.property(
        fc.array(float, { minLength: 1, maxLength: 300 }),
        fc.integer({ min: 2, max: 255 }),
        (values, maxBins) => {
          const bins = fitOne(values, maxBins);
          expect(bins.binCount).toBeLessThanOrEqual(maxBins);
          const sorted = Float32Array.from(values).sort();
          for (let position = 1; position < sorted.length; position++) {
            expect(binOf(bins, sorted[position])).toBeGreaterThanOrEqual(binOf(bins, sorted[position - 1]));
          }
          expect(binOf(bins, sorted[sorted.length - 1])).toBeLessThanOrEqual(bins.binCount);
        },
      ),
    );
  });

  test('gives each value its own bin while there are enough', () => {
    fc.assert(
      fc.property(fc.uniqueArray(float, { minLength: 1, maxLength: 60, comparator: (a, b) => a === b }), (values) => {
        const bins = fitOne([...values, ...values], 60);
        expect(new Set(values.map((value) => binOf(bins, value))).size).toBe(values.length);
      }),
    );
  });

  test('cuts half-way between two values', () => {
    const bins = fitOne([1, 2, 4, 4], 255);
    expect(bins.kind === 'numeric' && [...bins.cuts]).toEqual([1.5, 3]);
  });

  test('fills bins evenly, and gives a heavy value a bin of its own', () => {
    const even = fitOne(
      Array.from({ length: 1000 }, (_, index) => index),
      10,
    );
    expect(even.kind === 'numeric' && [...even.cuts]).toEqual([
      99.5, 199.5, 299.5, 399.5, 499.5, 599.5, 699.5, 799.5, 899.5,
    ]);
    const heavy = fitOne(
      [...new Array<number>(900).fill(0), ...Array.from({ length: 100 }, (_, index) => index + 1)],
      11,
    );
    expect(heavy.kind === 'numeric' && [...heavy.cuts].slice(0, 2)).toEqual([0.5, 10.5]);
  });

  test('puts missing values into bin 0', () => {
    expect(binOf(fitOne([1, Number.NaN, 2], 255), Number.NaN)).toBe(0);
  });

  test('ranks categories by frequency and treats the rest as missing', () => {
    const bins = fitOne([7, 7, 7, 3, 3, 9, 9, 1], 3, true);
    expect(bins).toEqual({ kind: 'categorical', codes: Int32Array.of(7, 3, 9), binCount: 3, droppedCodeCount: 1 });
    expect([7, 3, 9, 1, 50].map((code) => binOf(bins, code))).toEqual([1, 2, 3, 0, 0]);
  });

  test.each([0.5, -1, 70_000])('throws BAD_FEATURES for category %d', (code) => {
    expect(() => fitOne([1, code], 255, true)).toThrow(/row 1 of categorical feature "x"/);
  });
});

describe('sortFloat32', () => {
  test('agrees with the built-in sort', () => {
    fc.assert(
      fc.property(fc.float32Array({ noNaN: true, maxLength: 200 }), (values) => {
        const expected = values.slice().sort();
        expect(sortFloat32(values.slice(), new Float32Array(values.length))).toEqual(expected);
      }),
    );
  });
});

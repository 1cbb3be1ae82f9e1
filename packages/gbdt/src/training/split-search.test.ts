import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FeatureBins } from '../features/feature-bins.ts';
import {
  fillGoesLeft,
  findBoundedSplit,
  findPlainSplit,
  findSplit,
  leafWeight,
  type SplitFeature,
  type SplitRules,
} from './split-search.ts';

const rules: SplitRules = {
  l1: 0,
  l2: 1,
  minChildWeight: 0.01,
  minSplitGain: 0,
  categoricalSmoothing: 0,
  gradientUnit: 2 ** -10,
  hessianUnit: 2 ** -8,
};

/** Bin sums [gradient, hessian] in fixed point; entry 0 is the missing bin. */
const sums = fc.array(fc.tuple(fc.integer({ min: -5000, max: 5000 }), fc.nat({ max: 4000 })), {
  minLength: 2,
  maxLength: 12,
});

function feature(kind: FeatureBins['kind'], binCount: number, direction = 0): SplitFeature {
  const bins: FeatureBins =
    kind === 'numeric'
      ? { kind, cuts: new Float32Array(binCount - 1), binCount }
      : { kind, codes: Int32Array.from({ length: binCount }, (_, code) => code), binCount, droppedCodeCount: 0 };
  return { index: 0, bins, direction };
}

function leafOf(bins: readonly (readonly [number, number])[]) {
  const cells = new Float64Array(512);
  const leaf = { gradient: 0, hessian: 0, lowest: Number.NEGATIVE_INFINITY, highest: Number.POSITIVE_INFINITY };
  bins.forEach(([gradient, hessian], bin) => {
    cells[2 * bin] = gradient;
    cells[2 * bin + 1] = hessian;
    leaf.gradient += gradient;
    leaf.hessian += hessian;
  });
  return { cells, leaf, binCount: bins.length - 1 };
}

/** Returns the loss at the optimum, from the definition. */
function loss(gradient: number, hessian: number): number {
  return (-0.5 * (gradient * rules.gradientUnit) ** 2) / (hessian * rules.hessianUnit + rules.l2);
}

describe('findPlainSplit', () => {
  test('finds the gain of the general search', () => {
    fc.assert(
      fc.property(sums, (bins) => {
        const { cells, leaf, binCount } = leafOf(bins);
        const plain = findPlainSplit(feature('numeric', binCount), cells, 0, leaf, rules);
        const bounded = findBoundedSplit(feature('numeric', binCount), cells, 0, leaf, rules);
        expect(plain?.gain ?? 0).toBeCloseTo(bounded?.gain ?? 0, 9);
      }),
    );
  });

  test('reports only positive gains, and the loss reduction of the chosen split', () => {
    fc.assert(
      fc.property(sums, (bins) => {
        const { cells, leaf, binCount } = leafOf(bins);
        const split = findPlainSplit(feature('numeric', binCount), cells, 0, leaf, rules);
        if (!split) return;
        const goesLeft = new Uint8Array(256);
        fillGoesLeft(split, goesLeft);
        const left = bins.filter((_, bin) => goesLeft[bin] === 1);
        const gradient = left.reduce((sum, [value]) => sum + value, 0);
        const hessian = left.reduce((sum, [, value]) => sum + value, 0);
        expect([gradient, hessian]).toEqual([split.leftGradient, split.leftHessian]);
        const reduction =
          loss(leaf.gradient, leaf.hessian) -
          loss(gradient, hessian) -
          loss(leaf.gradient - gradient, leaf.hessian - hessian);
        expect(split.gain).toBeGreaterThan(0);
        expect(split.gain).toBeCloseTo(reduction, 9);
      }),
    );
  });
});

describe('findSplit', () => {
  test('finds the best of all two-way partitions of categories', () => {
    // Without missing values and smoothing, the ordered search is exact (Fisher 1958).
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: -999, max: 999 }), fc.integer({ min: 5, max: 500 })), {
          minLength: 2,
          maxLength: 7,
        }),
        (categories) => {
          const noL2 = { ...rules, l2: 0 };
          const { cells, leaf, binCount } = leafOf([[0, 0], ...categories]);
          const found = findSplit(feature('categorical', binCount), cells, 0, leaf, noL2);
          const score = (gradient: number, hessian: number): number =>
            (0.5 * (gradient * rules.gradientUnit) ** 2) / (hessian * rules.hessianUnit);
          let best = 0;
          for (let chosen = 1; chosen < 2 ** categories.length - 1; chosen++) {
            const left = categories.filter((_, index) => (chosen >> index) & 1);
            const gradient = left.reduce((sum, [value]) => sum + value, 0);
            const hessian = left.reduce((sum, [, value]) => sum + value, 0);
            const gain =
              score(gradient, hessian) +
              score(leaf.gradient - gradient, leaf.hessian - hessian) -
              score(leaf.gradient, leaf.hessian);
            best = Math.max(best, gain);
          }
          expect(found?.gain ?? 0).toBeCloseTo(best, 7);
        },
      ),
    );
  });

  test('rejects the wrong order under a monotone constraint', () => {
    const { cells, leaf } = leafOf([
      [0, 0],
      [-3000, 900],
      [3000, 900],
    ]);
    expect(findSplit(feature('numeric', 2, 1), cells, 0, leaf, rules)).toBeUndefined();
    expect(findSplit(feature('numeric', 2, -1), cells, 0, leaf, rules)?.gain).toBeGreaterThan(0);
  });

  test('sends missing values where the loss is lower', () => {
    const { cells, leaf } = leafOf([
      [2900, 900],
      [-3000, 900],
      [3000, 900],
    ]);
    expect(findSplit(feature('numeric', 2), cells, 0, leaf, rules)?.missingLeft).toBe(false);
    cells[0] = -2900;
    const other = { ...leaf, gradient: leaf.gradient - 5800 };
    expect(findSplit(feature('numeric', 2), cells, 0, other, rules)?.missingLeft).toBe(true);
  });
});

describe('leafWeight', () => {
  test('is −T(G) / (H + l2), within its bounds', () => {
    const gradient = 4096; // 4 units of loss
    const hessian = 512; // 2 units
    const free = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;
    expect(leafWeight(gradient, hessian, rules, ...free)).toBeCloseTo(-4 / 3, 12);
    expect(leafWeight(gradient, hessian, { ...rules, l1: 1 }, ...free)).toBeCloseTo(-1, 12);
    expect(leafWeight(gradient, hessian, { ...rules, l1: 5 }, ...free)).toBe(-0);
    expect(leafWeight(gradient, hessian, rules, -0.5, 1)).toBe(-0.5);
  });
});

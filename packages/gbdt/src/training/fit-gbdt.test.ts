import { createRandom, MatineeError } from '@matinee/numerics';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { featureMatrixFromColumns, type TrainingSet } from '../features/feature-matrix.ts';
import { saveGbdtModel } from '../io/model-file.ts';
import { openThreadPool } from '../kernels/thread-pool.ts';
import { firstTrees } from '../model/first-trees.ts';
import type { GbdtConfig } from '../model/gbdt-config.ts';
import { type GbdtModel, treeCountOf } from '../model/gbdt-model.ts';
import { ndcgAtK } from '../objectives/lambdamart.ts';
import { pointwiseMetric } from '../objectives/pointwise-objective.ts';
import { predict } from '../prediction/predictor.ts';
import { binarySet, rankingSet, realSet, reorderRows } from '../testing/random-table.ts';
import { type FitProgress, fitGbdt } from './fit-gbdt.ts';

const squared: GbdtConfig = { objective: { kind: 'squared-error' } };
const shape = { rowCount: 400, featureCount: 5, seed: 3, missing: 0.1 };
const seeds = fc.nat({ max: 10_000 });

function set(columns: Record<string, number[]>, labels: number[]): TrainingSet {
  return { features: featureMatrixFromColumns(columns), labels: Float32Array.from(labels) };
}

function leaves({ trees }: GbdtModel): number[] {
  return [...trees.value].filter((_, node) => trees.feature[node] < 0);
}

describe('fitGbdt', () => {
  test('gives leaves the closed form −G / (H + l2) for squared error', () => {
    const data = set({ x: [1, 1, 2, 2] }, [1, 3, 10, 12]);
    const model = fitGbdt(data, { ...squared, treeCount: 1, learningRate: 0.5, l2Regularization: 2 });
    // Mean 6.5; left residuals −5.5, −3.5; right 3.5, 5.5.
    expect(model.baseScore).toBeCloseTo(6.5, 12);
    expect(leaves(model)).toEqual([Math.fround(0.5 * (-9 / 4)), Math.fround(0.5 * (9 / 4))]);
    expect(model.trees.threshold[0]).toBe(1.5);
    expect(model.trees.gain[0]).toBeCloseTo(0.5 * (81 / 4 + 81 / 4), 4);
    expect([...model.trees.cover]).toEqual([4, 2, 2]);
  });

  test('gives leaves the closed form for the logistic loss, with weights and l1', () => {
    const data = { ...set({ x: [0, 0, 0, 1, 1] }, [0, 0, 1, 1, 1]), weights: Float32Array.of(1, 2, 1, 1, 3) };
    const model = fitGbdt(data, {
      objective: { kind: 'logistic' },
      treeCount: 1,
      learningRate: 1,
      l1Regularization: 0.25,
      l2Regularization: 0.5,
    });
    const p = 5 / 8;
    expect(model.baseScore).toBeCloseTo(Math.log(p / (1 - p)), 12);
    const value = (gradient: number, hessian: number): number =>
      (-Math.sign(gradient) * (Math.abs(gradient) - 0.25)) / (hessian + 0.5);
    expect(leaves(model)[0]).toBeCloseTo(value(3 * p + (p - 1), 4 * p * (1 - p)), 6);
    expect(leaves(model)[1]).toBeCloseTo(value(4 * (p - 1), 4 * p * (1 - p)), 6);
  });

  test('learns which side missing values belong to, and routes them there afterwards', () => {
    for (const missingLabel of [0, 10]) {
      const data = set({ x: [1, 1, 2, 2, Number.NaN, Number.NaN] }, [0, 0, 10, 10, missingLabel, missingLabel]);
      const model = fitGbdt(data, { ...squared, treeCount: 30, learningRate: 0.5, maxLeaves: 2 });
      const [low, high, missing] = predict(model, featureMatrixFromColumns({ x: [1, 2, Number.NaN] }));
      expect(missing).toBe(missingLabel === 0 ? low : high);
    }
  });

  test('splits on missing values when they are the only signal', () => {
    const data = set({ x: [1, 2, 1, 2, Number.NaN, Number.NaN] }, [0, 0, 0, 0, 5, 5]);
    const model = fitGbdt(data, { ...squared, treeCount: 60, learningRate: 0.5 });
    const [one, two, missing] = predict(model, featureMatrixFromColumns({ x: [1, 2, Number.NaN] }));
    expect(one).toBe(two);
    expect(missing).toBeGreaterThan(4.9);
  });

  test('gives identical bytes for any order of the rows', () => {
    fc.assert(
      fc.property(seeds, fc.boolean(), (seed, isBinary) => {
        const data = (isBinary ? binarySet : realSet)({ ...shape, seed });
        const order = createRandom(seed).shuffle(Int32Array.from({ length: shape.rowCount }, (_, row) => row));
        const config: GbdtConfig = { objective: { kind: isBinary ? 'logistic' : 'squared-error' }, treeCount: 4 };
        expect(saveGbdtModel(fitGbdt(reorderRows(data, order), config))).toBe(saveGbdtModel(fitGbdt(data, config)));
      }),
      { numRuns: 15 },
    );
  });

  describe('treats a weight of two as a row given twice', () => {
    /** Few distinct values, so the bins, which ignore weights, are the same. */
    const table = { rowCount: 200, featureCount: 3, levels: 9 };

    function expectEqualFits(data: TrainingSet, objective: GbdtConfig['objective'], seed: number): void {
      const random = createRandom(seed);
      const weights = Float32Array.from({ length: table.rowCount }, () => 1 + random.integer(3));
      const repeated = Int32Array.from([...weights].flatMap((weight, row) => new Array<number>(weight).fill(row)));
      const config: GbdtConfig = { objective, treeCount: 3, maxLeaves: 6 };
      const weighted = predict(fitGbdt({ ...data, weights }, config), data.features);
      const duplicated = predict(fitGbdt(reorderRows(data, repeated), config), data.features);
      weighted.forEach((score, row) => {
        expect(score).toBeCloseTo(duplicated[row], 5);
      });
    }

    test('for real labels', () => {
      fc.assert(
        fc.property(seeds, (seed) => {
          expectEqualFits(realSet({ ...table, seed }), { kind: 'squared-error' }, seed);
        }),
        { numRuns: 15 },
      );
    });

    // Gradients of labels 0 and 1 take few values. In one table of eighty, two splits have equal gain and rounding
    // decides between them. That is not the case in these tables.
    test.each([0, 1, 2, 3, 4, 5, 6, 7])('for labels 0 and 1, table %i', (seed) => {
      expectEqualFits(binarySet({ ...table, seed }), { kind: 'logistic' }, seed);
    });
  });

  test('reports only positive gains, and respects leaf and depth limits', () => {
    fc.assert(
      fc.property(
        seeds,
        fc.integer({ min: 2, max: 12 }),
        fc.integer({ min: 1, max: 5 }),
        (seed, maxLeaves, maxDepth) => {
          const model = fitGbdt(realSet({ ...shape, seed }), { ...squared, treeCount: 2, maxLeaves, maxDepth });
          const { trees } = model;
          const depth = new Int32Array(trees.feature.length);
          for (let node = 0; node < depth.length; node++) {
            if (trees.feature[node] < 0) continue;
            expect(trees.gain[node]).toBeGreaterThan(0);
            for (const child of [trees.leftChild[node], trees.leftChild[node] + 1]) depth[child] = depth[node] + 1;
          }
          expect(Math.max(...depth)).toBeLessThanOrEqual(maxDepth);
          expect((trees.starts[1] + 1) / 2).toBeLessThanOrEqual(maxLeaves);
        },
      ),
      { numRuns: 15 },
    );
  });

  test('gives no leaf less than the minimum weight', () => {
    const { trees } = fitGbdt(realSet(shape), { ...squared, treeCount: 3, minChildWeight: 40 });
    expect(Math.min(...trees.cover)).toBeGreaterThanOrEqual(40);
  });

  test.each([1, -1] as const)('keeps every score monotone in a feature with direction %i', (direction) => {
    const data = realSet({ ...shape, missing: 0 });
    const model = fitGbdt(data, { ...squared, treeCount: 20, monotone: { f0: direction, f1: direction } });
    const random = createRandom(1);
    for (let probe = 0; probe < 300; probe++) {
      const row = Array.from({ length: 5 }, () => random.normal());
      const moved = row.map((value, feature) => (feature < 2 ? value + random.next() : value));
      const columns = Object.fromEntries(row.map((value, feature) => [`f${feature}`, [value, moved[feature]]]));
      const [before, after] = predict(model, featureMatrixFromColumns(columns));
      expect(direction * (after - before)).toBeGreaterThanOrEqual(0);
    }
  });

  test('separates categories that no threshold could separate, and sends unknown ones to the side of missing values', () => {
    const codes = Array.from({ length: 240 }, (_, row) => row % 8);
    const odd = [1, 3, 4, 6];
    const data = set(
      { genre: codes },
      codes.map((code) => (odd.includes(code) ? 1 : 0)),
    );
    const config: GbdtConfig = { ...squared, treeCount: 1, learningRate: 1, l2Regularization: 0, maxLeaves: 2 };
    const model = fitGbdt(data, { ...config, categorical: ['genre'] });
    const probes = featureMatrixFromColumns({ genre: [0, 1, 2, 3, 4, 5, 6, 7, 99, 12345, Number.NaN] });
    const scores = [...predict(model, probes)].map((score) => Math.round(score * 1e6) / 1e6);
    expect(scores.slice(0, 8)).toEqual([0, 1, 0, 1, 1, 0, 1, 0]);
    expect(new Set(scores.slice(8)).size).toBe(1);
  });

  test('stops early and keeps the best tree', () => {
    const progress: FitProgress[] = [];
    const config: GbdtConfig = {
      objective: { kind: 'logistic' },
      treeCount: 300,
      learningRate: 0.5,
      earlyStoppingTrees: 5,
    };
    const validation = binarySet({ ...shape, seed: 99 });
    const model = fitGbdt(binarySet(shape), config, { validation, onTree: (tree) => progress.push(tree) });
    const metrics = progress.map(({ validationMetric }) => validationMetric as number);
    const best = metrics.indexOf(Math.min(...metrics)) + 1;
    expect(treeCountOf(model)).toBe(best);
    expect(progress.length).toBe(best + 5);
    const scores = predict(model, validation.features);
    expect(pointwiseMetric('logistic', scores, validation.labels)).toBeCloseTo(metrics[best - 1], 9);
  });

  test('keeps all trees where asked to, and the first of them are what an early stop keeps, byte by byte', () => {
    const config: GbdtConfig = {
      objective: { kind: 'logistic' },
      treeCount: 100,
      learningRate: 0.5,
      categorical: ['f1'],
      earlyStoppingTrees: 5,
    };
    const levels = { ...shape, levels: 6 };
    const validation = binarySet({ ...levels, seed: 99 });
    const best = fitGbdt(binarySet(levels), config, { validation });
    const later: number[] = [];
    const all = fitGbdt(binarySet(levels), config, {
      validation,
      keepTrees: 'all',
      onTree: ({ validationScores }) => later.push(validationScores?.[0] ?? Number.NaN),
    });
    expect(treeCountOf(all)).toBe(treeCountOf(best) + 5);
    expect(saveGbdtModel(firstTrees(all, treeCountOf(best)))).toEqual(saveGbdtModel(best));
    for (const count of [0, 1, 7]) {
      const [first] = predict(firstTrees(all, count), validation.features);
      expect(first).toBeCloseTo(count === 0 ? all.baseScore : later[count - 1], 9);
    }
  });

  test('updates the scores of unsampled rows', () => {
    // Otherwise later trees would fit stale gradients and this loss would be far too high.
    const data = realSet({ ...shape, rowCount: 3000 });
    const model = fitGbdt(data, { ...squared, treeCount: 60, rowFraction: 0.5, featureFraction: 0.6 });
    expect(pointwiseMetric('squared-error', predict(model, data.features), data.labels)).toBeLessThan(0.35);
  });

  test('ranks a held-out set better than its base score', () => {
    const train = rankingSet({ rowCount: 3000, featureCount: 4, seed: 1 }, 15);
    const held = rankingSet({ rowCount: 1500, featureCount: 4, seed: 2 }, 15);
    const model = fitGbdt(train, { objective: { kind: 'lambdamart' }, treeCount: 40, maxLeaves: 8 });
    const groups = held.groupSizes as Int32Array;
    expect(ndcgAtK(new Float64Array(1500), held.labels, groups, 10)).toBeLessThan(0.5);
    expect(ndcgAtK(predict(model, held.features), held.labels, groups, 10)).toBeGreaterThan(0.9);
  });

  test('gives identical bytes from the reference kernels and on 1, 2 and 3 threads', async () => {
    const cases: [TrainingSet, GbdtConfig][] = [
      [binarySet({ ...shape, rowCount: 40_000 }), { objective: { kind: 'logistic' }, treeCount: 3, rowFraction: 0.9 }],
      [realSet({ ...shape, rowCount: 20_000, featureCount: 17 }), { ...squared, treeCount: 3 }],
      [rankingSet({ ...shape, rowCount: 20_000 }, 20), { objective: { kind: 'lambdamart' }, treeCount: 3 }],
    ];
    const pools = [await openThreadPool(1), await openThreadPool(2), await openThreadPool(3)];
    for (const [data, config] of cases) {
      const expected = saveGbdtModel(fitGbdt(data, config, { kernels: 'reference' }));
      for (const pool of pools) expect(saveGbdtModel(fitGbdt(data, config, { pool }))).toBe(expected);
    }
    await Promise.all(pools.map((pool) => pool.close()));
  });
});

describe('fitGbdt on bad input', () => {
  const good = (): TrainingSet => binarySet({ rowCount: 50, featureCount: 2, seed: 1 });
  const logistic: GbdtConfig = { objective: { kind: 'logistic' }, treeCount: 1 };
  const ranking: GbdtConfig = { objective: { kind: 'lambdamart' }, treeCount: 1 };
  const changed = (values: Float32Array, index: number, value: number): Float32Array => {
    const copy = values.slice();
    copy[index] = value;
    return copy;
  };

  const cases: [string, string, RegExp, () => unknown][] = [
    [
      'a NaN label',
      'BAD_LABELS',
      /labels\[3\] is NaN/,
      () => fitGbdt({ ...good(), labels: changed(good().labels, 3, Number.NaN) }, logistic),
    ],
    [
      'a label that is no class',
      'BAD_LABELS',
      /labels\[4\] is 2/,
      () => fitGbdt({ ...good(), labels: changed(good().labels, 4, 2) }, logistic),
    ],
    [
      'one class',
      'ONE_CLASS',
      /every label .* is 1/,
      () => fitGbdt({ ...good(), labels: new Float32Array(50).fill(1) }, logistic),
    ],
    [
      'a constant feature',
      'CONSTANT_FEATURE',
      /constant features: b;/,
      () => fitGbdt(set({ a: [1, 2], b: [5, 5] }, [0, 1]), logistic),
    ],
    [
      'nothing but constant features',
      'CONSTANT_FEATURE',
      /every feature/,
      () => fitGbdt(set({ b: [5, 5] }, [0, 1]), { ...logistic, constantFeatures: 'ignore' }),
    ],
    [
      'an empty group',
      'BAD_GROUPS',
      /groupSizes\[1\] is 0/,
      () => fitGbdt({ ...good(), groupSizes: Int32Array.of(20, 0, 30) }, ranking),
    ],
    [
      'groups that do not add up',
      'BAD_GROUPS',
      /sums to 49/,
      () => fitGbdt({ ...good(), groupSizes: Int32Array.of(20, 29) }, ranking),
    ],
    ['no groups', 'BAD_GROUPS', /needs groupSizes/, () => fitGbdt(good(), ranking)],
    [
      'groups without a ranking objective',
      'BAD_GROUPS',
      /only applies/,
      () => fitGbdt({ ...good(), groupSizes: Int32Array.of(50) }, logistic),
    ],
    [
      'queries without a pair',
      'ONE_CLASS',
      /no query holds two rows/,
      () => fitGbdt({ ...good(), groupSizes: new Int32Array(50).fill(1) }, ranking),
    ],
    [
      'a fractional grade',
      'BAD_LABELS',
      /labels\[0\] is 0\.5/,
      () => fitGbdt({ ...good(), labels: changed(good().labels, 0, 0.5), groupSizes: Int32Array.of(50) }, ranking),
    ],
    [
      'labels beyond float32 gradients',
      'BAD_LABELS',
      /overflow; scale them down/,
      () => fitGbdt({ ...set({ x: [1, 2] }, [-3e38, 3e38]), weights: Float32Array.of(3, 3) }, squared),
    ],
    [
      'a negative weight',
      'BAD_WEIGHTS',
      /weights\[2\] is -1/,
      () => fitGbdt({ ...good(), weights: changed(new Float32Array(50).fill(1), 2, -1) }, logistic),
    ],
    [
      'weights that are all 0',
      'BAD_WEIGHTS',
      /every weight is 0/,
      () => fitGbdt({ ...good(), weights: new Float32Array(50) }, logistic),
    ],
    [
      'too few labels',
      'BAD_LABELS',
      /labels has 3 values/,
      () => fitGbdt({ ...good(), labels: new Float32Array(3) }, logistic),
    ],
    [
      'values that do not fill the rows',
      'BAD_FEATURES',
      /holds 99 numbers/,
      () => fitGbdt({ ...good(), features: { ...good().features, values: new Float32Array(99) } }, logistic),
    ],
    [
      'a name given twice',
      'BAD_FEATURES',
      /lists "x" twice/,
      () => fitGbdt({ ...good(), features: { ...good().features, featureNames: ['x', 'x'] } }, logistic),
    ],
    ['no rows', 'BAD_FEATURES', /0 × 1/, () => featureMatrixFromColumns({ x: [] })],
    [
      'columns of unequal length',
      'BAD_FEATURES',
      /column "b" has 1 rows/,
      () => featureMatrixFromColumns({ a: [1, 2], b: [1] }),
    ],
    [
      'an unknown field',
      'BAD_CONFIG',
      /unknown field "trees"/,
      () => fitGbdt(good(), { ...logistic, trees: 5 } as GbdtConfig),
    ],
    [
      'a field out of range',
      'BAD_CONFIG',
      /maxBins is 256; it must be a whole number from 2 to 255/,
      () => fitGbdt(good(), { ...logistic, maxBins: 256 }),
    ],
    [
      'an unknown objective',
      'BAD_CONFIG',
      /objective.kind is "hinge"/,
      () => fitGbdt(good(), { objective: { kind: 'hinge' } } as unknown as GbdtConfig),
    ],
    [
      'a constraint on no feature',
      'BAD_CONFIG',
      /monotone names "z"/,
      () => fitGbdt(good(), { ...logistic, monotone: { z: 1 } }),
    ],
    [
      'early stopping on nothing',
      'BAD_CONFIG',
      /needs a validation set/,
      () => fitGbdt(good(), { ...logistic, earlyStoppingTrees: 3 }),
    ],
    [
      'mismatched columns',
      'FEATURE_MISMATCH',
      /column 0 is "f1" and the model expects "f0"/,
      () => {
        const validation = { ...good(), features: { ...good().features, featureNames: ['f1', 'f0'] } };
        fitGbdt(good(), logistic, { validation });
      },
    ],
    [
      'a missing column',
      'FEATURE_MISMATCH',
      /1 columns and the model expects 2; missing: f1/,
      () => predict(fitGbdt(good(), logistic), featureMatrixFromColumns({ f0: [1] })),
    ],
  ];

  test.each(cases)('%s throws %s', (_, code, message, run) => {
    const caught = (() => {
      try {
        return run();
      } catch (error) {
        return error;
      }
    })();
    expect(caught).toBeInstanceOf(MatineeError);
    expect((caught as MatineeError).code).toBe(code);
    expect((caught as MatineeError).message).toMatch(message);
  });
});

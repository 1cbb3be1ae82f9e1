import { createRandom } from '@matinee/numerics';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { calibrate, fitCalibration } from './calibration.ts';

/** Draws labels with probability σ(slope · score + intercept). */
function drawn(rowCount: number, slope: number, intercept: number, seed: number) {
  const random = createRandom(seed);
  const scores = Float64Array.from({ length: rowCount }, () => 2 * random.normal());
  const labels = Float32Array.from(scores, (score) =>
    random.next() < 1 / (1 + Math.exp(-(slope * score + intercept))) ? 1 : 0,
  );
  return { scores, labels };
}

describe('fitCalibration', () => {
  test('recovers the curve that labels were drawn from, by either method', () => {
    const set = drawn(40_000, 0.5, -1, 3);
    for (const method of ['platt', 'isotonic'] as const) {
      const calibration = fitCalibration(set, { method });
      for (const score of [-3, -1, 0, 1, 3]) {
        expect(Math.abs(calibrate(calibration, score) - 1 / (1 + Math.exp(1 - 0.5 * score)))).toBeLessThan(0.04);
      }
    }
  });

  test('never maps a higher score to a lower probability', () => {
    const rows = fc.array(fc.tuple(fc.double({ min: -5, max: 5, noNaN: true }), fc.integer({ min: 0, max: 1 })), {
      minLength: 2,
      maxLength: 60,
    });
    fc.assert(
      fc.property(rows, fc.constantFrom('platt' as const, 'isotonic' as const), (pairs, method) => {
        fc.pre(new Set(pairs.map(([, label]) => label)).size === 2);
        const set = {
          scores: Float64Array.from(pairs, ([score]) => score),
          labels: Float32Array.from(pairs, ([, label]) => label),
        };
        const calibration = fitCalibration(set, { method });
        let last = 0;
        for (let score = -6; score <= 6; score += 0.25) {
          const probability = calibrate(calibration, score);
          expect(probability).toBeGreaterThanOrEqual(last);
          expect(probability).toBeLessThanOrEqual(1);
          last = probability;
        }
      }),
    );
  });

  test('pools violators into their mean', () => {
    const set = { scores: Float64Array.of(1, 2, 3, 4), labels: Float32Array.of(0, 1, 0, 1) };
    const { overall } = fitCalibration(set, { method: 'isotonic' });
    expect(overall).toEqual({ method: 'isotonic', scores: [1, 2.5, 4], probabilities: [0, 0.5, 1] });
    expect(calibrate({ overall, segments: {} }, 1.75)).toBeCloseTo(0.25, 12);
  });

  test('treats rows of equal score as one point, and a weight of two as a row given twice', () => {
    const tied = fitCalibration(
      { scores: Float64Array.of(1, 1, 1, 2), labels: Float32Array.of(0, 1, 0, 1) },
      { method: 'isotonic' },
    );
    expect(calibrate(tied, 1)).toBeCloseTo(1 / 3, 12);
    const weights = Float32Array.of(2, 1, 1);
    for (const method of ['platt', 'isotonic'] as const) {
      const weighted = fitCalibration(
        { scores: Float64Array.of(1, 1, 2), labels: Float32Array.of(0, 1, 1), weights },
        { method },
      );
      const repeated = fitCalibration(
        { scores: Float64Array.of(1, 1, 1, 2), labels: Float32Array.of(0, 0, 1, 1) },
        { method },
      );
      expect(calibrate(weighted, 1.3)).toBeCloseTo(calibrate(repeated, 1.3), 9);
    }
  });

  test('gives large segments their own curve and small ones the overall curve', () => {
    const [a, b] = [drawn(5000, 1, 1, 1), drawn(5000, 1, -1, 2)];
    const set = {
      scores: Float64Array.from([...a.scores, ...b.scores, 0, 0.1]),
      labels: Float32Array.from([...a.labels, ...b.labels, 0, 1]),
      segments: [...new Array<string>(5000).fill('a'), ...new Array<string>(5000).fill('b'), 'c', 'c'],
    };
    const calibration = fitCalibration(set, { method: 'platt' });
    expect(Object.keys(calibration.segments)).toEqual(['a', 'b']);
    expect(calibrate(calibration, 0, 'a')).toBeGreaterThan(0.68);
    expect(calibrate(calibration, 0, 'b')).toBeLessThan(0.32);
    expect(calibrate(calibration, 0, 'c')).toBe(calibrate(calibration, 0));
    expect(JSON.parse(JSON.stringify(calibration))).toEqual(calibration);
  });

  const bad: [string, RegExp, () => unknown][] = [
    [
      'one class',
      /both classes/,
      () => fitCalibration({ scores: Float64Array.of(1, 2), labels: Float32Array.of(1, 1) }, { method: 'platt' }),
    ],
    [
      'a label that is no class',
      /labels\[1\] is 2/,
      () => fitCalibration({ scores: Float64Array.of(1, 2), labels: Float32Array.of(1, 2) }, { method: 'platt' }),
    ],
    [
      'a NaN score',
      /scores\[0\] is NaN/,
      () => fitCalibration({ scores: Float64Array.of(Number.NaN), labels: Float32Array.of(1) }, { method: 'platt' }),
    ],
    [
      'columns of unequal length',
      /segments has 1 rows/,
      () =>
        fitCalibration(
          { scores: Float64Array.of(1, 2), labels: Float32Array.of(1, 0), segments: ['a'] },
          { method: 'platt' },
        ),
    ],
    [
      'a negative weight',
      /weights\[1\]/,
      () =>
        fitCalibration(
          { scores: Float64Array.of(1, 2), labels: Float32Array.of(1, 0), weights: Float32Array.of(1, -1) },
          { method: 'platt' },
        ),
    ],
  ];
  test.each(bad)('throws for %s', (_, message, run) => {
    expect(run).toThrow(message);
  });
});

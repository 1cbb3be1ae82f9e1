import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { auc, expectedCalibrationError, logLoss, normalisedEntropy } from './probability-metrics.ts';

const predictions = fc
  .array(fc.record({ probability: fc.double({ min: 0, max: 1, noNaN: true }), label: fc.constantFrom(0, 1) }), {
    minLength: 1,
    maxLength: 40,
  })
  .map((rows) => ({ probabilities: rows.map((row) => row.probability), labels: rows.map((row) => row.label) }));

describe('logLoss', () => {
  it('is the mean of −ln of what was said of the truth', () => {
    expect(logLoss([0.8, 0.4], [1, 0])).toBeCloseTo(-(Math.log(0.8) + Math.log(0.6)) / 2, 12);
  });

  it('stays finite for a confident mistake', () => {
    expect(logLoss([0], [1])).toBeCloseTo(-Math.log(1e-7), 9);
  });

  it('refuses what is not a probability or not a label', () => {
    const bad = expect.objectContaining({ code: 'BAD_PROBABILITIES' });
    expect(() => logLoss([1.2], [1])).toThrow(bad);
    expect(() => logLoss([0.5], [2])).toThrow(bad);
    expect(() => logLoss([], [])).toThrow(bad);
    expect(() => logLoss([0.5, 0.5], [1])).toThrow(bad);
  });
});

describe('normalisedEntropy', () => {
  it('is 1 for the base rate itself and below 1 for something better', () => {
    expect(normalisedEntropy([0.25, 0.25, 0.25, 0.25], [1, 0, 0, 0])).toBeCloseTo(1, 12);
    expect(normalisedEntropy([0.7, 0.1, 0.1, 0.1], [1, 0, 0, 0])).toBeLessThan(1);
  });

  it('is NaN when there is nothing to predict', () => {
    expect(normalisedEntropy([0.9, 0.8], [1, 1])).toBeNaN();
  });
});

describe('auc', () => {
  it('counts the pairs in the right order, ties for half', () => {
    // Pairs: .9 > .5 yes, .9 > .1 yes, .5 = .5 half, .5 > .1 yes → 3.5 of 4.
    expect(auc([0.9, 0.5, 0.5, 0.1], [1, 1, 0, 0])).toBe(3.5 / 4);
  });

  it('is NaN with one class only and refuses a NaN score', () => {
    expect(auc([0.1, 0.2], [1, 1])).toBeNaN();
    expect(() => auc([0.1, Number.NaN], [1, 0])).toThrow('NaN');
  });

  it('equals the comparison of all pairs', () => {
    fc.assert(
      fc.property(predictions, ({ probabilities, labels }) => {
        let right = 0;
        let pairs = 0;
        for (const [a, labelA] of labels.entries()) {
          for (const [b, labelB] of labels.entries()) {
            if (labelA !== 1 || labelB !== 0) continue;
            pairs++;
            if (probabilities[a] > probabilities[b]) right += 1;
            if (probabilities[a] === probabilities[b]) right += 0.5;
          }
        }
        if (pairs === 0) expect(auc(probabilities, labels)).toBeNaN();
        else expect(auc(probabilities, labels)).toBeCloseTo(right / pairs, 12);
      }),
    );
  });
});

describe('expectedCalibrationError', () => {
  it('weighs the gap of each bin by its size', () => {
    // Two bins: {.2, .4 | 0, 1}: gap |.5 − .3| · 2/3; {.9 | 1}: gap .1 · 1/3.
    expect(expectedCalibrationError([0.2, 0.4, 0.9], [0, 1, 1], 2)).toBeCloseTo((0.2 * 2 + 0.1) / 3, 12);
  });

  it('is 0 when what is said happens', () => {
    expect(expectedCalibrationError([0.5, 0.5, 1, 0], [1, 0, 1, 0], 4)).toBeCloseTo(0, 12);
  });

  it('lies in [0, 1]', () => {
    fc.assert(
      fc.property(predictions, ({ probabilities, labels }) => {
        const error = expectedCalibrationError(probabilities, labels);
        expect(error).toBeGreaterThanOrEqual(0);
        expect(error).toBeLessThanOrEqual(1);
      }),
    );
  });
});

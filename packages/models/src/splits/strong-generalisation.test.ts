import { MatineeError } from '@matinee/numerics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { checkSplit } from '../evaluation/check-fold.ts';
import type { Split, SplitInput } from './split.ts';
import { strongGeneralisationProtocol } from './strong-generalisation.ts';
import { type Row, randomRows, splitInput } from './testing/split-input.ts';

/** Twenty users who met ten items each, of twelve. */
const rows = Array.from({ length: 200 }, (_, n): Row => [n % 20, (Math.floor(n / 20) + (n % 20)) % 12, n]);
const heldOut = { heldOutShare: 0.2, minUserItems: 5 };

describe('strongGeneralisationProtocol', () => {
  it('holds whole users out of training', () => {
    const { validation, test } = strongGeneralisationProtocol.split(splitInput(rows), heldOut);
    const users = (queries: typeof test.queries): number[] => queries.map(({ userIndex }) => userIndex);
    const trained = new Set(test.train.userIndices);
    expect(test.queries).toHaveLength(4);
    expect(users(test.queries).filter((user) => trained.has(user))).toEqual([]);
    expect(users(test.queries).filter((user) => users(validation.queries).includes(user))).toEqual([]);
    expect(users(validation.queries).every((user) => trained.has(user))).toBe(true);
    expect(users(validation.queries).some((user) => validation.train.userIndices.includes(user))).toBe(false);
  });

  it('leaves the validation users out of test training when refitOnValidation is false', () => {
    const { validation, test } = strongGeneralisationProtocol.split(splitInput(rows), {
      ...heldOut,
      refitOnValidation: false,
    });
    expect(test.train).toEqual(validation.train);
  });

  it('folds in the stated share and has the rest as targets', () => {
    const { test } = strongGeneralisationProtocol.split(splitInput(rows), heldOut);
    for (const { history, targets } of test.queries) {
      expect([history.itemIndices.length, targets.length]).toEqual([8, 2]);
      expect([...history.timestamps]).toEqual([...history.timestamps].sort((a, b) => a - b));
    }
  });

  it('divides recall by min(k, targets) and says that it leaks in time', () => {
    const split = strongGeneralisationProtocol.split(splitInput(rows), heldOut);
    expect(split.recallOver).toBe('min-k-targets');
    expect(split.leaks.join(' ')).toContain('Leaky in time');
  });

  it('gives equal splits for equal seeds and other users for another', () => {
    const users = (seed: number): number[] =>
      strongGeneralisationProtocol
        .split(splitInput(rows), { ...heldOut, seed })
        .test.queries.map(({ userIndex }) => userIndex);
    expect(users(1)).toEqual(users(1));
    expect(users(1)).not.toEqual(users(2));
  });

  it('has no target outside training, whatever the log', () => {
    // Twelve users of any history, and ten who met the first twenty items: enough to hold some out, whatever is drawn.
    const steady = Array.from({ length: 200 }, (_, n): Row => [12 + (n % 10), Math.floor(n / 10), n]);
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 150, maxLength: 250 }), fc.nat({ max: 9 }), (values, seed) => {
        const input = splitInput([...randomRows(values, 12, 40), ...steady], 40);
        const split = splitUnlessEmpty(input, seed);
        fc.pre(split !== undefined);
        checkSplit(split, 40);
        for (const { targets } of split.test.queries) {
          for (const item of targets) expect(split.test.train.itemIndices).toContain(item);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('throws EMPTY_SPLIT when the share holds nobody out', () => {
    expect(() => strongGeneralisationProtocol.split(splitInput(rows), { heldOutShare: 0.01 })).toThrow(
      expect.objectContaining({ code: 'EMPTY_SPLIT' }),
    );
  });
});

/** Undefined where everything that the held-out users ask about is unknown to training. */
function splitUnlessEmpty(input: SplitInput, seed: number): Split | undefined {
  try {
    return strongGeneralisationProtocol.split(input, { heldOutShare: 0.2, minUserItems: 3, seed });
  } catch (error) {
    if (error instanceof MatineeError && error.code === 'EMPTY_SPLIT') return undefined;
    throw error;
  }
}

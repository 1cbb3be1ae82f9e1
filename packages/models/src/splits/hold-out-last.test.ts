import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkSplit } from '../evaluation/check-fold.ts';
import { leaveOneOutProtocol } from './leave-one-out.ts';
import type { EvaluationQuery, Fold } from './split.ts';
import { type Row, randomRows, splitInput } from './testing/split-input.ts';
import { userHoldoutPerUserProtocol } from './user-holdout-per-user.ts';

const shown = ({ userIndex, history, targets }: EvaluationQuery): unknown => [
  userIndex,
  [...history.itemIndices],
  [...targets],
];
const pairs = ({ train }: Fold): string[] =>
  Array.from(train.userIndices, (user, row) => `${user}:${train.itemIndices[row]}`);

describe('leaveOneOutProtocol', () => {
  it('tests on the last item, validates on the last but one, and shows it to the test', () => {
    const { validation, test } = leaveOneOutProtocol.split(
      splitInput([
        [0, 0, 1],
        [0, 1, 2],
        [0, 2, 3],
        [0, 3, 4],
        [1, 3, 1],
        [1, 0, 2],
      ]),
    );
    expect(validation.queries.map(shown)).toEqual([[0, [0, 1], [2]]]);
    expect(test.queries.map(shown)).toEqual([[0, [0, 1, 2], [3]]]);
    expect(pairs(validation)).toEqual(['0:0', '1:3', '0:1', '1:0']);
    expect(pairs(test)).toEqual(['0:0', '1:3', '0:1', '1:0', '0:2']);
  });

  it('keeps the source order of rows with equal times', () => {
    const tied = (items: number[]): number[] => {
      const { test } = leaveOneOutProtocol.split(splitInput(items.map((item): Row => [0, item, 7])));
      return [...test.queries[0].targets];
    };
    expect(tied([0, 1, 2, 3])).toEqual([3]);
    expect(tied([3, 2, 1, 0])).toEqual([0]);
  });

  it('lets a user with fewer than three items train and gives them no query', () => {
    const { test, counts } = leaveOneOutProtocol.split(
      splitInput([
        [0, 0, 1],
        [0, 1, 2],
        [0, 2, 3],
        [1, 0, 1],
        [1, 1, 2],
      ]),
    );
    expect(test.queries.map(({ userIndex }) => userIndex)).toEqual([0]);
    expect(pairs(test)).toContain('1:1');
    expect(counts['usersWithTooFewItems']).toBe(1);
  });

  it('never has an item met before as target, and drops what comes after the target', () => {
    const { test, counts } = leaveOneOutProtocol.split(
      splitInput([
        [0, 0, 1],
        [0, 1, 2],
        [0, 2, 3],
        [0, 0, 4],
      ]),
    );
    expect(test.queries.map(shown)).toEqual([[0, [0, 1], [2]]]);
    expect(pairs(test)).toEqual(['0:0', '0:1']);
    expect(counts['interactionsAfterTheTargets']).toBe(1);
  });

  it('forgets what lies further back than maxHistory, as training and as seen', () => {
    const rows = [0, 1, 2, 3, 4].map((item, time): Row => [0, item, time]);
    const { validation, test, counts } = leaveOneOutProtocol.split(splitInput(rows), { maxHistory: 2 });
    expect(test.queries.map(shown)).toEqual([[0, [2, 3], [4]]]);
    expect(validation.queries.map(shown)).toEqual([[0, [2], [3]]]);
    expect([pairs(validation), pairs(test)]).toEqual([['0:2'], ['0:2', '0:3']]);
    expect(counts['interactionsBeforeMaxHistory']).toBe(2);
  });

  it('passes over failures when hits are "positive"', () => {
    const { validation, test } = leaveOneOutProtocol.split(
      splitInput([
        [0, 0, 1],
        [0, 1, 2],
        [0, 2, 3, 0],
        [0, 3, 4],
        [0, 4, 5, 0],
      ]),
      { hits: 'positive' },
    );
    expect(validation.queries.map(shown)).toEqual([[0, [0], [1]]]);
    expect(test.queries.map(shown)).toEqual([[0, [0, 1, 2], [3]]]);
  });
});

describe('userHoldoutPerUserProtocol', () => {
  it('has the last items of each user as targets of one query, in their order', () => {
    const { validation, test } = userHoldoutPerUserProtocol.split(
      splitInput([5, 4, 3, 2, 1, 0].map((item, time): Row => [0, item, time])),
      { targetCount: 2 },
    );
    expect(validation.queries.map(shown)).toEqual([[0, [5, 4], [3, 2]]]);
    expect(test.queries.map(shown)).toEqual([[0, [5, 4, 3, 2], [1, 0]]]);
    expect(test.queries[0].asOf).toBe(4);
  });

  it('never trains on a target nor has one twice, whatever the log', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(), { minLength: 80, maxLength: 200 }),
        fc.integer({ min: 1, max: 3 }),
        (values, targetCount) => {
          const input = splitInput([...randomRows(values, 5, 13), ...completeUser(13)], 13);
          checkSplit(userHoldoutPerUserProtocol.split(input, { targetCount, hits: 'positive' }), 13);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('throws EMPTY_SPLIT when nobody has enough items', () => {
    expect(() => userHoldoutPerUserProtocol.split(splitInput([[0, 0, 1]]))).toThrow(
      expect.objectContaining({ code: 'EMPTY_SPLIT' }),
    );
  });
});

/** A user with every item, so that there is always a query. */
function completeUser(itemCount: number): Row[] {
  return Array.from({ length: itemCount }, (_, item): Row => [9, item, item]);
}

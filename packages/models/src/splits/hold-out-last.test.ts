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

  it('holds out the same items of a tie, whatever the order of the source', () => {
    const tied = (items: number[]): unknown => {
      const { validation, test } = leaveOneOutProtocol.split(splitInput(items.map((item): Row => [0, item, 7])));
      return [validation, test].map(({ queries }) => queries.map(shown));
    };
    const items = Array.from({ length: 12 }, (_, item) => item);
    expect(tied(items.toReversed())).toEqual(tied(items));
  });

  it('holds out the largest id of a tie no more often than any other', () => {
    // 300 users who did four things in one second, in a source sorted by id.
    const rows = Array.from({ length: 1200 }, (_, row): Row => [Math.floor(row / 4), row % 4, 7]);
    const { test } = leaveOneOutProtocol.split(splitInput(rows));
    const counts = [0, 0, 0, 0];
    for (const { targets } of test.queries) counts[targets[0]]++;
    // Each a quarter of 300, with a standard deviation of 7.5.
    for (const count of counts) expect(Math.abs(count - 75)).toBeLessThan(25);
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

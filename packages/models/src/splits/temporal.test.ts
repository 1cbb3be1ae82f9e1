import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkSplit } from '../evaluation/check-fold.ts';
import { createSplit } from './protocols.ts';
import { temporalProtocol } from './temporal.ts';
import { type Row, randomRows, splitInput } from './testing/split-input.ts';

// Ten interactions at the times 0 … 9: the cuts at 0.6 and 0.8 fall on the times 6 and 8.
const tenRows: Row[] = [
  [0, 0, 0],
  [1, 1, 1],
  [0, 2, 2],
  [1, 0, 3],
  [2, 2, 4],
  [0, 3, 5],
  [1, 2, 6],
  [0, 1, 7],
  [1, 3, 8],
  [3, 4, 9],
];
const cuts = { validationQuantile: 0.6, testQuantile: 0.8 };

describe('temporalProtocol', () => {
  it('trains strictly before the cut and takes queries from the cut on', () => {
    const { validation, test } = temporalProtocol.split(splitInput(tenRows), cuts);
    expect([...validation.train.timestamps]).toEqual([0, 1, 2, 3, 4, 5]);
    expect([...test.train.timestamps]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(validation.queries.map(({ userIndex, asOf, targets }) => [userIndex, asOf, ...targets])).toEqual([
      [0, 7, 1],
      [1, 6, 2],
    ]);
    expect(test.queries.map(({ userIndex, asOf, targets }) => [userIndex, asOf, ...targets])).toEqual([
      [1, 8, 3],
      [3, 9, 4],
    ]);
  });

  it('gives interactions at the cut to the later period', () => {
    const rows = tenRows.map(([user, item, time]): Row => [user, item, time === 5 ? 6 : time]);
    const { validation, counts } = temporalProtocol.split(splitInput(rows), cuts);
    expect([...validation.train.timestamps]).toEqual([0, 1, 2, 3, 4]);
    expect(counts['validation.interactionsAtTheCut']).toBe(2);
  });

  it('gives one query per user with targets "last", one per new item with "successive"', () => {
    const rows: Row[] = [...tenRows, [1, 5, 10], [1, 6, 11], [1, 5, 12]];
    const input = splitInput(rows);
    const last = temporalProtocol.split(input, { validationQuantile: 0.4, testQuantile: 0.6 });
    const successive = temporalProtocol.split(input, {
      validationQuantile: 0.4,
      testQuantile: 0.6,
      targets: 'successive',
    });
    const ofUser1 = (queries: typeof last.test.queries): [number[], number[]][] =>
      queries
        .filter(({ userIndex }) => userIndex === 1)
        .map(({ history, targets }) => [[...history.itemIndices], [...targets]]);
    expect(ofUser1(last.test.queries)).toEqual([[[1, 0, 2, 3, 5], [6]]]);
    // The history grows between the steps; the second interaction with item 5 gives no query.
    expect(ofUser1(successive.test.queries)).toEqual([
      [[1, 0, 2], [3]],
      [[1, 0, 2, 3], [5]],
      [[1, 0, 2, 3, 5], [6]],
    ]);
    expect(successive.counts['test.repeatsNotAsked']).toBe(1);
  });

  it('lets an item exist from its first interaction on', () => {
    const { test } = temporalProtocol.split(splitInput(tenRows, 6), cuts);
    expect([...test.availableFrom]).toEqual([0, 1, 2, 5, 9, Number.POSITIVE_INFINITY]);
  });

  it('ends the test period where testUntilQuantile says', () => {
    const { test } = temporalProtocol.split(splitInput(tenRows), {
      validationQuantile: 0.4,
      testQuantile: 0.6,
      testUntilQuantile: 0.8,
    });
    expect(test.queries.map(({ asOf }) => asOf).sort()).toEqual([6, 7]);
    expect(() => temporalProtocol.split(splitInput(tenRows), { ...cuts, testUntilQuantile: 0.8 })).toThrow(
      'testUntilQuantile 0.8 must lie above testQuantile 0.8',
    );
  });

  it('counts targets that nobody had met before, which no model can rank', () => {
    const { test, counts } = temporalProtocol.split(splitInput(tenRows, 6), cuts);
    expect(test.queries.map(({ targets, asOf }) => [targets[0], asOf])).toEqual([
      [3, 8],
      [4, 9],
    ]);
    expect(counts['test.targetsBornByThemselves']).toBe(1);
    expect(counts['validation.targetsBornByThemselves']).toBe(0);
  });

  it('has only successes as targets when hits are "positive", and keeps the rest as history', () => {
    const rows: Row[] = [...tenRows.slice(0, 8), [1, 3, 8], [1, 4, 9, 0]];
    const { test, counts } = temporalProtocol.split(splitInput(rows), { ...cuts, hits: 'positive' });
    expect(test.queries.map(({ targets }) => [...targets])).toEqual([[3]]);
    expect(counts['test.negativesNotAsked']).toBe(1);
  });

  it('never leaks, whatever the log', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(), { minLength: 60, maxLength: 200 }),
        fc.constantFrom('last' as const, 'successive' as const),
        (values, targets) => {
          // Guarantees a target in every period, whatever was drawn.
          const steady = Array.from(
            { length: 13 },
            (_, item): Row => [7, item, Math.floor((item * values.length) / 36)],
          );
          const input = splitInput([...randomRows(values, 7, 11), ...steady], 13);
          const split = temporalProtocol.split(input, { targets, validationQuantile: 0.5, testQuantile: 0.75 });
          checkSplit(split, input.itemCount);
          const end = split.validation.train.count;
          expect(split.test.train.count).toBeGreaterThan(end);
          expect(split.test.train.timestamps[end]).toBeGreaterThan(split.validation.train.timestamps[end - 1]);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('throws EMPTY_SPLIT for a log without three different times', () => {
    const rows = tenRows.map(([user, item]): Row => [user, item, 5]);
    expect(() => temporalProtocol.split(splitInput(rows))).toThrow(expect.objectContaining({ code: 'EMPTY_SPLIT' }));
  });

  it('throws BAD_CONFIG for cuts in the wrong order, an unknown field and an unknown protocol', () => {
    const input = splitInput(tenRows);
    const badConfig = expect.objectContaining({ code: 'BAD_CONFIG' });
    expect(() => temporalProtocol.split(input, { validationQuantile: 0.9, testQuantile: 0.8 })).toThrow(badConfig);
    expect(() => createSplit('temporal', input, { target: 'last' })).toThrow(
      'protocol "temporal" has no field "target"',
    );
    expect(() => createSplit('temporal', input, { targets: 'first' })).toThrow(badConfig);
    expect(() => createSplit('random', input)).toThrow('no protocol "random"');
  });
});

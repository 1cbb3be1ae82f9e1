/**
 * Plants common evaluation errors and checks that each is detected. Every test starts from a valid fold and breaks one
 * thing.
 */
import { describe, expect, it } from 'vitest';
import type { Split } from '../splits/split.ts';
import { temporalProtocol } from '../splits/temporal.ts';
import { splitInput } from '../splits/testing/split-input.ts';
import { checkFold, checkSplit } from './check-fold.ts';
import { evaluate } from './evaluate.ts';
import { precisionAtK } from './ranking-metrics.ts';
import { constantScorer, evaluateOptions, queryOf, smallFold, trainingOf } from './testing/worlds.ts';

const leaking = expect.objectContaining({ code: 'LEAKING_FOLD' });
const badFold = expect.objectContaining({ code: 'BAD_FOLD' });
const [first, second] = smallFold().queries;

describe('a fold that nobody spoiled', () => {
  it('passes', () => {
    expect(() => checkFold(smallFold(), 6, true)).not.toThrow();
  });
});

describe('trap: the future in the training data', () => {
  it('refuses training after trainAsOf', () => {
    const train = trainingOf([
      [0, 0, 1],
      [2, 3, 6],
    ]);
    expect(() => checkFold(smallFold({ train }), 6, true)).toThrow(leaking);
  });

  it('refuses training as late as a query where the protocol promises an order in time, and only there', () => {
    const train = trainingOf([
      [0, 0, 1],
      [2, 3, 10],
    ]);
    expect(() => checkFold(smallFold({ train, trainAsOf: 10 }), 6, true)).toThrow(leaking);
    expect(() => checkFold(smallFold({ train, trainAsOf: 10 }), 6, false)).not.toThrow();
  });

  it('refuses a training interaction that is the answer', () => {
    const train = trainingOf([
      [0, 0, 1],
      [0, 4, 2],
    ]);
    expect(() => checkFold(smallFold({ train }), 6, true)).toThrow('user 0 trained on item 4');
  });

  it('refuses a history that reaches past its query or is out of order', () => {
    const late = queryOf(
      0,
      [
        [0, 1],
        [1, 11],
      ],
      10,
      [4],
    );
    const disordered = queryOf(
      0,
      [
        [0, 3],
        [1, 2],
      ],
      10,
      [4],
    );
    expect(() => checkFold(smallFold({ queries: [late, second] }), 6, true)).toThrow(leaking);
    expect(() => checkFold(smallFold({ queries: [disordered, second] }), 6, true)).toThrow(leaking);
  });
});

describe('trap: seen items', () => {
  it('never lists what the user has met, however high its score', async () => {
    const { rankings } = await evaluate(constantScorer([99, 98, 1, 1, 1, 1]), smallFold(), evaluateOptions(6));
    expect([...rankings.itemIndices.subarray(0, rankings.lengths[0])]).not.toContain(0);
    expect([...rankings.itemIndices.subarray(0, rankings.lengths[0])]).not.toContain(1);
  });

  it('refuses a target that the history already holds', () => {
    expect(() => checkFold(smallFold({ queries: [queryOf(0, [[4, 1]], 10, [4])] }), 6, true)).toThrow(badFold);
  });
});

describe('trap: items that do not exist yet', () => {
  it('never lists one, however high its score', async () => {
    const { rankings } = await evaluate(constantScorer([1, 1, 1, 1, 1, 99]), smallFold(), evaluateOptions(6));
    expect([...rankings.itemIndices]).not.toContain(5);
  });

  it('never lists the target where the event asked about is the first with it', async () => {
    const fold = smallFold({ queries: [first], availableFrom: Float64Array.of(0, 0, 0, 0, first.asOf, 20) });
    expect(() => checkFold(fold, 6, true)).not.toThrow();
    const { evaluation, rankings } = await evaluate(constantScorer([1, 1, 1, 1, 99, 1]), fold, evaluateOptions(6));
    expect([...rankings.itemIndices]).not.toContain(4);
    expect(evaluation.all.metrics['hr@100'].value).toBe(0);
    // Met by somebody a second earlier, it can be listed.
    const met = { ...fold, availableFrom: Float64Array.of(0, 0, 0, 0, first.asOf - 1, 20) };
    expect((await evaluate(constantScorer([1, 1, 1, 1, 99, 1]), met, evaluateOptions(6))).rankings.itemIndices[0]).toBe(
      4,
    );
  });

  it('refuses one as a target', () => {
    expect(() => checkFold(smallFold({ queries: [queryOf(0, [[0, 1]], 10, [5])] }), 6, true)).toThrow(badFold);
  });

  it('leaves it out of the catalogue whose coverage is measured', async () => {
    const { evaluation } = await evaluate(constantScorer([1, 1, 1, 1, 1, 1]), smallFold(), evaluateOptions(6));
    // Five of five: the sixth did not exist at the last query.
    expect(evaluation.catalogue['coverage@100']).toBe(1);
  });
});

describe('trap: ties', () => {
  it('gives a scorer without any knowledge the same lists every time, by item index and not by luck', async () => {
    const run = async (): Promise<number[]> => {
      const { rankings } = await evaluate(constantScorer([3, 3, 3, 3, 3, 3]), smallFold(), evaluateOptions(6));
      return [...rankings.itemIndices.subarray(0, 3)];
    };
    expect(await run()).toEqual([2, 3, 4]);
    expect(await run()).toEqual(await run());
  });

  it('gives the target of a tie no advantage over what stands before it', async () => {
    // The target, item 4, ties with 2 and 3 and comes last of them.
    const { evaluation } = await evaluate(
      constantScorer([3, 3, 3, 3, 3, 3]),
      smallFold({ queries: [first] }),
      evaluateOptions(6),
    );
    expect(evaluation.all.metrics['mrr@5'].value).toBeCloseTo(1 / 3, 12);
  });

  it('has the same target among equal timestamps whatever the order of the source', () => {
    const targetOf = (items: readonly number[]): number => {
      const rows = [[1, 5, 0], [1, 6, 1], [0, 7, 2], ...items.map((item) => [0, item, 3])] as [
        number,
        number,
        number,
      ][];
      return temporalProtocol.split(splitInput(rows), { validationQuantile: 0.3, testQuantile: 0.6 }).test.queries[0]
        .targets[0];
    };
    expect(targetOf([2, 1, 0])).toBe(targetOf([0, 1, 2]));
    expect(targetOf([1, 2, 0])).toBe(targetOf([0, 1, 2]));
  });
});

describe('trap: empty queries', () => {
  it('refuses a query without targets instead of scoring it', async () => {
    const empty = queryOf(0, [[0, 1]], 10, []);
    await expect(
      evaluate(constantScorer([1, 1, 1, 1, 1, 1]), smallFold({ queries: [first, empty] }), evaluateOptions(6)),
    ).rejects.toThrow(expect.objectContaining({ code: 'EMPTY_QUERY' }));
  });

  it('refuses a fold without queries', () => {
    expect(() => checkFold(smallFold({ queries: [] }), 6, true)).toThrow(
      expect.objectContaining({ code: 'EMPTY_QUERY' }),
    );
  });

  it('scores a query for which nothing was retrieved 0, and counts it', async () => {
    const nothing = { scoreAll: (): void => undefined };
    const { evaluation } = await evaluate(nothing, smallFold(), evaluateOptions(6));
    expect(evaluation.all.metrics['ndcg@100']).toEqual({ value: 0, low: 0, high: 0 });
    expect([evaluation.all.queryCount, evaluation.emptyListCount]).toEqual([2, 2]);
  });
});

describe('trap: the denominator of precision', () => {
  it('stays k when the list or the targets are fewer', () => {
    expect(precisionAtK([1], 10)).toBe(0.1);
    expect(precisionAtK([1], 10)).not.toBe(1); // over min(k, targets)
  });
});

describe('trap: cold items and users left out silently', () => {
  it('counts them as misses in one view and leaves them out of the other', async () => {
    const stranger = queryOf(7, [], 11, [3]);
    // Item 4 is not in training: only the second query is warm.
    const fold = smallFold({ queries: [first, second, stranger] });
    const { evaluation } = await evaluate(constantScorer([1, 1, 1, 9, Number.NaN, 1]), fold, evaluateOptions(6));
    expect([evaluation.all.queryCount, evaluation.warm?.queryCount]).toEqual([3, 1]);
    expect(evaluation.all.metrics['hr@5'].value).toBeCloseTo(2 / 3, 12);
    expect(evaluation.warm?.metrics['hr@5'].value).toBe(1);
  });
});

describe('trap: validation used twice', () => {
  const split = (): Split =>
    temporalProtocol.split(splitInput(Array.from({ length: 30 }, (_, n) => [n % 3, Math.floor(n / 3), n] as const)));

  it('passes a split as it was cut', () => {
    expect(() => checkSplit(split(), 10)).not.toThrow();
  });

  it('refuses a test that asks what validation asked', () => {
    const { validation, ...rest } = split();
    expect(() =>
      checkSplit(
        { ...rest, validation, test: { ...rest.test, train: validation.train, queries: validation.queries } },
        10,
      ),
    ).toThrow('validation would be used twice');
  });

  it('refuses a test that trains on its own answers', () => {
    const whole = split();
    const train = splitInput(Array.from({ length: 30 }, (_, n) => [n % 3, Math.floor(n / 3), n] as const)).interactions;
    expect(() => checkSplit({ ...whole, test: { ...whole.test, train, trainAsOf: 30 } }, 10)).toThrow(leaking);
  });
});

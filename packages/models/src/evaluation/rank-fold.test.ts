import { MatineeError } from '@matinee/numerics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fold } from '../splits/split.ts';
import { type Rankings, rankFold, type Scorer } from './rank-fold.ts';
import { constantScorer, queryOf, smallFold } from './testing/worlds.ts';

const context = { itemCount: 6, checkpoint: async (): Promise<void> => undefined };
const rank = (scorer: Scorer, fold: Fold = smallFold(), depth = 10): Promise<Rankings> =>
  rankFold(scorer, fold, depth, context);
const lists = ({ depth, itemIndices, lengths }: Rankings): number[][] =>
  Array.from(lengths, (length, query) => [...itemIndices.subarray(query * depth, query * depth + length)]);

describe('rankFold', () => {
  it('ranks every item save the history and what does not exist yet', async () => {
    expect(lists(await rank(constantScorer([1, 2, 3, 4, 5, 99])))).toEqual([
      [4, 3, 2],
      [4, 3, 1, 0],
    ]);
  });

  it('gives equal scores to the lower item index', async () => {
    expect(lists(await rank(constantScorer([7, 7, 7, 7, 7, 7])))).toEqual([
      [2, 3, 4],
      [0, 1, 3, 4],
    ]);
  });

  it('retrieves nothing that is scored NaN, and cuts at the depth', async () => {
    expect(lists(await rank(constantScorer([1, 2, Number.NaN, 4, Number.NaN, 9])))).toEqual([[3], [3, 1, 0]]);
    expect(lists(await rank(constantScorer([1, 2, 3, 4, 5, 9]), smallFold(), 2))).toEqual([
      [4, 3],
      [4, 3],
    ]);
  });

  it('does not carry a score over to a query for which the scorer wrote none', async () => {
    let calls = 0;
    const forgetful: Scorer = {
      scoreAll: (_, scores) => {
        if (calls++ === 0) scores.fill(1);
      },
    };
    expect(lists(await rank(forgetful))).toEqual([[2, 3, 4], []]);
  });

  it('waits for a scorer that answers through a promise', async () => {
    const later: Scorer = {
      scoreAll: async (_, scores) => {
        await Promise.resolve();
        scores.set([1, 2, 3, 4, 5, 99]);
      },
    };
    expect(lists(await rank(later))).toEqual(lists(await rank(constantScorer([1, 2, 3, 4, 5, 99]))));
  });

  it('queries a user outside training as a visitor', async () => {
    const userIndices: number[] = [];
    const scorer: Scorer = { scoreAll: ({ userIndex }) => void userIndices.push(userIndex) };
    const { queries } = smallFold();
    await rank(scorer, smallFold({ queries: [...queries, queryOf(9, [], 10, [4])] }));
    expect(userIndices).toEqual([0, 1, -1]);
  });

  it('gives the same lists for a scorer that scores everything and one that retrieves', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 6, maxLength: 6 }), async (values) => {
        const retriever: Scorer = {
          retrieve: (_, n, excluded) => {
            const order = values.map((_, item) => item).filter((item) => excluded[item] === 0);
            order.sort((a, b) => values[b] - values[a] || a - b);
            const itemIndices = Int32Array.from(order.slice(0, n));
            return { itemIndices, scores: Float32Array.from(itemIndices, (item) => values[item]) };
          },
        };
        expect(lists(await rank(retriever))).toEqual(lists(await rank(constantScorer(values))));
      }),
      { numRuns: 30 },
    );
  });

  it('refuses a list with an excluded item, a repeated item or more than asked for', async () => {
    const returning = (...items: number[]): Scorer => ({
      retrieve: () => ({ itemIndices: Int32Array.from(items), scores: new Float32Array(items.length) }),
    });
    const badList = expect.objectContaining({ code: 'BAD_LIST' });
    await expect(rank(returning(0))).rejects.toThrow(badList);
    await expect(rank(returning(5))).rejects.toThrow(badList);
    await expect(rank(returning(3, 3))).rejects.toThrow(badList);
    await expect(rank(returning(3, 4), smallFold(), 1)).rejects.toThrow(badList);
  });

  it('stops when the checkpoint throws', async () => {
    const checkpoint = async (): Promise<void> => {
      throw new MatineeError('CANCELLED', 'stopped');
    };
    await expect(rankFold(constantScorer([1]), smallFold(), 5, { itemCount: 6, checkpoint })).rejects.toThrow(
      'stopped',
    );
  });
});

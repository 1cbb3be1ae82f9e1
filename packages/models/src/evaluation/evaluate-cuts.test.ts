import { describe, expect, it } from 'vitest';
import { type CutLists, evaluateCuts, evaluateRankings } from './evaluate.ts';
import { evaluateOptions, queryOf, smallFold, trainingOf } from './testing/worlds.ts';

const options = { ...evaluateOptions(6), bootstrap: { resampleCount: 400, seed: 1 } };

/** Lists of one item each: the target, item 1, or item 2. */
function cutOf(users: readonly number[], isHit: (user: number) => boolean, cut = 1): CutLists {
  return {
    name: `cut ${cut}`,
    meaning: 'a cut',
    rankings: {
      depth: 100,
      itemIndices: Int32Array.from({ length: 100 * users.length }, (_, at) =>
        at % 100 > 0 ? -1 : isHit(users[at / 100]) ? 1 : 2,
      ),
      lengths: Int32Array.from(users, () => 1),
    },
    fold: smallFold({ queries: users.map((user) => queryOf(user, [[0, 1]], 10, [1])) }),
  };
}

describe('evaluateCuts', () => {
  const users = Array.from({ length: 40 }, (_, user) => user);
  const isHit = (user: number): boolean => user % 4 === 0;

  it('is the mean over the queries of all cuts, and tells each cut', () => {
    const { all, cutSegments } = evaluateCuts([cutOf([0, 1, 2], () => true), cutOf([3], () => false, 2)], options);
    expect([all.queryCount, all.userCount, all.metrics['hr@10'].value]).toEqual([4, 4, 0.75]);
    expect(cutSegments.map(({ name, queryCount, metrics }) => [name, queryCount, metrics['hr@10'].value])).toEqual([
      ['cut 1', 3, 1],
      ['cut 2', 1, 0],
    ]);
  });

  it('does not take a user who returns for two: equal results after two cuts narrow nothing', () => {
    const once = evaluateCuts([cutOf(users, isHit)], options).all;
    const twice = evaluateCuts([cutOf(users, isHit), cutOf(users, isHit, 2)], options).all;
    expect([twice.queryCount, twice.userCount]).toEqual([80, 40]);
    expect(twice.metrics['ndcg@10'].low).toBeCloseTo(once.metrics['ndcg@10'].low, 12);
    expect(twice.metrics['ndcg@10'].high).toBeCloseTo(once.metrics['ndcg@10'].high, 12);
  });

  it('is what one cut by itself is, where there is only one', () => {
    const { rankings, fold } = cutOf(users, isHit);
    const single = evaluateRankings(rankings, fold, options);
    expect(evaluateCuts([cutOf(users, isHit)], options)).toEqual(single);
    expect(single.cutSegments).toEqual([]);
  });

  it('takes the segments of items from the training data of each cut', () => {
    const early = cutOf([0], () => true);
    const late = cutOf([1], () => true, 2);
    // At the second cut nobody has met the target yet.
    const train = trainingOf([
      [0, 0, 1],
      [0, 2, 2],
    ]);
    const { itemSegments } = evaluateCuts([early, { ...late, fold: { ...late.fold, train } }], options);
    expect(itemSegments.map(({ queryCount }) => queryCount)).toEqual([1, 1]);
    expect(itemSegments.at(-1)?.name).toBe('cold items');
  });
});

import { describe, expect, it } from 'vitest';
import { describeRetrievalFamily } from '../testing/retrieval-model.contract.ts';
import { checkerboard, historyOf, itemsOfUser, quietContext, worldOf } from '../testing/tiny-worlds.ts';
import { userKnnFamily } from './user-knn.ts';

describeRetrievalFamily(userKnnFamily, {
  isPersonal: true,
  answersEmptyHistory: false,
  scoresHistory: true,
  badConfigs: [{ maxNeighbors: 0 }, { shrinkage: -1 }, { historyDecay: 'fast' }],
});

const plain = { ...userKnnFamily.defaults, shrinkage: 0, rarityExponent: 0, similarityExponent: 1, historyDecay: 0 };

describe('userKnnFamily', () => {
  it('comes to the score that can be computed by hand', async () => {
    // User 0: items 0, 1. User 1: items 1, 2. The query has item 1 alone: cosine 1/√2 with either.
    const events = [
      { user: 0, item: 0 },
      { user: 0, item: 1 },
      { user: 1, item: 1 },
      { user: 1, item: 2, weight: 1 },
    ];
    const data = worldOf(events, { userCount: 2, genresOfItems: [[], [], []] });
    const model = await userKnnFamily.fit(data, plain, quietContext());
    const scores = new Float32Array(3);
    await model.scoreAll({ history: historyOf([1]), asOf: 0, userIndex: -1 }, scores);
    expect(scores[0]).toBeCloseTo(Math.SQRT1_2, 6);
    expect(scores[1]).toBeCloseTo(Math.SQRT2, 6);
    expect(scores[2]).toBeCloseTo(Math.SQRT1_2, 6);
  });

  it('weighs graded interactions, of the neighbour and in the similarity', async () => {
    const events = [
      { user: 0, item: 0 },
      { user: 0, item: 1, weight: 2 },
    ];
    const data = worldOf(events, { userCount: 1, genresOfItems: [[], []] });
    const model = await userKnnFamily.fit(data, plain, quietContext());
    const scores = new Float32Array(2);
    await model.scoreAll({ history: historyOf([1]), asOf: 0, userIndex: -1 }, scores);
    // Cosine 2 / √5, times what the neighbour gave the item.
    expect(scores[0]).toBeCloseTo(2 / Math.sqrt(5), 6);
    expect(scores[1]).toBeCloseTo(4 / Math.sqrt(5), 6);
  });

  it('leaves a known user out of their own neighbours', async () => {
    const events = [
      { user: 0, item: 0 },
      { user: 0, item: 1 },
      { user: 1, item: 2 },
    ];
    const model = await userKnnFamily.fit(
      worldOf(events, { userCount: 2, genresOfItems: [[], [], []] }),
      plain,
      quietContext(),
    );
    const ask = (userIndex: number) => model.retrieve({ history: historyOf([0]), asOf: 0, userIndex }, 3);
    expect([...(await ask(0)).itemIndices]).toEqual([]);
    expect([...(await ask(-1)).itemIndices]).toEqual([0, 1]);
  });

  it('counts as evidence the neighbours who engaged with the item', async () => {
    const model = await userKnnFamily.fit(checkerboard, plain, quietContext());
    const query = { history: historyOf(itemsOfUser(0)), asOf: 0, userIndex: 0 };
    // Ten of the eleven other even users have item 0: two places of twelve leave it out, and user 0 is one of them.
    expect(model.evidence?.(query, 0)).toEqual({ userCount: 10 });
    expect(model.evidence?.(query, 1)).toEqual({ userCount: 0 });
  });

  it('asks no more than maxNeighbors people', async () => {
    const model = await userKnnFamily.fit(checkerboard, { ...plain, maxNeighbors: 3 }, quietContext());
    const query = { history: historyOf(itemsOfUser(0)), asOf: 0, userIndex: 0 };
    expect(model.evidence?.(query, 2)?.userCount).toBeLessThanOrEqual(3);
  });
});

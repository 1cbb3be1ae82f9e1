import { beforeAll, describe, expect, it } from 'vitest';
import { describeRetrievalFamily } from '../testing/retrieval-model.contract.ts';
import { historyOf, quietContext, worldOf } from '../testing/tiny-worlds.ts';
import { genreAffinityFamily } from './genre-affinity.ts';
import type { RetrievalModel } from './retrieval-model.ts';

describeRetrievalFamily(genreAffinityFamily, {
  isPersonal: true,
  answersEmptyHistory: false,
  scoresHistory: true,
  badConfigs: [{ smoothing: 0 }, { popularityExponent: -1 }, { maxHistoryItems: 1.5 }],
});

describe('genreAffinityFamily', () => {
  // Items: 0 War, 1 War, 2 Comedy, 3 War|Comedy, 4 without genre.
  const genresOfItems = [['War'], ['War'], ['Comedy'], ['War', 'Comedy'], []];
  const [COMEDY, WAR] = [0, 1];
  let model: RetrievalModel;
  beforeAll(async () => {
    const events = [0, 1, 2, 3, 4].flatMap((item) => [0, 1].map((user) => ({ user, item })));
    const config = { ...genreAffinityFamily.defaults, historyDecay: 0, smoothing: 1 };
    model = await genreAffinityFamily.fit(
      worldOf([...events, ...[2, 2, 2].map((user) => ({ user, item: 1 }))], { userCount: 3, genresOfItems }),
      config,
      quietContext(),
    );
  });
  const query = (items: number[], weights?: number[]) => ({
    history: historyOf(items, weights),
    asOf: 0,
    userIndex: -1,
  });

  it('ranks full matches first and lets popularity decide between them', async () => {
    const { itemIndices } = await model.retrieve(query([0]), 5);
    expect([...itemIndices]).toEqual([1, 0, 3, 2]); // three people met item 1, one of them three times, and two met item 0
  });

  it('comes to the score that can be computed by hand', async () => {
    // Global shares: War 6 of 9 met units (2 + 3 + ½·2), Comedy 3 of 9. Profile of one War item: War 1⅔, Comedy ⅓ of 2.
    const scores = new Float32Array(5);
    await model.scoreAll(query([0]), scores);
    const warLift = 5 / 6 / (6 / 9);
    const comedyLift = 1 / 6 / (3 / 9);
    expect(scores[0]).toBeCloseTo(2 * warLift, 5);
    expect(scores[3]).toBeCloseTo((2 * (warLift + comedyLift)) / 2, 5);
  });

  it('has no score for an item without a genre, nor for a history that names none', async () => {
    const scores = new Float32Array(5);
    await model.scoreAll(query([0]), scores);
    expect(scores[4]).toBeNaN();
    expect((await model.retrieve(query([4]), 5)).itemIndices.length).toBe(0);
  });

  it('gives as evidence the genres that the history is fonder of than everybody', () => {
    expect(model.evidence?.(query([0]), 3)).toEqual({ genres: [WAR] });
    expect(model.evidence?.(query([2]), 3)).toEqual({ genres: [COMEDY] });
    expect(model.evidence?.(query([2]), 0)).toEqual({ genres: [] });
  });

  it('names the history items that share a genre as seeds', async () => {
    const contributors = await model.contributors(query([0, 2, 4]), 1, 5);
    expect(contributors.map(({ itemIndex }) => itemIndex)).toEqual([0]);
  });
});

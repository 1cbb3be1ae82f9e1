import { describe, expect, it } from 'vitest';
import { EMPTY_HISTORY } from '../data/interactions.ts';
import { describeRetrievalFamily } from '../testing/retrieval-model.contract.ts';
import { quietContext, worldOf } from '../testing/tiny-worlds.ts';
import { popularityFamily } from './popularity.ts';

describeRetrievalFamily(popularityFamily, {
  isPersonal: false,
  answersEmptyHistory: true,
  scoresHistory: true,
  badConfigs: [],
});

describe('popularityFamily', () => {
  it('sums positive weights and ignores negative ones', async () => {
    const events = [
      { user: 0, item: 0, weight: 1 },
      { user: 1, item: 0, weight: -5 },
      { user: 0, item: 1, weight: 0.5 },
      { user: 1, item: 1, weight: 0.25 },
    ];
    const model = await popularityFamily.fit(
      worldOf(events, { userCount: 2, genresOfItems: [[], []] }),
      {},
      quietContext(),
    );
    const list = await model.retrieve({ history: EMPTY_HISTORY, asOf: 0, userIndex: -1 }, 5);
    expect([...list.itemIndices]).toEqual([0, 1]);
    expect([...list.scores]).toEqual([1, 0.75]);
  });

  it('counts people: one who repeats an event five hundred times counts once', async () => {
    const repeats = Array.from({ length: 500 }, (_, time) => ({ user: 0, item: 0, time, weight: time === 7 ? 2 : 1 }));
    const events = [...repeats, ...[1, 2, 3].map((user) => ({ user, item: 1, time: 600 }))];
    const data = worldOf(events, { userCount: 4, genresOfItems: [[], []] });
    const model = await popularityFamily.fit(data, {}, quietContext());
    const list = await model.retrieve({ history: EMPTY_HISTORY, asOf: 0, userIndex: -1 }, 2);
    expect([...list.itemIndices]).toEqual([1, 0]);
    expect([...list.scores]).toEqual([3, 2]);
  });
});

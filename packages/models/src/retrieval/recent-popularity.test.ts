import { describe, expect, it } from 'vitest';
import { EMPTY_HISTORY } from '../data/interactions.ts';
import { describeRetrievalFamily } from '../testing/retrieval-model.contract.ts';
import { quietContext, worldOf } from '../testing/tiny-worlds.ts';
import { recentPopularityFamily } from './recent-popularity.ts';

describeRetrievalFamily(recentPopularityFamily, {
  isPersonal: false,
  answersEmptyHistory: true,
  scoresHistory: true,
  badConfigs: [{ halfLifeDays: 0 }, { halfLifeDays: 'long' }],
});

const DAY = 86_400;
const query = { history: EMPTY_HISTORY, asOf: 100 * DAY, userIndex: -1 };

describe('recentPopularityFamily', () => {
  it('counts an interaction half after one half-life, a quarter after two', async () => {
    const events = [
      { user: 0, item: 0, time: 80 * DAY },
      { user: 0, item: 1, time: 90 * DAY },
      { user: 0, item: 2, time: 100 * DAY },
    ];
    const data = worldOf(events, { userCount: 1, genresOfItems: [[], [], []] });
    const model = await recentPopularityFamily.fit(data, { halfLifeDays: 10 }, quietContext());
    const list = await model.retrieve(query, 3);
    expect([...list.itemIndices]).toEqual([2, 1, 0]);
    expect([...list.scores]).toEqual([1, 0.5, 0.25]);
  });

  it('gives as evidence how many people engaged with it within one half-life', async () => {
    const events = [
      { user: 0, item: 0, time: 10 * DAY },
      { user: 0, item: 0, time: 95 * DAY },
      { user: 1, item: 0, time: 100 * DAY },
    ];
    const data = worldOf(events, { userCount: 2, genresOfItems: [[]] });
    const model = await recentPopularityFamily.fit(data, { halfLifeDays: 10 }, quietContext());
    expect(model.evidence?.(query, 0)).toEqual({ interactionCount: 2, withinDays: 10 });
  });

  it('counts people: one who repeats an event five hundred times in a month counts once', async () => {
    const repeats = Array.from({ length: 500 }, (_, at) => ({ user: 0, item: 0, time: (91 + at / 100) * DAY }));
    const events = [...repeats, ...[1, 2].map((user) => ({ user, item: 1, time: 97 * DAY }))];
    const data = worldOf(events, { userCount: 3, genresOfItems: [[], []] });
    const model = await recentPopularityFamily.fit(data, { halfLifeDays: 10 }, quietContext());
    const list = await model.retrieve(query, 2);
    expect([...list.itemIndices]).toEqual([1, 0]);
    expect(list.scores[1]).toBeLessThanOrEqual(1);
    expect(list.scores[1]).toBeGreaterThan(0.5);
    expect([0, 1].map((item) => model.evidence?.(query, item)?.interactionCount)).toEqual([1, 2]);
  });
});

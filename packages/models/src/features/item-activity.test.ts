import { describe, expect, it } from 'vitest';
import { worldOf } from '../testing/tiny-worlds.ts';
import { buildItemActivity, emptyActivity, readActivity } from './item-activity.ts';

const DAY = 86_400;

describe('buildItemActivity', () => {
  it('counts people: one who repeats an event five hundred times in a month counts once', () => {
    const repeats = Array.from({ length: 500 }, (_, at) => ({ user: 0, item: 0, time: (1 + at / 100) * DAY }));
    const others = [
      { user: 1, item: 0, time: 6.5 * DAY },
      { user: 2, item: 1, time: 6.6 * DAY },
    ];
    const { interactions } = worldOf([...repeats, ...others], { userCount: 3, genresOfItems: [[], []] });
    const activity = buildItemActivity(interactions, 2);
    const read = (item: number, asOf: number) => {
      const counts = emptyActivity();
      readActivity(activity, item, asOf, counts);
      return counts;
    };
    expect(read(0, 7 * DAY)).toMatchObject({ count: 2, lastDay: 1, lastWeek: 2, ageDays: 6 });
    expect(read(0, 5 * DAY)).toMatchObject({ count: 1, lastDay: 0 });
    expect(read(1, 7 * DAY)).toMatchObject({ count: 1, lastDay: 1 });
    expect(activity.moments.length).toBe(3);
  });
});

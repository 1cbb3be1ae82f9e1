import { describe, expect, it } from 'vitest';
import { randomWorld, worldOf } from '../testing/tiny-worlds.ts';
import { holdOutQueries } from './held-out-queries.ts';

function inputOf(data: ReturnType<typeof worldOf>) {
  return { interactions: data.interactions, userCount: data.userCount, itemCount: data.items.vocabulary.ids.length };
}

describe('holdOutQueries', () => {
  it('trains on nothing that happened at or after any question', () => {
    for (let seed = 0; seed < 40; seed++) {
      const fold = holdOutQueries(inputOf(randomWorld(seed)), { cut: 'latest', share: 0.2 });
      if (fold === undefined) continue;
      const earliest = Math.min(...fold.queries.map(({ asOf }) => asOf));
      expect(fold.train.timestamps.at(-1)).toBeLessThan(earliest);
      expect(fold.trainAsOf).toBeLessThan(earliest);
    }
  });

  it('asks only for items that the user has not met and wanted', () => {
    for (let seed = 0; seed < 40; seed++) {
      for (const queries of [
        { cut: 'latest', share: 0.3 },
        { cut: 'last-items', count: 3 },
      ] as const) {
        const fold = holdOutQueries(inputOf(randomWorld(seed)), queries);
        for (const { history, targets } of fold?.queries ?? []) {
          expect([...history.itemIndices]).not.toContain(targets[0]);
        }
      }
    }
  });

  it('takes at most thirty questions of a user, spread over what they did', () => {
    const genresOfItems = Array.from({ length: 120 }, () => ['Drama']);
    const events = Array.from({ length: 120 }, (_, item) => ({ user: item < 5 ? 0 : 1, item }));
    const input = inputOf(worldOf(events, { userCount: 2, genresOfItems }));
    const targets = holdOutQueries(input, { cut: 'latest', share: 0.5 })?.queries.map((query) => query.targets[0]);
    expect(targets).toEqual(Array.from({ length: 30 }, (_, query) => 61 + 2 * query));
  });

  it('holds out every user’s last item, and what they did after it, under last-items', () => {
    const events = [
      { user: 0, item: 0 },
      { user: 1, item: 1 },
      { user: 0, item: 2 },
      { user: 1, item: 0 },
      { user: 1, item: 0, weight: -1 },
    ];
    const fold = holdOutQueries(inputOf(worldOf(events, { userCount: 2, genresOfItems: [[], [], []] })), {
      cut: 'last-items',
      count: 1,
    });
    expect(fold?.queries.map((query) => query.targets[0])).toEqual([2, 0]);
    expect([...(fold?.train.itemIndices ?? [])]).toEqual([0, 1]);
  });

  it('asks about several last items of a user, each with what came before it, and never about more than a quarter', () => {
    const genresOfItems = Array.from({ length: 20 }, () => ['Drama']);
    const events = Array.from({ length: 26 }, (_, index) => ({ user: index < 20 ? 0 : 1, item: index % 20 }));
    const fold = holdOutQueries(inputOf(worldOf(events, { userCount: 2, genresOfItems })), {
      cut: 'last-items',
      count: 3,
    });
    expect(fold?.queries.map(({ userIndex, targets }) => [userIndex, targets[0]])).toEqual([
      [0, 17],
      [0, 18],
      [0, 19],
      [1, 5],
    ]);
    expect(fold?.queries.map(({ history }) => history.itemIndices.length)).toEqual([17, 18, 19, 5]);
    expect(fold?.train.count).toBe(17 + 5);
  });

  it('ranks no item that the data does not hold, under last-items as in the test it stands for', () => {
    const events = Array.from({ length: 8 }, (_, item) => ({ user: 0, item }));
    const genresOfItems = Array.from({ length: 12 }, () => ['Drama']);
    const fold = holdOutQueries(inputOf(worldOf(events, { userCount: 1, genresOfItems })), {
      cut: 'last-items',
      count: 1,
    });
    expect([...(fold?.availableFrom ?? [])]).toEqual([...Array(8).fill(-Infinity), ...Array(4).fill(Infinity)]);
  });

  it('says so when nothing can be held out', () => {
    const single = worldOf([{ user: 0, item: 0 }], { userCount: 1, genresOfItems: [[]] });
    expect(holdOutQueries(inputOf(single), { cut: 'latest', share: 0.1 })).toBeUndefined();
    expect(holdOutQueries(inputOf(single), { cut: 'last-items', count: 1 })).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import { type TinyEvent, worldOf } from '../testing/tiny-worlds.ts';
import { holdOut } from './hold-out.ts';

const settings = { weightsFrom: 'latest', latestShare: 0.1, lastItems: 5 } as const;

function inputOf(events: readonly TinyEvent[], itemCount: number) {
  const userCount = 1 + Math.max(...events.map(({ user }) => user));
  const genresOfItems = Array.from({ length: itemCount }, () => ['Drama']);
  const { interactions } = worldOf(events, { userCount, genresOfItems });
  return { interactions, userCount, itemCount };
}

/** Ten users with eight of ten items each. */
const events = Array.from({ length: 80 }, (_, row) => ({
  user: row % 10,
  item: ((row % 10) + Math.floor(row / 10)) % 10,
}));

describe('holdOut', () => {
  it('holds out the latest part where there are times', () => {
    const { cut, instead } = holdOut(inputOf(events, 10), settings)!;
    expect(cut).toEqual({ cut: 'latest', share: 0.1 });
    expect(instead).toBeUndefined();
  });

  it('holds out everybody’s last items where all events have one time, as without times', () => {
    const input = inputOf(
      events.map((event) => ({ ...event, time: 0 })),
      10,
    );
    const { fold, cut, instead } = holdOut(input, settings)!;
    expect(cut).toEqual({ cut: 'last-items', count: 5 });
    expect(instead).toBe('all events have the same time, or none');
    expect(new Set(fold.queries.map(({ userIndex }) => userIndex)).size).toBe(10);
  });

  it('does so in one long session that repeats its titles', () => {
    const session = Array.from({ length: 300 }, (_, row) => ({ user: 0, item: row % 30 }));
    const { fold, cut, instead } = holdOut(inputOf(session, 30), settings)!;
    expect([cut.cut, instead]).toEqual(['last-items', 'in the latest part nobody meets a title for the first time']);
    expect(fold.queries.length).toBeGreaterThan(0);
  });

  it('does so where most events have the time of the cut, such as a day', () => {
    const days = events.map((event, row) => ({ ...event, time: row < 20 ? 0 : 86_400 }));
    const { cut, instead } = holdOut(inputOf(days, 10), settings)!;
    expect([cut.cut, instead]).toEqual(['last-items', 'too many events have the same time to cut the latest off']);
  });

  it('does so where the latest part is about titles that nobody met before', () => {
    const turnover = events.map((event, row) => (row < 72 ? event : { ...event, item: 10 }));
    const { cut, instead } = holdOut(inputOf(turnover, 11), settings)!;
    expect([cut.cut, instead]).toEqual(['last-items', 'nobody met before what the latest part is about']);
  });

  it('keeps to the latest part where last items cannot be answered either', () => {
    const once = Array.from({ length: 40 }, (_, item) => ({ user: 0, item }));
    expect(holdOut(inputOf(once, 40), settings)?.cut).toEqual({ cut: 'latest', share: 0.1 });
  });

  it('holds out nothing where nobody met two titles', () => {
    const single = Array.from({ length: 5 }, (_, user) => ({ user, item: user, time: 0 }));
    expect(holdOut(inputOf(single, 5), settings)).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import { worldOf } from '../testing/tiny-worlds.ts';
import { markOncePerWindow, PERSON_WINDOW_DAYS, sumOverPeople } from './count-people.ts';

const { interactions } = worldOf(
  [
    { user: 0, item: 0, time: 1, weight: 1 },
    { user: 1, item: 1, time: 2, weight: -1 },
    { user: 0, item: 0, time: 3, weight: 4 },
    { user: 1, item: 1, time: 4, weight: 2 },
    { user: 0, item: 1, time: 5, weight: 3 },
    { user: 0, item: 0, time: 6, weight: 2 },
  ],
  { userCount: 2, genresOfItems: [[], [], []] },
);

describe('sumOverPeople', () => {
  it('takes the largest value of a person and item once', () => {
    expect([...sumOverPeople(interactions, 3, (row) => interactions.weights[row])]).toEqual([4, 5, 0]);
    expect([...sumOverPeople(interactions, 3, () => 1)]).toEqual([1, 2, 0]);
  });
});

describe('markOncePerWindow', () => {
  it('is the strongest positive row of a person, item and window', () => {
    expect([...markOncePerWindow(interactions, 3)]).toEqual([0, 0, 1, 1, 1, 0]);
  });

  it('counts a person again in the next window, and never for another person', () => {
    const window = PERSON_WINDOW_DAYS * 86_400;
    const { interactions: later } = worldOf(
      [
        { user: 0, item: 0, time: 0 },
        { user: 0, item: 0, time: window - 1 },
        { user: 1, item: 0, time: window - 1 },
        { user: 0, item: 0, time: window },
        { user: 0, item: 0, time: window + 1 },
      ],
      { userCount: 2, genresOfItems: [[]] },
    );
    expect([...markOncePerWindow(later, 1)]).toEqual([1, 0, 1, 1, 0]);
  });
});

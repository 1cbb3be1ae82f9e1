import { describe, expect, it } from 'vitest';
import type { HomePageData, HomeRow } from './home-query.ts';
import { differsAbove, mergeBelowFold } from './merge-below-fold.ts';
import { testCard, testRow } from './testing.ts';

const page = (
  requestId: string,
  rows: readonly HomeRow[],
  { asOfChoice = 0, picks = [90] }: { asOfChoice?: number; picks?: readonly number[] } = {},
): HomePageData => ({
  requestId,
  version: 'v',
  generation: 'V1',
  picks: picks.map(testCard),
  rows,
  degraded: [],
  stagesMs: {},
  userIdx: 1,
  loadedAt: 0,
  asOfChoice,
  isStranger: false,
  isOld: false,
});
const ids = (home: HomePageData) => home.rows.map(({ id, items }) => [id, items.map(({ itemIdx }) => itemIdx)]);

const current = page('old', [testRow('a', [1, 2, 3, 4], 'old'), testRow('b', [5, 6, 7, 8], 'old')]);
const fresh = page('new', [testRow('a', [9, 2, 3, 4], 'new'), testRow('c', [1, 10, 11, 12, 13], 'new')], {
  asOfChoice: 7,
});

describe('mergeBelowFold', () => {
  it('keeps what is in view, takes the rest from the fresh answer, and shows no title twice', () => {
    const merged = mergeBelowFold(current, fresh, new Set(['a']));
    expect(ids(merged)).toEqual([
      ['a', [1, 2, 3, 4]],
      ['c', [10, 11, 12, 13]],
    ]);
    expect(merged.rows.map(({ requestId }) => requestId)).toEqual(['old', 'new']);
    expect(merged.picks.map(({ itemIdx }) => itemIdx)).toEqual([90]);
    expect(merged.asOfChoice).toBe(7);
  });

  it('leaves out a row that is too short without the titles above', () => {
    const short = page('new', [testRow('d', [1, 2, 10, 11], 'new')]);
    expect(ids(mergeBelowFold(current, short, new Set(['a'])))).toEqual([['a', [1, 2, 3, 4]]]);
  });
});

describe('the top picks', () => {
  it('stand in no row below, and are part of what is in view', () => {
    const other = page('new', [testRow('a', [1, 2, 3, 4], 'new'), testRow('c', [90, 10, 11, 12, 13], 'new')], {
      picks: [91],
    });
    expect(ids(mergeBelowFold(current, other, new Set(['a'])))[1]).toEqual(['c', [10, 11, 12, 13]]);
    expect(differsAbove(current, other, new Set(['a']))).toBe(true);
  });
});

describe('differsAbove', () => {
  it('is false when the rows in view and the top pick stay the same', () => {
    const below = page('new', [testRow('a', [1, 2, 3, 4], 'new'), testRow('c', [20, 21, 22, 23], 'new')]);
    expect(differsAbove(current, below, new Set(['a']))).toBe(false);
    expect(differsAbove(current, fresh, new Set(['a']))).toBe(true);
  });
});

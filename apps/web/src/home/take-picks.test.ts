import { describe, expect, it } from 'vitest';
import type { HomeRow } from './home-query.ts';
import { takePicks } from './take-picks.ts';

const card = (itemIdx: number) => ({
  itemIdx,
  title: `Title ${itemIdx}`,
  year: 2000,
  genres: [],
  itemId: 'm1',
  maturity: null,
  posterUrl: '/p.svg',
  feedback: { taste: null, watched: false, skipped: false },
});
const row = (id: string, items: readonly number[]): HomeRow => ({
  id,
  kind: 'mixed_discovery',
  params: {},
  items: items.map(card),
  cursor: null,
  requestId: 'r',
});
const ids = (cards: readonly { readonly itemIdx: number }[]) => cards.map(({ itemIdx }) => itemIdx);

describe('takePicks', () => {
  const rows = [row('a', [1, 2, 3, 4]), row('b', [5, 6, 7, 8, 9, 10, 11, 12])];

  it('moves three titles of the hero’s row to the top', () => {
    const taken = takePicks(rows, card(5));
    expect(ids(taken.picks)).toEqual([5, 6, 7]);
    expect(taken.rows.map(({ items }) => ids(items))).toEqual([
      [1, 2, 3, 4],
      [8, 9, 10, 11, 12],
    ]);
  });

  it('takes one from a short row, and none without a hero', () => {
    expect(ids(takePicks(rows, card(1)).picks)).toEqual([1]);
    expect(takePicks(rows, null)).toEqual({ picks: [], rows });
  });
});

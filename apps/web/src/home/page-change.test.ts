import { describe, expect, it } from 'vitest';
import type { HomeRow } from './home-query.ts';
import { comparePages } from './page-change.ts';

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

describe('comparePages', () => {
  const before = { picks: [card(9)], rows: [row('a', [1, 2, 3]), row('b', [4, 5, 6])] };

  it('finds nothing between equal pages', () => {
    expect(comparePages(before, before)).toEqual({ rows: [], newItems: new Set(), gone: [] });
  });

  it('names titles that are new, that moved within and between rows, and that are gone', () => {
    const { rows, newItems, gone } = comparePages(before, {
      picks: [card(9)],
      rows: [row('a', [2, 7, 4]), row('b', [6, 5])],
    });
    expect([...newItems]).toEqual([7]);
    expect(gone.map(({ itemIdx }) => itemIdx)).toEqual([1, 3]);
    const moves = rows.flatMap(({ titles }) =>
      titles.map(({ card: { itemIdx }, before: from, now }) => [
        itemIdx,
        from && `${from.row.id}${from.position}`,
        `${now.row.id}${now.position}`,
      ]),
    );
    expect(moves).toEqual([
      [2, 'a1', 'a0'],
      [7, undefined, 'a1'],
      [4, 'b0', 'a2'],
      [6, 'b2', 'b0'],
    ]);
  });

  it('does not call a top pick new when it moves into a row, and names a new one', () => {
    const { rows } = comparePages(before, { picks: [card(8)], rows: [row('a', [9, 2, 3])] });
    const top = rows.map(({ row: { id }, titles }) => [
      id,
      titles.map((title) => [title.card.itemIdx, title.before?.row.id]),
    ]);
    expect(top).toEqual([
      ['hero', [[8, undefined]]],
      ['a', [[9, 'hero']]],
    ]);
    expect([...comparePages(before, { picks: [card(1)], rows: [row('a', [9, 2, 3])] }).newItems]).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { comparePages } from './page-change.ts';
import { testCard, testRow } from './testing.ts';

describe('comparePages', () => {
  const before = { picks: [testCard(9)], rows: [testRow('a', [1, 2, 3]), testRow('b', [4, 5, 6])] };

  it('finds nothing between equal pages', () => {
    expect(comparePages(before, before)).toEqual({ rows: [], newItems: new Set(), gone: [] });
  });

  it('names titles that are new, that moved within and between rows, and that are gone', () => {
    const { rows, newItems, gone } = comparePages(before, {
      picks: [testCard(9)],
      rows: [testRow('a', [2, 7, 4]), testRow('b', [6, 5])],
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
    const { rows } = comparePages(before, { picks: [testCard(8)], rows: [testRow('a', [9, 2, 3])] });
    const top = rows.map(({ row: { id }, titles }) => [
      id,
      titles.map((title) => [title.card.itemIdx, title.before?.row.id]),
    ]);
    expect(top).toEqual([
      ['hero', [[8, undefined]]],
      ['a', [[9, 'hero']]],
    ]);
    expect([...comparePages(before, { picks: [testCard(1)], rows: [testRow('a', [9, 2, 3])] }).newItems]).toEqual([]);
  });
});

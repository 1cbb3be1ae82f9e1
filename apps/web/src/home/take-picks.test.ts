import { describe, expect, it } from 'vitest';
import { takePicks } from './take-picks.ts';
import { testCard, testRow } from './testing.ts';

const ids = (cards: readonly { readonly itemIdx: number }[]) => cards.map(({ itemIdx }) => itemIdx);

describe('takePicks', () => {
  const rows = [testRow('a', [1, 2, 3, 4]), testRow('b', [5, 6, 7, 8, 9, 10, 11, 12])];

  it('moves three titles of the hero’s row to the top', () => {
    const taken = takePicks(rows, testCard(5));
    expect(ids(taken.picks)).toEqual([5, 6, 7]);
    expect(taken.rows.map(({ items }) => ids(items))).toEqual([
      [1, 2, 3, 4],
      [8, 9, 10, 11, 12],
    ]);
  });

  it('takes one from a short row, and none without a hero', () => {
    expect(ids(takePicks(rows, testCard(1)).picks)).toEqual([1]);
    expect(takePicks(rows, null)).toEqual({ picks: [], rows });
  });
});

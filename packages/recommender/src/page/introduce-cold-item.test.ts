import { describe, expect, it } from 'vitest';
import { introduceColdItem } from './introduce-cold-item.ts';
import type { Placement } from './rows/section.ts';

const titles = (from: number, length: number): Placement[] =>
  Array.from({ length }, (_, at) => ({
    itemIndex: from + at,
    explain: async () => ({ code: 'trending_now' as const }),
  }));
const itemsOf = (row: readonly Placement[]): number[] => row.map(({ itemIndex }) => itemIndex);

describe('introduceColdItem', () => {
  it('puts one of them at the twelfth place, each as often as its propensity says, and moves no other', () => {
    const counts = new Map<number, number>();
    for (let request = 0; request < 4000; request++) {
      const { titles: row, moves } = introduceColdItem(titles(0, 30), titles(100, 4), {
        share: 0.05,
        seed: `r${request}`,
      });
      expect(row[11]?.propensity).toBe(1 / 4);
      const drawn = row[11]?.itemIndex ?? -1;
      expect(moves).toEqual([{ itemIndex: drawn, from: 30, to: 11, reason: 'exploration', propensity: 1 / 4 }]);
      expect(itemsOf(row).filter((item) => item !== drawn)).toEqual(itemsOf(titles(0, 30)));
      counts.set(drawn, (counts.get(drawn) ?? 0) + 1);
    }
    // Four standard deviations of 4000 draws of one in four.
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(110);
    expect(counts.size).toBe(4);
  });

  it('draws the same again for the same request, and stands last in a short row', () => {
    const draw = () => introduceColdItem(titles(0, 5), titles(100, 9), { share: 0.05, seed: 'r' });
    expect(itemsOf(draw().titles)).toEqual(itemsOf(draw().titles));
    expect(draw().moves[0]?.to).toBe(5);
  });

  it('does nothing without coldItems, or where nothing is to be drawn', () => {
    expect(introduceColdItem(titles(0, 20), [], { share: 1, seed: 'r' }).moves).toEqual([]);
    expect(introduceColdItem(titles(0, 20), titles(50, 3), { share: 0, seed: 'r' }).moves).toEqual([]);
  });
});

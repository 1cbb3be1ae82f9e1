import { describe, expect, it } from 'vitest';
import { exploreRow } from './explore-row.ts';
import type { Placement } from './rows/section.ts';

const rowOf = (length: number): Placement[] =>
  Array.from({ length }, (_, itemIndex) => ({ itemIndex, explain: async () => ({ code: 'trending_now' as const }) }));
const itemsOf = (titles: readonly Placement[]): number[] => titles.map(({ itemIndex }) => itemIndex);

describe('exploreRow', () => {
  it('draws each title of the pool as often as its propensity says', () => {
    const [row, requests] = [rowOf(50), 20_000];
    const counts = new Map<number, number>();
    for (let request = 0; request < requests; request++) {
      const { moves } = exploreRow(row, { share: 0.05, seed: `request-${request}` });
      expect(moves).toHaveLength(1);
      const [{ itemIndex, propensity, to }] = moves as [(typeof moves)[0]];
      expect([propensity, to]).toEqual([1 / 30, 5]);
      counts.set(itemIndex, (counts.get(itemIndex) ?? 0) + 1);
    }
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, at) => 20 + at));
    const expected = requests / 30;
    const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 29 degrees of freedom: 58.3 is passed once in a thousand.
    expect(chiSquare).toBeLessThan(58.3);
  });

  it('keeps every title, the others in their order, and draws again what the request drew', () => {
    for (const share of [0.05, 0.2, 1]) {
      const row = rowOf(150);
      const { titles, moves } = exploreRow(row, { share, seed: 'r' });
      expect(itemsOf(titles).sort((a, b) => a - b)).toEqual(itemsOf(row));
      expect(moves.map(({ to }) => titles[to]?.itemIndex)).toEqual(moves.map(({ itemIndex }) => itemIndex));
      expect(titles.filter(({ propensity }) => propensity !== undefined)).toHaveLength(20 * share);
      const rest = itemsOf(titles.filter(({ propensity }) => propensity === undefined));
      expect(rest).toEqual(rest.toSorted((a, b) => a - b));
      expect(itemsOf(exploreRow(row, { share, seed: 'r' }).titles)).toEqual(itemsOf(titles));
    }
  });

  it('draws nothing with share 0, nor where a row has no more than it comes with', () => {
    expect(exploreRow(rowOf(50), { share: 0, seed: 'r' }).moves).toEqual([]);
    expect(exploreRow(rowOf(20), { share: 1, seed: 'r' }).moves).toEqual([]);
  });
});

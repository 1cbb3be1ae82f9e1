import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PLACES_A_DAY, rotateShown } from './rotate-shown.ts';

const titles = Array.from({ length: 40 }, (_, itemIndex) => ({ itemIndex }));
const orderOf = (shownDays: ReadonlyMap<number, number>): number[] =>
  rotateShown(titles, shownDays).titles.map(({ itemIndex }) => itemIndex);

describe('rotateShown', () => {
  it('brings what was not shown into the places of what was, and sinks it further with each day', () => {
    const order = orderOf(
      new Map([
        [0, 1],
        [1, 1],
        [2, 2],
      ]),
    );
    expect(order.slice(0, 3)).toEqual([3, 4, 5]);
    expect([order.indexOf(0), order.indexOf(1)]).toEqual([8, 10]);
    expect(order.indexOf(2)).toBeGreaterThan(order.indexOf(1) + PLACES_A_DAY / 2);
  });

  it('keeps every title, sinks none by more than its days’ places, and tells every move', () => {
    const anyDays = fc.array(fc.tuple(fc.nat({ max: 60 }), fc.nat({ max: 13 })), { maxLength: 40 });
    fc.assert(
      fc.property(anyDays, (days) => {
        const shownDays = new Map(days);
        const { moves } = rotateShown(titles, shownDays);
        const order = orderOf(shownDays);
        expect(order.toSorted((a, b) => a - b)).toEqual(titles.map(({ itemIndex }) => itemIndex));
        for (const [to, from] of order.entries()) {
          expect(to - from).toBeLessThanOrEqual((shownDays.get(from) ?? 0) * PLACES_A_DAY);
          const move = moves.find(({ itemIndex }) => itemIndex === from);
          expect(move).toEqual(from === to ? undefined : { itemIndex: from, from, to, reason: 'rotation' });
        }
      }),
    );
  });
});

import type { ItemIndex } from '@matinee/models/data';
import type { Move } from '../candidates/move.ts';

/** Places by which an item moves down for each day it was shown and not opened. */
export const PLACES_A_DAY = 10;

/**
 * Moves items down that were shown on earlier days and not opened, so that a returning user sees other items first.
 * From the third day on the rule `fatigue` removes them. Ties go by fewer days, then by the given order.
 *
 * @param shownDays Number of earlier days by item index.
 */
export function rotateShown<T extends { readonly itemIndex: ItemIndex }>(
  titles: readonly T[],
  shownDays: ReadonlyMap<number, number>,
): { readonly titles: readonly T[]; readonly moves: readonly Move[] } {
  const daysOf = ({ itemIndex }: T): number => shownDays.get(itemIndex) ?? 0;
  if (!titles.some((title) => daysOf(title) > 0)) return { titles, moves: [] };
  const placed = titles.map((title, from) => {
    const days = daysOf(title);
    return { title, from, days, place: from + days * PLACES_A_DAY };
  });
  placed.sort((a, b) => a.place - b.place || a.days - b.days || a.from - b.from);
  return {
    titles: placed.map(({ title }) => title),
    moves: placed.flatMap(({ title: { itemIndex }, from }, to) =>
      from === to ? [] : [{ itemIndex, from, to, reason: 'rotation' }],
    ),
  };
}

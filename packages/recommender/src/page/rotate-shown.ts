import type { ItemIndex } from '@matinee/models/data';
import type { Move } from '../candidates/move.ts';

/** A title counts as if it stood so many places further down, for each day that it was shown and not opened. */
export const PLACES_A_DAY = 10;

/**
 * Lets titles sink that were shown on earlier days and not opened, so that somebody who comes back finds something else in the places
 * where they looked; from the third day on they rest altogether (rule `fatigue`). Of equals those that were shown less
 * go first, then the order stays.
 *
 * @param shownDays On how many earlier days, by item index.
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

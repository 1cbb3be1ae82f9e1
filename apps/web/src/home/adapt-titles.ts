import type { Card } from '@matinee/contract';

/** Titles that change with each like: enough to see, few enough that the others keep their places. */
const MOST_NEW = 6;

/**
 * Returns the titles with some of them replaced by similar ones, in their places. The last ones give way first, because
 * the first ones are known best.
 *
 * @param kept Titles that stay where they are.
 */
export function adaptTitles(
  titles: readonly Card[],
  similar: readonly Card[],
  kept: ReadonlySet<number>,
): readonly Card[] {
  const shown = new Set(titles.map(({ itemIdx }) => itemIdx));
  const fresh = similar.filter(({ itemIdx, seen }) => !shown.has(itemIdx) && seen !== true).slice(0, MOST_NEW);
  const adapted = [...titles];
  for (let place = titles.length - 1; place >= 0 && fresh.length > 0; place -= 2)
    if (!kept.has(titles[place]!.itemIdx)) adapted[place] = fresh.shift()!;
  return adapted;
}

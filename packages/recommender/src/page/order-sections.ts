import type { ItemIndex } from '@matinee/models/data';
import { ROW_LENGTH, type Section } from './rows/section.ts';

/**
 * A row stands above one that usually stands before it only when it is worth so many times as much: values that are about equal, or
 * change a little from visit to visit, leave the page as people know it.
 */
export const RISE_FACTOR = 1.25;

/**
 * Orders sections by what they are expected to bring: Σ chance of a title / log2(place + 1) over the titles a row comes with.
 *
 * Who looks at a row looks less at the next, so Σ attention · value over the page is greatest with the most valuable row first (the rearrangement
 * inequality). Each row of the usual order in turn rises past those above it while it is worth {@link RISE_FACTOR} times
 * the next; rows of one kind keep their order. Equal pages get equal orders, and there is no state to keep.
 *
 * Places drawn at random count for nothing: the order must not depend on a draw.
 *
 * @param sections In the usual order.
 * @param chanceOf That somebody turns to a title who is shown it, or any measure that sums alike.
 * @see Wang et al. (2016), Beyond ranking: optimizing whole-page presentation, WSDM.
 */
export function orderSections(sections: readonly Section[], chanceOf: (itemIndex: ItemIndex) => number): Section[] {
  const ordered: { readonly section: Section; readonly value: number }[] = [];
  for (const section of sections) {
    const value = expectedValue(section, chanceOf);
    let place = ordered.length;
    for (; place > 0; place--) {
      const above = ordered[place - 1]!;
      if (above.section.kind === section.kind || value <= RISE_FACTOR * above.value) break;
    }
    ordered.splice(place, 0, { section, value });
  }
  return ordered.map(({ section }) => section);
}

function expectedValue({ placements }: Section, chanceOf: (itemIndex: ItemIndex) => number): number {
  let value = 0;
  for (const [place, { itemIndex, propensity }] of placements.slice(0, ROW_LENGTH).entries()) {
    if (propensity === undefined) value += chanceOf(itemIndex) / Math.log2(place + 2);
  }
  return value;
}

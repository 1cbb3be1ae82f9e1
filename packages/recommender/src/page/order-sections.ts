import type { ItemIndex } from '@matinee/models/data';
import { ROW_LENGTH, type Section } from './rows/section.ts';

/**
 * A row rises above an earlier row of the usual order only if its value is this many times larger. Similar values, or
 * small changes between visits, leave the page as users know it.
 */
export const RISE_FACTOR = 1.25;

/**
 * Orders sections by expected value: Σ chance of an item / log2(place + 1) over a row's first items.
 *
 * Attention falls from row to row, so Σ attention · value over the page is greatest with the most valuable row first
 * (the rearrangement inequality). In the usual order, each row rises past the rows above it while its value is more
 * than {@link RISE_FACTOR} times theirs; rows of one kind keep their order. The order is deterministic and has no
 * state.
 *
 * Places drawn at random do not count: the order must not depend on a draw.
 *
 * @param sections In the usual order.
 * @param chanceOf Probability of an engagement with a shown item, or any measure that can be summed in its place.
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

import type { Interactions } from '../data/interactions.ts';

/**
 * The time of each item's first interaction by any user; +Infinity for an item without interactions. Length
 * `itemCount`, seconds since 1970.
 */
export function firstInteractionTimes(
  { count, itemIndices, timestamps }: Interactions,
  itemCount: number,
): Float64Array {
  const times = new Float64Array(itemCount).fill(Number.POSITIVE_INFINITY);
  for (let row = 0; row < count; row++) {
    const item = itemIndices[row];
    if (timestamps[row] < times[item]) times[item] = timestamps[row];
  }
  return times;
}

/** −Infinity for every item that the interactions mention, +Infinity for the rest: for protocols that ignore time. */
export function alwaysAvailable({ itemIndices }: Interactions, itemCount: number): Float64Array {
  const times = new Float64Array(itemCount).fill(Number.POSITIVE_INFINITY);
  for (const item of itemIndices) times[item] = Number.NEGATIVE_INFINITY;
  return times;
}

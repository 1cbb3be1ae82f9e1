import type { Interactions } from '../data/interactions.ts';

/**
 * When each item came to exist, as far as the log can tell: the moment of its first interaction by anybody;
 * +Infinity for an item without any. Length `itemCount`, seconds since 1970.
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

/** −Infinity for every item that the interactions mention, +Infinity for the rest: protocols that ignore time. */
export function alwaysAvailable({ itemIndices }: Interactions, itemCount: number): Float64Array {
  const times = new Float64Array(itemCount).fill(Number.POSITIVE_INFINITY);
  for (const item of itemIndices) times[item] = Number.NEGATIVE_INFINITY;
  return times;
}

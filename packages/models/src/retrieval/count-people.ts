import type { Interactions } from '../data/interactions.ts';

/** The rows of each user in their order: user u has `rows[pointers[u]] … rows[pointers[u + 1] − 1]`. */
interface RowsOfUsers {
  readonly pointers: Int32Array;
  readonly rows: Int32Array;
}

/** Groups rows with one counting sort. O(interactions + users). */
function groupByUser({ count, userIndices }: Interactions): RowsOfUsers {
  let userCount = 0;
  for (let row = 0; row < count; row++) userCount = Math.max(userCount, userIndices[row] + 1);
  const pointers = new Int32Array(userCount + 1);
  for (let row = 0; row < count; row++) pointers[userIndices[row] + 1]++;
  for (let user = 0; user < userCount; user++) pointers[user + 1] += pointers[user];
  const cursor = pointers.slice(0, userCount);
  const rows = new Int32Array(count);
  for (let row = 0; row < count; row++) rows[cursor[userIndices[row]]++] = row;
  return { pointers, rows };
}

/**
 * Adds up one value a person and item: the largest of their rows. So a person who repeats an event counts once, however
 * often they do.
 *
 * @param valueOfRow The value of a row; rows of 0 or less count nothing.
 * @returns By item; 0 where nobody counts.
 * @remarks O(interactions + users + items) time, 4 bytes an interaction and 8 an item.
 */
export function sumOverPeople(
  interactions: Interactions,
  itemCount: number,
  valueOfRow: (row: number) => number,
): Float64Array {
  const { itemIndices } = interactions;
  const { pointers, rows } = groupByUser(interactions);
  const sums = new Float64Array(itemCount);
  const largest = new Float64Array(itemCount);
  for (let user = 0; user + 1 < pointers.length; user++) {
    for (let at = pointers[user]; at < pointers[user + 1]; at++) {
      const item = itemIndices[rows[at]];
      largest[item] = Math.max(largest[item], valueOfRow(rows[at]));
    }
    for (let at = pointers[user]; at < pointers[user + 1]; at++) {
      const item = itemIndices[rows[at]];
      sums[item] += largest[item];
      largest[item] = 0;
    }
  }
  return sums;
}

/**
 * A person counts once for an item in this time, where counts go on while a release is served: popularity of the day and
 * features. What the log adds is counted so as well, and cannot know all that a person ever did.
 */
export const PERSON_WINDOW_DAYS = 30;

const SECONDS_A_DAY = 86_400;

/** Returns the number of the window of {@link PERSON_WINDOW_DAYS} that a time in seconds is in. */
export function personWindowOf(time: number): number {
  return Math.floor(time / (PERSON_WINDOW_DAYS * SECONDS_A_DAY));
}

/**
 * Returns 1 for the rows that count where a person counts once for an item and window: the strongest positive one of
 * them, the first of equally strong ones. 0 for all others.
 *
 * @param interactions In the order of time.
 */
export function markOncePerWindow(interactions: Interactions, itemCount: number): Uint8Array {
  const { itemIndices, timestamps, weights } = interactions;
  const { pointers, rows } = groupByUser(interactions);
  const counts = new Uint8Array(interactions.count);
  /** By item: the row that counts in the latest window in which the person engaged with it. */
  const latest = new Int32Array(itemCount).fill(-1);
  for (let user = 0; user + 1 < pointers.length; user++) {
    for (let at = pointers[user]; at < pointers[user + 1]; at++) {
      const row = rows[at];
      if (!(weights[row] > 0)) continue;
      const item = itemIndices[row];
      const before = latest[item];
      const isRepeat = before >= 0 && personWindowOf(timestamps[before]) === personWindowOf(timestamps[row]);
      if (isRepeat && weights[before] >= weights[row]) continue;
      if (isRepeat) counts[before] = 0;
      counts[row] = 1;
      latest[item] = row;
    }
    for (let at = pointers[user]; at < pointers[user + 1]; at++) latest[itemIndices[rows[at]]] = -1;
  }
  return counts;
}

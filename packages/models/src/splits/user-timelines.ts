import type { History, Interactions } from '../data/interactions.ts';
import { sortTie } from '../data/order-ties.ts';
import type { EvaluationQuery, SplitInput } from './split.ts';

/**
 * The interactions grouped by user, each user's in order of time, ties as `sortTie` orders them. User `u` holds the positions
 * `pointers[u] … pointers[u + 1] - 1` of every other array.
 */
export interface UserTimelines {
  readonly userCount: number;
  readonly pointers: Int32Array;
  /** Row of each position in the interactions it came from. */
  readonly rows: Int32Array;
  readonly itemIndices: Int32Array;
  readonly timestamps: Float64Array;
  readonly weights: Float32Array;
  readonly labels: Uint8Array;
  readonly ratings: Float32Array | undefined;
  /**
   * 1 = the user's first interaction with the item. Only such a position can be a target, since seen items are never
   * ranked.
   */
  readonly isFirst: Uint8Array;
}

/**
 * Groups by user with a counting sort, and orders each user's ties: whatever the order of the source, a protocol holds
 * out the same items. O(interactions + users + items), and the ties' sorting.
 */
export function buildUserTimelines({ interactions, userCount, itemCount }: SplitInput): UserTimelines {
  const { count, userIndices } = interactions;
  const pointers = new Int32Array(userCount + 1);
  for (let row = 0; row < count; row++) pointers[userIndices[row] + 1]++;
  for (let user = 0; user < userCount; user++) pointers[user + 1] += pointers[user];
  const cursor = pointers.slice(0, userCount);
  const rows = new Int32Array(count);
  for (let row = 0; row < count; row++) rows[cursor[userIndices[row]]++] = row;
  for (let user = 0; user < userCount; user++) {
    sortTies(rows, pointers[user], pointers[user + 1], interactions);
  }

  const itemIndices = new Int32Array(count);
  const timestamps = new Float64Array(count);
  const weights = new Float32Array(count);
  const labels = new Uint8Array(count);
  const ratings = interactions.ratings && new Float32Array(count);
  const isFirst = new Uint8Array(count);
  const lastMetBy = new Int32Array(itemCount).fill(-1);
  for (let user = 0; user < userCount; user++) {
    for (let position = pointers[user]; position < pointers[user + 1]; position++) {
      const row = rows[position];
      const item = interactions.itemIndices[row];
      itemIndices[position] = item;
      timestamps[position] = interactions.timestamps[row];
      weights[position] = interactions.weights[row];
      labels[position] = interactions.labels[row];
      if (ratings) ratings[position] = (interactions.ratings as Float32Array)[row];
      if (lastMetBy[item] !== user) isFirst[position] = 1;
      lastMetBy[item] = user;
    }
  }
  return { userCount, pointers, rows, itemIndices, timestamps, weights, labels, ratings, isFirst };
}

/** Orders the ties among `rows[start … end − 1]`, the rows of one user in order of time. */
function sortTies(rows: Int32Array, start: number, end: number, interactions: Interactions): void {
  const { timestamps } = interactions;
  let first = start;
  while (first < end) {
    let next = first + 1;
    while (next < end && timestamps[rows[next]] === timestamps[rows[first]]) next++;
    if (next - first > 1) sortTie(rows, first, next, interactions);
    first = next;
  }
}

/** The user's interactions before `position`: views, no copies. */
export function historyBefore(timelines: UserTimelines, user: number, position: number): History {
  return historyBetween(timelines, timelines.pointers[user], position);
}

/** The interactions at the positions from `start` up to, and without, `end`: views, no copies. */
export function historyBetween(timelines: UserTimelines, start: number, end: number): History {
  return {
    itemIndices: timelines.itemIndices.subarray(start, end),
    timestamps: timelines.timestamps.subarray(start, end),
    weights: timelines.weights.subarray(start, end),
    ...(timelines.ratings && { ratings: timelines.ratings.subarray(start, end) }),
  };
}

/** Whether the target has the timestamp of the end of its history: that it is the later of the two is chance. */
export function isTied({ history, asOf }: Pick<EvaluationQuery, 'history' | 'asOf'>): boolean {
  return history.timestamps.at(-1) === asOf;
}

/** Counts the queries whose target is tied with the end of its history. */
export function countTiedTargets(queries: readonly EvaluationQuery[]): number {
  return queries.filter(isTied).length;
}

import type { UserIndex } from './indices.ts';
import type { History, Interactions } from './interactions.ts';

/** Every user's interactions, oldest first. */
export interface UserHistories {
  readonly userCount: number;
  /** O(1); the arrays are views on shared memory. A user without interactions has an empty history. */
  of(userIndex: UserIndex): History;
}

/**
 * Groups interactions by user with one counting sort, in O(interactions + users). Interactions with equal times keep
 * the order they have in `interactions`.
 *
 * @param interactions Sorted by time.
 * @param userCount Larger than every user index in `interactions`.
 */
export function groupByUser(interactions: Interactions, userCount: number): UserHistories {
  const { count, userIndices } = interactions;
  const pointers = new Int32Array(userCount + 1);
  for (let row = 0; row < count; row++) pointers[userIndices[row] + 1]++;
  for (let user = 0; user < userCount; user++) pointers[user + 1] += pointers[user];
  const cursor = pointers.slice(0, userCount);
  const itemIndices = new Int32Array(count);
  const timestamps = new Float64Array(count);
  const weights = new Float32Array(count);
  const ratings = interactions.ratings && new Float32Array(count);
  for (let row = 0; row < count; row++) {
    const position = cursor[userIndices[row]]++;
    itemIndices[position] = interactions.itemIndices[row];
    timestamps[position] = interactions.timestamps[row];
    weights[position] = interactions.weights[row];
    if (ratings) ratings[position] = (interactions.ratings as Float32Array)[row];
  }
  return {
    userCount,
    of(userIndex) {
      const start = pointers[userIndex];
      const end = pointers[userIndex + 1];
      return {
        itemIndices: itemIndices.subarray(start, end),
        timestamps: timestamps.subarray(start, end),
        weights: weights.subarray(start, end),
        ...(ratings && { ratings: ratings.subarray(start, end) }),
      };
    },
  };
}

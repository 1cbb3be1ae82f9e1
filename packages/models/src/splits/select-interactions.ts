import { MatineeError } from '@matinee/numerics';
import type { Interactions } from '../data/interactions.ts';

/** The rows with `keep[row] !== 0`, in the same order. */
export function selectInteractions(interactions: Interactions, keep: Uint8Array): Interactions {
  let count = 0;
  for (let row = 0; row < interactions.count; row++) if (keep[row] !== 0) count++;
  const userIndices = new Int32Array(count);
  const itemIndices = new Int32Array(count);
  const timestamps = new Float64Array(count);
  const weights = new Float32Array(count);
  const labels = new Uint8Array(count);
  const ratings = interactions.ratings && new Float32Array(count);
  let target = 0;
  for (let row = 0; row < interactions.count; row++) {
    if (keep[row] === 0) continue;
    userIndices[target] = interactions.userIndices[row];
    itemIndices[target] = interactions.itemIndices[row];
    timestamps[target] = interactions.timestamps[row];
    weights[target] = interactions.weights[row];
    labels[target] = interactions.labels[row];
    if (ratings) ratings[target] = (interactions.ratings as Float32Array)[row];
    target++;
  }
  return { count, userIndices, itemIndices, timestamps, weights, labels, ...(ratings && { ratings }) };
}

/** The first `count` rows as views: the earliest interactions of a log sorted by time. */
export function takeFirst(interactions: Interactions, count: number): Interactions {
  return {
    count,
    userIndices: interactions.userIndices.subarray(0, count),
    itemIndices: interactions.itemIndices.subarray(0, count),
    timestamps: interactions.timestamps.subarray(0, count),
    weights: interactions.weights.subarray(0, count),
    labels: interactions.labels.subarray(0, count),
    ...(interactions.ratings && { ratings: interactions.ratings.subarray(0, count) }),
  };
}

export interface InteractionFilter {
  /** Interactions of items with fewer interactions than this are removed. 0 = none. */
  readonly minItemCount: number;
  /** Then: interactions of users with fewer interactions than this are removed. 0 = none. */
  readonly minUserCount: number;
  /** Before both: keep interactions with label 1 only. */
  readonly positiveOnly: boolean;
}

/**
 * Removes rare items, rare users and optionally negative feedback before a protocol is applied. Each filter runs once,
 * in the order positive → items → users, so the user filter may leave an item below its bound. Item and user indices
 * stay as they are; a removed item has no interactions, so no protocol ranks it.
 *
 * `minItemCount: 5` on MovieLens 1M gives the 999,611 interactions of 3,416 items that the SASRec line of work uses.
 *
 * @throws {MatineeError} `BAD_CONFIG` when a bound is negative or not a whole number; `EMPTY_SPLIT` when nothing is
 * left.
 */
export function filterInteractions(
  interactions: Interactions,
  { minItemCount, minUserCount, positiveOnly }: InteractionFilter,
): Interactions {
  for (const [field, bound] of Object.entries({ minItemCount, minUserCount })) {
    if (!Number.isInteger(bound) || bound < 0) {
      throw new MatineeError('BAD_CONFIG', `${field} must be a whole number ≥ 0; got ${bound}`);
    }
  }
  if (interactions.count === 0) {
    throw new MatineeError(
      'EMPTY_SPLIT',
      'the data have no event to split into training and test: nothing can be measured',
    );
  }
  let remaining = interactions;
  if (positiveOnly) remaining = selectInteractions(remaining, remaining.labels);
  if (minItemCount > 1) remaining = dropRare(remaining, remaining.itemIndices, minItemCount);
  if (minUserCount > 1) remaining = dropRare(remaining, remaining.userIndices, minUserCount);
  if (remaining.count === 0) {
    throw new MatineeError(
      'EMPTY_SPLIT',
      `no interaction is left after the filters (minItemCount ${minItemCount}, minUserCount ${minUserCount}, positiveOnly ${positiveOnly}); lower them`,
    );
  }
  return remaining;
}

function dropRare(interactions: Interactions, indices: Int32Array, minCount: number): Interactions {
  const counts = countIndices(indices);
  return selectInteractions(
    interactions,
    Uint8Array.from(indices, (index) => (counts[index] >= minCount ? 1 : 0)),
  );
}

function countIndices(indices: Int32Array): Int32Array {
  let largest = -1;
  for (const index of indices) if (index > largest) largest = index;
  const counts = new Int32Array(largest + 1);
  for (const index of indices) counts[index]++;
  return counts;
}

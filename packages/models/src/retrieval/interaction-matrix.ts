import { type CsrMatrix, csrFromTriplets } from '@matinee/numerics';
import type { TrainingData } from '../training/fit-context.ts';

/**
 * The positive interactions as a matrix [userCount, itemCount]; repeats of a user and an item add up. Negative ones are
 * left out: that two people dislike an item says little of what else they like.
 *
 * @param newestPerUser Number of newest positive interactions used of every user.
 */
export function positiveMatrix(
  { interactions, userCount, items }: TrainingData,
  newestPerUser = Number.POSITIVE_INFINITY,
): CsrMatrix {
  const { count, userIndices, itemIndices, weights } = interactions;
  const itemCount = items.vocabulary.ids.length;
  const keep = new Uint8Array(count);
  const cachedOfUser = new Int32Array(userCount);
  let kept = 0;
  for (let row = count - 1; row >= 0; row--) {
    if (!(weights[row] > 0) || cachedOfUser[userIndices[row]] >= newestPerUser) continue;
    cachedOfUser[userIndices[row]]++;
    keep[row] = 1;
    kept++;
  }
  if (kept === count) return csrFromTriplets(userCount, itemCount, userIndices, itemIndices, weights);
  const users = new Int32Array(kept);
  const columns = new Int32Array(kept);
  const values = new Float32Array(kept);
  let target = 0;
  for (let row = 0; row < count; row++) {
    if (keep[row] === 0) continue;
    users[target] = userIndices[row];
    columns[target] = itemIndices[row];
    values[target] = weights[row];
    target++;
  }
  return csrFromTriplets(userCount, itemCount, users, columns, values);
}

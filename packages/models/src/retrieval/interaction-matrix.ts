import { type CsrMatrix, csrFromTriplets } from '@matinee/numerics';
import type { TrainingData } from './retrieval-model.ts';

/**
 * The positive interactions as a matrix [userCount, itemCount]; repeats of a user and an item add up. Negative ones are
 * left out: that two people dislike an item says little of what else they like.
 */
export function positiveMatrix({ interactions, userCount, items }: TrainingData): CsrMatrix {
  const { count, userIndices, itemIndices, weights } = interactions;
  const itemCount = items.vocabulary.ids.length;
  let positive = 0;
  for (let row = 0; row < count; row++) if (weights[row] > 0) positive++;
  if (positive === count) return csrFromTriplets(userCount, itemCount, userIndices, itemIndices, weights);
  const users = new Int32Array(positive);
  const columns = new Int32Array(positive);
  const values = new Float32Array(positive);
  let target = 0;
  for (let row = 0; row < count; row++) {
    if (!(weights[row] > 0)) continue;
    users[target] = userIndices[row];
    columns[target] = itemIndices[row];
    values[target] = weights[row];
    target++;
  }
  return csrFromTriplets(userCount, itemCount, users, columns, values);
}

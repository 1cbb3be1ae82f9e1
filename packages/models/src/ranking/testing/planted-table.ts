import { createRandom } from '@matinee/numerics';
import type { RankingTable } from '../ranking-table.ts';

/** Features of {@link plantedTable}, in their order. */
export const PLANTED_FEATURES = ['left', 'right', 'noise', 'count', 'sometimes'] as const;

/**
 * Queries of 6 to 12 candidates, where the positive is the one with the largest product of `left` and `right`. Each of
 * the two alone is uninformative, so no weighted sum of features finds it. `count` has a long tail and `sometimes` is
 * missing in half of the rows; both are irrelevant.
 */
export function plantedTable(queryCount: number, seed: number): RankingTable {
  const random = createRandom(seed);
  const groupSizes = Int32Array.from({ length: queryCount }, () => 6 + random.integer(7));
  const rowCount = groupSizes.reduce((sum, size) => sum + size, 0);
  const width = PLANTED_FEATURES.length;
  const values = new Float32Array(rowCount * width);
  const labels = new Float32Array(rowCount);
  let start = 0;
  for (const size of groupSizes) {
    let best = start;
    for (let row = start; row < start + size; row++) {
      const [left, right] = [random.normal(), random.normal()];
      const sometimes = random.next() < 0.5 ? Number.NaN : random.next();
      values.set([left, right, random.normal(), Math.floor(Math.exp(3 * random.normal())), sometimes], row * width);
      if (left * right > values[best * width] * values[best * width + 1]) best = row;
    }
    labels[best] = 1;
    start += size;
  }
  return { featureNames: PLANTED_FEATURES, rowCount, values, labels, groupSizes };
}

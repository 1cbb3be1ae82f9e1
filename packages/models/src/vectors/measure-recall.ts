import type { VectorIndex, VectorTable } from './vector-index.ts';

/**
 * Share of the `n` best that `index` finds, over all queries together; 1 without queries. A key that ties with the last
 * true result counts as found, since identical vectors are interchangeable.
 *
 * @param exact Holds the same vectors.
 */
export function measureRecall(
  index: VectorIndex,
  exact: VectorIndex,
  queries: readonly Float32Array[],
  n: number,
): number {
  let wanted = 0;
  let found = 0;
  for (const query of queries) {
    const truth = exact.search(query, n).scores;
    const worst = truth[truth.length - 1];
    wanted += truth.length;
    for (const score of index.search(query, n).scores) if (score >= worst) found++;
  }
  return wanted === 0 ? 1 : found / wanted;
}

/** At most `count` rows of the table at even distances; deterministic. */
export function sampleVectors({ dimension, keys, vectors }: VectorTable, count: number): Float32Array[] {
  const step = Math.max(1, keys.length / count);
  return Array.from({ length: Math.min(count, keys.length) }, (_, sample) => {
    const row = Math.floor(sample * step);
    return vectors.subarray(row * dimension, (row + 1) * dimension);
  });
}

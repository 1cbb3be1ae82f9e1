import type { VectorIndexKind } from './vector-index.ts';

/** Vector count from which a graph is worth it; docs/decisions/0008-exact-search-or-hnsw.md has the measurement. */
const LARGEST_EXACT_CATALOGUE = 100_000;

/**
 * The kind of index for a number of vectors of about 64 values. Exact search never misses, so a graph must be clearly
 * faster at the number of results of a request.
 */
export function chooseIndexKind(itemCount: number): VectorIndexKind {
  return itemCount <= LARGEST_EXACT_CATALOGUE ? 'exact' : 'hnsw';
}

import type { VectorIndexKind } from './vector-index.ts';

/** Where a graph starts to pay: docs/decisions/0008-exact-search-or-hnsw.md has the measurement. */
const LARGEST_EXACT_CATALOGUE = 100_000;

/**
 * How candidates are found among so many vectors of some 64 values. Exact search is never wrong, so a graph has to be clearly
 * faster, at as many results as a request asks for.
 */
export function chooseIndexKind(itemCount: number): VectorIndexKind {
  return itemCount <= LARGEST_EXACT_CATALOGUE ? 'exact' : 'hnsw';
}

import type { VectorIndexKind } from './vector-index.ts';

/** Where a graph starts to pay: docs/decisions/0008-exact-search-or-hnsw.md has the measurement. */
const LARGEST_EXACT_CATALOGUE = 20_000;

/** The kind of index for vectors of some 64 values. Exact search is never wrong, so a graph has to be clearly faster. */
export function chooseIndexKind(itemCount: number): VectorIndexKind {
  return itemCount <= LARGEST_EXACT_CATALOGUE ? 'exact' : 'hnsw';
}

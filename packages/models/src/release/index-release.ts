import { chooseIndexKind } from '../vectors/choose-index-kind.ts';
import { retrieveByIndex, tableOfVectors } from '../vectors/retrieve-by-index.ts';
import type { VectorIndex, VectorIndexKind, VectorTable } from '../vectors/vector-index.ts';
import type { Release } from './release.ts';

/** A graph finds the largest product only among vectors of this length, within the tolerance. */
const UNIT_LENGTH = 1;
const TOLERANCE = 1e-3;

/**
 * The sources for which a graph is faster than exact search, with the vectors to index. Empty for a small catalogue;
 * sources with vectors of different lengths are left out.
 */
export function vectorsToIndex(
  { sources }: Pick<Release, 'sources'>,
  kindFor: (itemCount: number) => VectorIndexKind = chooseIndexKind,
): ReadonlyMap<string, VectorTable> {
  const tables = new Map<string, VectorTable>();
  for (const { name, model } of sources) {
    if (model.encode === undefined || model.vectors === undefined || kindFor(model.itemCount) === 'exact') continue;
    const table = tableOfVectors(model.vectors);
    if (isOfUnitLength(table)) tables.set(name, table);
  }
  return tables;
}

/**
 * Returns the release with the named sources retrieving from an index. The version stays, because an index is derived
 * from the release.
 */
export function withIndices(release: Release, indices: ReadonlyMap<string, VectorIndex>): Release {
  if (indices.size === 0) return release;
  const sources = release.sources.map((source) => {
    const index = indices.get(source.name);
    return index === undefined ? source : { ...source, model: retrieveByIndex(source.model, index) };
  });
  return { ...release, sources };
}

function isOfUnitLength({ dimension, keys, vectors }: VectorTable): boolean {
  for (let row = 0; row < keys.length; row++) {
    const length = Math.hypot(...vectors.subarray(row * dimension, (row + 1) * dimension));
    if (Math.abs(length - UNIT_LENGTH) > TOLERANCE) return false;
  }
  return true;
}

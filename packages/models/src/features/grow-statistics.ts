import type { CsrMatrix } from '@matinee/numerics';
import type { Catalogue } from '../data/dataset.ts';
import { growGenreRows } from '../data/genre-rows.ts';
import type { FeatureStatistics } from './feature-statistics.ts';

/**
 * The same statistics over a catalogue that has grown at its end: of the new items years and genres are known, and that nobody
 * has turned to them.
 *
 * @param items Begins with the catalogue that was counted.
 */
export function growStatistics(statistics: FeatureStatistics, items: Catalogue): FeatureStatistics {
  const { itemCount: known, activity } = statistics;
  const itemCount = items.vocabulary.ids.length;
  if (itemCount === known) return statistics;
  const { genrePointers, genres, genreCount } = statistics;
  const rows = growGenreRows({ pointers: genrePointers, genres }, items, genreCount);
  return {
    ...statistics,
    itemCount,
    years: items.years,
    genrePointers: rows.pointers,
    genres: rows.genres,
    activity: { ...activity, pointers: longer(activity.pointers, itemCount + 1) },
    neighbors: growMatrix(statistics.neighbors, itemCount),
    nexts: growMatrix(statistics.nexts, itemCount),
    followers: growMatrix(statistics.followers, itemCount),
    nextsBack: growMatrix(statistics.nextsBack, itemCount),
    followersBack: growMatrix(statistics.followersBack, itemCount),
  };
}

/** Square as before; the new rows and columns are empty. */
function growMatrix({ rowPointers, columnIndices, values }: CsrMatrix, count: number): CsrMatrix {
  return { rowCount: count, columnCount: count, rowPointers: longer(rowPointers, count + 1), columnIndices, values };
}

/** The array with its last value repeated: for pointers, further rows without anything in them. */
function longer(array: Int32Array, length: number): Int32Array {
  const grown = new Int32Array(length).fill(array[array.length - 1] ?? 0);
  grown.set(array);
  return grown;
}

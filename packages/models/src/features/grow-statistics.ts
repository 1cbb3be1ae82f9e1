import type { CsrMatrix } from '@matinee/numerics';
import type { Catalogue } from '../data/dataset.ts';
import { growGenreRows } from '../data/genre-rows.ts';
import type { FeatureStatistics } from './feature-statistics.ts';

/**
 * Extends the statistics to a catalogue with appended items. New items have years and genres but no events.
 *
 * @param items Starts with the catalogue of `statistics`.
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

/** Appends empty rows and columns. */
function growMatrix({ rowPointers, columnIndices, values }: CsrMatrix, count: number): CsrMatrix {
  return { rowCount: count, columnCount: count, rowPointers: longer(rowPointers, count + 1), columnIndices, values };
}

/** The array extended by its last value; for row pointers this appends empty rows. */
function longer(array: Int32Array, length: number): Int32Array {
  const grown = new Int32Array(length).fill(array[array.length - 1] ?? 0);
  grown.set(array);
  return grown;
}

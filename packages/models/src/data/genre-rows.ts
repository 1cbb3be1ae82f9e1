import type { Catalogue } from './dataset.ts';

/** Genres of item i: `genres[pointers[i] … pointers[i + 1] − 1]`. */
export interface GenreRows {
  readonly pointers: Int32Array;
  readonly genres: Int32Array;
}

/**
 * The genre rows of a catalogue with appended items. Genres from `genreCount` up are left out, because a model trained
 * on `genreCount` genres knows no others.
 */
export function growGenreRows({ pointers, genres }: GenreRows, items: Catalogue, genreCount: number): GenreRows {
  const known = pointers.length - 1;
  const added = items.genres.slice(known).map((ofItem) => ofItem.filter((genre) => genre < genreCount));
  const grown = new Int32Array(items.genres.length + 1);
  grown.set(pointers);
  for (const [at, ofItem] of added.entries()) grown[known + at + 1] = grown[known + at] + ofItem.length;
  const all = new Int32Array(grown[items.genres.length]);
  all.set(genres);
  for (const [at, ofItem] of added.entries()) all.set(ofItem, grown[known + at]);
  return { pointers: grown, genres: all };
}

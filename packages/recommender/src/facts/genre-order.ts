import type { Catalogue, ItemIndex } from '@matinee/models/data';

/** Genres from the most telling to the least. Catalogues list them by the alphabet. */
const TELLING_FIRST: readonly string[] = [
  'film-noir',
  'western',
  'horror',
  'sci-fi',
  'musical',
  'war',
  'animation',
  'documentary',
  'fantasy',
  'mystery',
  'children',
  'romance',
  'crime',
  'adventure',
  'thriller',
  'action',
  'comedy',
  'drama',
];
const placeOf = new Map(TELLING_FIRST.map((genre, place) => [genre, place]));

/** What catalogues list among the genres and says nothing of what a title is: a format, or that there is no genre. */
const NOT_TELLING: ReadonlySet<string> = new Set(['imax', '(no genres listed)']);

/** Whether somebody can have a taste for this genre; a row, a reason and a taste name no other. */
export function isTasteGenre(genre: string): boolean {
  return !NOT_TELLING.has(genre.toLowerCase());
}

const tasteGenres = new WeakMap<readonly string[], Uint8Array>();

/** By position in the names: 1 = somebody can have a taste for this genre. Names are looked at once. */
export function tasteGenresAmong(genreNames: readonly string[]): Uint8Array {
  const known = tasteGenres.get(genreNames);
  if (known !== undefined) return known;
  const made = Uint8Array.from(genreNames, (name) => Number(isTasteGenre(name)));
  tasteGenres.set(genreNames, made);
  return made;
}

/** Sorts the most telling genre first. Unknown genres follow in their order; what is no taste comes last. */
export function orderGenres(genres: readonly string[]): readonly string[] {
  const place = (genre: string): number =>
    isTasteGenre(genre) ? (placeOf.get(genre.toLowerCase()) ?? TELLING_FIRST.length) : Number.POSITIVE_INFINITY;
  return genres.toSorted((a, b) => (place(a) === place(b) ? 0 : place(a) - place(b)));
}

/** Returns the genres of an item by name, the most telling first. */
export function genresOfItem({ genres, genreNames }: Catalogue, itemIndex: ItemIndex): readonly string[] {
  return orderGenres(Array.from(genres[itemIndex] ?? [], (genre) => genreNames[genre] ?? ''));
}

/** Returns the genres that somebody can have a taste for, most telling first, from positions in `genreNames`. */
export function tasteGenresOf({ genreNames }: Catalogue, genres: Iterable<number>): readonly string[] {
  return orderGenres(Array.from(genres, (genre) => genreNames[genre] ?? '').filter(isTasteGenre));
}

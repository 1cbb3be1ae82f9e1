import type { Catalogue } from '@matinee/models';
import { createFilmFacts, estimateMaturity, type FilmFact, type FilmFacts } from '@matinee/recommender';
import { readVegaFilms, type VegaFilm } from './read-vega-films.ts';

/**
 * What rules can know of MovieLens' titles, of which the set itself says nothing: MPAA's rating and the distributor from
 * the film table of `vega-datasets` where title and year agree, else an age estimated from the genres, and called so.
 */
export async function filmFactsOfMovieLens(catalogue: Catalogue): Promise<FilmFacts> {
  const { titles, years, genres, genreNames, vocabulary } = catalogue;
  const films = groupByTitle(await readVegaFilms());
  return createFilmFacts(vocabulary.ids.length, (item): FilmFact => {
    const title = titles[item];
    const found = title === undefined ? [] : findFilms(films, title, years[item]!);
    // Of two that fit, nobody knows which it is: the stricter age holds.
    const ages = found.flatMap(({ age }) => (age === undefined ? [] : [age]));
    const distributor = found.find((film) => film.distributor !== undefined)?.distributor;
    const estimate = estimateMaturity(Array.from(genres[item]!, (genre) => genreNames[genre]!));
    return {
      ...(ages.length > 0
        ? { maturity: { age: Math.max(...ages), source: 'listed' } }
        : estimate !== undefined && { maturity: { age: estimate, source: 'estimated' } }),
      ...(distributor === undefined ? {} : { distributor }),
    };
  });
}

function groupByTitle(films: readonly VegaFilm[]): ReadonlyMap<string, readonly VegaFilm[]> {
  const byTitle = new Map<string, VegaFilm[]>();
  for (const film of films) {
    const key = keyOf(film.title);
    byTitle.set(key, [...(byTitle.get(key) ?? []), film]);
  }
  return byTitle;
}

/** Of the year; or of the one before or after, as festivals and countries differ, where only one film is called so. */
function findFilms(
  byTitle: ReadonlyMap<string, readonly VegaFilm[]>,
  title: string,
  year: number,
): readonly VegaFilm[] {
  // "City of Lost Children (Cité des enfants perdus)": the table has the first one.
  const named = byTitle.get(keyOf(title)) ?? byTitle.get(keyOf(title.replace(/\s*\(.*\)$/, ''))) ?? [];
  const ofTheYear = named.filter((film) => film.year === year);
  if (ofTheYear.length > 0) return ofTheYear;
  return named.length === 1 && Math.abs(named[0]!.year - year) === 1 ? named : [];
}

/** Titles that differ in case, accents, punctuation, "&" and the place of the article are one. */
function keyOf(title: string): string {
  return title
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replaceAll('&', ' and ')
    .replace(/^(.*), (the|a|an)$/, '$2 $1')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

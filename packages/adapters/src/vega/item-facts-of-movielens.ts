import type { Catalogue } from '@matinee/models/data';
import { defined } from '@matinee/numerics';
import { createItemFacts, estimateMaturity, type ItemFact, type ItemFacts } from '@matinee/recommender';
import { readVegaEntries, type VegaEntry } from './read-vega-entries.ts';

/**
 * What rules can know of MovieLens' titles, of which the set itself says nothing: MPAA's rating and the distributor from
 * the film table of `vega-datasets` where title and year agree, else an age estimated from the genres, and called so.
 */
export async function itemFactsOfMovieLens(catalogue: Catalogue): Promise<ItemFacts> {
  const { titles, years, genres, genreNames, vocabulary } = catalogue;
  const entries = groupByTitle(await readVegaEntries());
  return createItemFacts(vocabulary.ids.length, (item): ItemFact => {
    const title = titles[item];
    const found = title === undefined ? [] : findEntries(entries, title, years[item]!);
    // Of two that fit, nobody knows which it is: the stricter age holds.
    const ages = found.flatMap(({ age }) => (age === undefined ? [] : [age]));
    const distributor = found.find((entry) => entry.distributor !== undefined)?.distributor;
    const estimate = estimateMaturity(Array.from(genres[item]!, (genre) => genreNames[genre]!));
    return {
      ...(ages.length > 0
        ? { maturity: { age: Math.max(...ages), source: 'listed' } }
        : estimate !== undefined && { maturity: { age: estimate, source: 'estimated' } }),
      ...defined({ distributor }),
    };
  });
}

function groupByTitle(entries: readonly VegaEntry[]): ReadonlyMap<string, readonly VegaEntry[]> {
  const byTitle = new Map<string, VegaEntry[]>();
  for (const entry of entries) {
    const key = keyOf(entry.title);
    byTitle.set(key, [...(byTitle.get(key) ?? []), entry]);
  }
  return byTitle;
}

/** Of the year; or of the one before or after, as festivals and countries differ, where only one film is called so. */
function findEntries(
  byTitle: ReadonlyMap<string, readonly VegaEntry[]>,
  title: string,
  year: number,
): readonly VegaEntry[] {
  // "City of Lost Children (Cité des enfants perdus)": the table has the first one.
  const named = byTitle.get(keyOf(title)) ?? byTitle.get(keyOf(title.replace(/\s*\(.*\)$/, ''))) ?? [];
  const ofTheYear = named.filter((entry) => entry.year === year);
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

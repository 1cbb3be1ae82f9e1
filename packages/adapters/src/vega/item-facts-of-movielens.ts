import type { Catalogue } from '@matinee/models/data';
import { defined } from '@matinee/numerics';
import {
  createItemFacts,
  estimateMaturity,
  type ItemFact,
  type ItemFacts,
  maturityOfRating,
} from '@matinee/recommender';
import { readVegaEntries, type VegaEntry } from './read-vega-entries.ts';

/**
 * Returns facts for the rules about MovieLens titles, which the data set itself does not have. MPAA rating and
 * distributor come from the table of `vega-datasets` if title and year match; the rating is read for what it meant for
 * a title of these genres and that time. Otherwise the age is estimated from the genres and marked as estimated.
 */
export async function itemFactsOfMovieLens(catalogue: Catalogue): Promise<ItemFacts> {
  const { titles, years, genres, genreNames, vocabulary } = catalogue;
  const entries = groupByTitle(await readVegaEntries());
  return createItemFacts(vocabulary.ids.length, (item): ItemFact => {
    const title = titles[item];
    const found = title === undefined ? [] : findEntries(entries, title, years[item]!);
    const genreTexts = Array.from(genres[item]!, (genre) => genreNames[genre]!);
    // If several entries match, the right one is unknown, so the strictest age applies.
    const ages = found.flatMap(({ rating, year, month }) => {
      const age = maturityOfRating(rating ?? '', { genres: genreTexts, year, ...defined({ month }) });
      return age === undefined ? [] : [age];
    });
    const distributor = found.find((entry) => entry.distributor !== undefined)?.distributor;
    const estimate = estimateMaturity(genreTexts);
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

/**
 * Returns the entries of that title and year. A title that occurs once may differ by one year, since release years
 * differ between festivals and countries.
 */
function findEntries(
  byTitle: ReadonlyMap<string, readonly VegaEntry[]>,
  title: string,
  year: number,
): readonly VegaEntry[] {
  // "City of Lost Children (Cité des enfants perdus)": the table has the part before the parenthesis.
  const named = byTitle.get(keyOf(title)) ?? byTitle.get(keyOf(title.replace(/\s*\(.*\)$/, ''))) ?? [];
  const ofTheYear = named.filter((entry) => entry.year === year);
  if (ofTheYear.length > 0) return ofTheYear;
  return named.length === 1 && Math.abs(named[0]!.year - year) === 1 ? named : [];
}

/** Returns the same key for titles that differ only in case, accents, punctuation, "&" or the place of the article. */
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

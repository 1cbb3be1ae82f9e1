import type { Pause } from '@matinee/numerics';
import { canonicalWords, namesOf, normalizeText, titleKey } from '@matinee/recommender';
import { findMatches } from './find-matches.ts';
import { type RankedTitles, rankMatches } from './rank-matches.ts';
import { signsOf, signsWord } from './signs.ts';
import { createWordIndex, type WordIndex } from './word-index.ts';

export interface SearchableTitle {
  readonly title: string | undefined;
  /** 0 = unknown. */
  readonly year: number;
  /** Breaks ties; higher is better. */
  readonly popularity: number;
}

interface SearchResult {
  /** Best first. */
  readonly itemIndices: readonly number[];
  /** Number of matches, including those beyond the limit. */
  readonly total: number;
  /** True when nothing matched as typed and the results are for the nearest spellings or for fewer words. */
  readonly corrected: boolean;
}

export interface SearchIndex {
  /** @param excluded By item index: items with a value other than 0 neither match nor serve as corrections. */
  search(text: string, limit: number, excluded?: Uint8Array): SearchResult;
  readonly titleCount: number;
  /**
   * Returns an index with further titles after these, which rank below earlier ones of an equal match. Costs as much as
   * there are titles added; this index finds the same as before.
   *
   * @param pause Called between titles.
   */
  extend(added: readonly SearchableTitle[], pause: Pause): Promise<SearchIndex>;
}

/**
 * Creates an in-memory index for search as you type. `find-matches.ts` says what a query finds, `rank-matches.ts` in
 * which order.
 *
 * @returns An index over positions in `titles`; entries without a title are never found.
 * @remarks `npm run bench -- search` measures memory, building and queries on a million titles.
 */
export function createSearchIndex(titles: readonly SearchableTitle[]): SearchIndex {
  return indexOver(createTitleStore(titles), titles.length);
}

/**
 * What all indices of a growing catalogue share. Titles are only ever added at its end, so an index reads as many as it
 * was made for.
 */
interface TitleStore extends Omit<RankedTitles, 'popularityOf'> {
  readonly titles: SearchableTitle[];
  readonly texts: string[];
  readonly keys: string[];
  readonly keyLengths: number[];
  readonly years: number[];
  readonly index: WordIndex;
}

function createTitleStore(titles: readonly SearchableTitle[]): TitleStore {
  const rows: TitleRows = { texts: [], keys: [], keyLengths: [], years: [] };
  const index = createWordIndex(titles.length, (at) => addRow(rows, titles[at] as SearchableTitle));
  return { ...rows, index, titles: [...titles], ...placesByPopularity(titles) };
}

/** The titles in order of popularity, and the place of each in it; titles that were added later have none. */
function placesByPopularity(titles: readonly SearchableTitle[]): Pick<TitleStore, 'places' | 'byPlace'> {
  const popularityOf = (title: number): number => titles[title]?.popularity ?? 0;
  const byPlace = new Int32Array(titles.length).map((_, title) => title);
  byPlace.sort((a, b) => popularityOf(b) - popularityOf(a) || a - b);
  const places = new Int32Array(titles.length);
  for (const [place, title] of byPlace.entries()) places[title] = place;
  return { places, byPlace };
}

type TitleRows = Pick<TitleStore, 'texts' | 'keys' | 'keyLengths' | 'years'>;

/** Adds what ranking reads of a title and returns the words it is found by. */
function addRow(rows: TitleRows, { title, year }: SearchableTitle): ReadonlySet<string> {
  const names = title === undefined ? [] : namesOf(title);
  const texts = names.map(normalizeText);
  const words = new Set<string>();
  for (const text of texts) {
    for (const { word, written } of canonicalWords(text)) {
      words.add(word);
      for (const each of written) words.add(each);
    }
  }
  const keys = names.map(titleKey);
  // "V" is "versus" in the middle of a text, and 5 in a key where punctuation follows.
  for (const key of keys) if (key !== '') for (const word of key.split(' ')) words.add(word);
  for (const [at, name] of names.entries()) {
    if (texts[at] !== '') continue;
    const signs = signsOf(name);
    words.add(signsWord(signs));
    texts[at] = signs;
    keys[at] = signs;
  }
  if (title !== undefined && year > 0) words.add(yearWord(year));
  rows.texts.push(`|${texts.join('|')}|`);
  rows.keys.push(`|${keys.join('|')}|`);
  rows.keyLengths.push(keys[0]?.split(' ').length ?? 0);
  rows.years.push(year);
  return words;
}

/** Years are words of their own, so that no beginning of a number finds them. */
function yearWord(year: number | string): string {
  return `(${year}`;
}

/** @returns The index over the first `count` titles of the store. */
function indexOver(store: TitleStore, count: number): SearchIndex {
  return {
    titleCount: count,
    search(text, limit, excluded) {
      const isIn = (title: number): boolean => excluded === undefined || excluded[title] === 0;
      const titles = { index: store.index, texts: store.texts, count, isIn, yearWord };
      const { found, query, corrected } = findMatches(titles, text);
      const popularityOf = (title: number): number =>
        title < store.places.length ? (store.titles[title]?.popularity ?? 0) : 0;
      return {
        itemIndices: rankMatches({ ...store, popularityOf }, found, query, limit),
        total: found.length,
        corrected,
      };
    },
    async extend(added, pause) {
      // Another index was extended before and then not used: these titles must not come after its titles.
      if (store.titles.length !== count) return createSearchIndex([...store.titles.slice(0, count), ...added]);
      for (const title of added) {
        // Without a popularity, so that it ranks below all earlier ones of an equal match.
        store.index.add(addRow(store, title), store.titles.length);
        store.titles.push(title);
        await pause();
      }
      return indexOver(store, store.titles.length);
    },
  };
}

import { type Catalogue, LEARNED_ATTRIBUTES } from '../data/dataset.ts';

/** What is known of an item before its first interaction. */
export interface ItemDescription {
  readonly title?: string | undefined;
  /** 0 = unknown. */
  readonly year?: number | undefined;
  readonly genres?: readonly string[] | undefined;
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
}

/** A token in fewer items than this tells nothing about any other item. */
const MIN_ITEMS_PER_TOKEN = 2;

/** Number of tokens that count per item, in the order of {@link describeItem}: bounds what a batch costs. */
export const MAX_TOKENS = 16;

/**
 * An item's content as tokens: genres, five years and decade of release, words of the title, tags where the catalogue
 * has them. Distinct, most telling kinds first.
 */
export function describeItem({ title, year, genres, attributes }: ItemDescription): string[] {
  const tokens = new Set<string>();
  for (const genre of genres ?? []) tokens.add(`genre:${genre}`);
  if (year) {
    tokens.add(`decade:${Math.floor(year / 10)}`);
    tokens.add(`years:${Math.floor(year / 5)}`);
  }
  for (const name of LEARNED_ATTRIBUTES) for (const tag of listOf(attributes?.[name])) tokens.add(`tag:${tag}`);
  for (const word of wordsOf(title ?? '')) tokens.add(`title:${word}`);
  return [...tokens];
}

/** The description of a catalogue's item. */
export function descriptionOf(
  { titles, years, genres, genreNames, attributes }: Catalogue,
  item: number,
): ItemDescription {
  return {
    title: titles[item],
    year: years[item],
    genres: Array.from(genres[item], (genre) => genreNames[genre]),
    attributes: attributes[item],
  };
}

/** The tokens that at least {@link MIN_ITEMS_PER_TOKEN} items of the catalogue share, sorted. */
export function collectTokens(catalogue: Catalogue): string[] {
  const counts = new Map<string, number>();
  for (let item = 0; item < catalogue.vocabulary.ids.length; item++) {
    for (const token of describeItem(descriptionOf(catalogue, item))) counts.set(token, (counts.get(token) ?? 0) + 1);
  }
  return [...counts]
    .filter(([, count]) => count >= MIN_ITEMS_PER_TOKEN)
    .map(([token]) => token)
    .sort(compareText);
}

/** Tokens of items as numbers, {@link MAX_TOKENS} places an item. */
export interface TokenTable {
  /** [itemCount, MAX_TOKENS], 0 in unused places. */
  readonly tokens: Int32Array;
  /** [itemCount, MAX_TOKENS]: 1 / (tokens of the item), 0 in unused places: a weighted sum is their mean. */
  readonly weights: Float32Array;
}

/** Looks up the tokens of items; unknown tokens are left out. */
export function numberTokens(descriptions: readonly ItemDescription[], vocabulary: readonly string[]): TokenTable {
  const numbers = new Map(vocabulary.map((token, number) => [token, number]));
  const tokens = new Int32Array(descriptions.length * MAX_TOKENS);
  const weights = new Float32Array(descriptions.length * MAX_TOKENS);
  descriptions.forEach((description, item) => {
    const known = describeItem(description)
      .flatMap((token) => numbers.get(token) ?? [])
      .slice(0, MAX_TOKENS);
    tokens.set(known, item * MAX_TOKENS);
    weights.fill(1 / known.length, item * MAX_TOKENS, item * MAX_TOKENS + known.length);
  });
  return { tokens, weights };
}

/** A list as it comes from a file: an array, or text with `|` or `,` in between. */
function listOf(value: unknown): string[] {
  const parts = Array.isArray(value) ? value : typeof value === 'string' ? value.split(/[|,]/) : [];
  return parts.map((part) => String(part).trim().toLowerCase()).filter((part) => part !== '');
}

/** Words in lower case; digits count, punctuation does not. */
function wordsOf(title: string): string[] {
  return title.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

import { createSpellingIndex, type SpellingIndex } from './spelling.ts';

/** Which titles have which word. Titles are only ever added, so every list of them ascends. */
export interface WordIndex {
  readonly spelling: SpellingIndex;
  has(word: string): boolean;
  /** Whether any word begins with a prefix. */
  begins(prefix: string): boolean;
  /** Ascending positions of the titles with that word. */
  titlesWith(word: string): readonly number[];
  /** Returns all words that begin with a prefix, sorted. */
  wordsFrom(prefix: string): readonly string[];
  /** Adds the title at the next position. */
  add(words: ReadonlySet<string>, title: number): void;
}

const NONE: readonly number[] = [];

/** @param wordsOf Returns the distinct words of the title at a position below `count`. */
export function createWordIndex(count: number, wordsOf: (title: number) => Iterable<string>): WordIndex {
  const postings = new Map<string, number[]>();
  const addTo = (word: string, title: number): void => {
    const held = postings.get(word);
    if (held === undefined) postings.set(word, [title]);
    else held.push(title);
  };
  for (let title = 0; title < count; title++) for (const word of wordsOf(title)) addTo(word, title);
  const words = [...postings.keys()].sort(compareText);
  // Frequent words first: of two equally near spellings, the more frequent one is more likely meant.
  const byFrequency = words.toSorted((a, b) => (postings.get(b)?.length ?? 0) - (postings.get(a)?.length ?? 0));
  const spelling = createSpellingIndex(byFrequency);
  return {
    spelling,
    has: (word) => postings.has(word),
    begins: (prefix) => words[lowerBound(words, prefix)]?.startsWith(prefix) === true,
    titlesWith: (word) => postings.get(word) ?? NONE,
    wordsFrom(prefix) {
      const first = lowerBound(words, prefix);
      let end = first;
      while (words[end]?.startsWith(prefix)) end++;
      return words.slice(first, end);
    },
    add(added, title) {
      for (const word of added) {
        if (!postings.has(word)) {
          words.splice(lowerBound(words, word), 0, word);
          spelling.add(word);
        }
        addTo(word, title);
      }
    },
  };
}

/**
 * Returns the titles before `end` that have a word of every group. Begins with the group of the fewest titles, so it
 * costs as much as the rarest word and the longest prefix of a query.
 */
export function titlesWithAll(index: WordIndex, groups: readonly (readonly string[])[], end: number): Int32Array {
  const lists = groups
    .map((words) => words.map((word) => index.titlesWith(word)).filter((titles) => titles.length > 0))
    .map((ofGroup) => ({ ofGroup, count: ofGroup.reduce((sum, titles) => sum + titles.length, 0) }))
    .sort((a, b) => a.count - b.count);
  const [rarest, ...others] = lists;
  if (rarest === undefined || rarest.count === 0) return new Int32Array(0);
  let found = union(rarest.ofGroup, rarest.count, end);
  for (const { ofGroup, count } of others) {
    if (found.length === 0) break;
    const isCheaper = ofGroup.length <= FEW_LISTS && count > MARKED * found.length;
    found = selectTitles(found, isCheaper ? isListed(ofGroup) : isMarked(ofGroup, end));
  }
  return found;
}

/** Titles to mark for each one to look up, from which binary search is cheaper; it must not go through many lists. */
const MARKED = 8;
const FEW_LISTS = 8;

/** Returns the titles for which `holds` is true, in their order. */
export function selectTitles(titles: Int32Array, holds: (title: number) => boolean): Int32Array {
  const selected = new Int32Array(titles.length);
  let count = 0;
  for (const title of titles) if (holds(title)) selected[count++] = title;
  return selected.subarray(0, count);
}

function isMarked(lists: readonly (readonly number[])[], end: number): (title: number) => boolean {
  const marks = new Uint8Array(end);
  for (const titles of lists) for (const title of titles) if (title < end) marks[title] = 1;
  return (title) => marks[title] === 1;
}

function isListed(lists: readonly (readonly number[])[]): (title: number) => boolean {
  return (title) => lists.some((titles) => titles[lowerBound(titles, title)] === title);
}

/** Returns the distinct titles of all lists before `end`. */
function union(lists: readonly (readonly number[])[], count: number, end: number): Int32Array {
  const found = new Int32Array(count);
  let foundCount = 0;
  const marks = lists.length > 1 ? new Uint8Array(end) : undefined;
  for (const titles of lists) {
    for (const title of titles) {
      if (title >= end || marks?.[title] === 1) continue;
      if (marks !== undefined) marks[title] = 1;
      found[foundCount++] = title;
    }
  }
  return found.subarray(0, foundCount);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Returns the first position whose value is not less than `value`. */
function lowerBound<T extends string | number>(sorted: readonly T[], value: T): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as T) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

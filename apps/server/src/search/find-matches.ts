import { type CanonicalWord, canonicalWords, namesOf, normalizeText } from '@matinee/recommender';
import { signsOf, signsWord } from './signs.ts';
import { selectTitles, titlesWithAll, type WordIndex } from './word-index.ts';

/** What a query is looked up in. */
export interface SearchedTitles {
  readonly index: WordIndex;
  /** All names by position, normalised: "|seven|se7en|". */
  readonly texts: readonly string[];
  /** Titles at later positions are not searched. */
  readonly count: number;
  readonly isIn: (title: number) => boolean;
  /** The word that titles of a year have. */
  readonly yearWord: (year: string) => string;
  /** Known words at the smallest distance. */
  readonly nearest: (word: string) => readonly string[];
}

export interface FoundTitles {
  /** Positions, in no order. */
  readonly found: Int32Array;
  /** The words that were found, normalised, to rank by. */
  readonly query: string;
  readonly corrected: boolean;
}

/** Words beyond these are left out: nobody types more, and each costs a look-up in every attempt. */
const MAX_WORDS = 10;
/** How many ways to leave words out are tried. */
const MAX_FEWER = 12;
/** Words people add that say nothing of a title. */
const FILLERS: ReadonlySet<string> = new Set([
  ...['movie', 'movies', 'film', 'films', 'series', 'trilogy', 'saga', 'collection', 'sequel', 'remake', 'original'],
  ...['full', 'uncut', 'hd', 'dvd', 'bluray', 'trailer', 'stream', 'streaming', 'watch', 'online', 'free', 'with'],
]);
/** Words that alone answer nothing. */
const FRAME_WORDS: ReadonlySet<string> = new Set(['the', 'a', 'an', 'and', 'of', 'in', 'on', 'to', 'at', 'for', 'or']);
const MIN_INSIDE = 3;
const NEAREST_SPELLINGS = 8;
/** Unknown words beyond these are not corrected. */
const MAX_CORRECTED = 6;
/** Letters of a word that is cut into several, and how far the search for cuts goes. */
const MIN_SPLIT = 3;
const MAX_SPLIT = 40;
const MAX_WAYS = 12;
const MAX_STEPS = 1000;

/**
 * Finds the titles for a query. Every word must be a word of one of the title's names or its year, in any spelling
 * (numerals, abbreviations, glued or split); the last one may be unfinished, except a number. While nothing is found,
 * it tries in this order: without "part" and its like before a number; a first part without its 1; unfinished numbers,
 * years and words; the insides of words; the nearest spellings; fewer words. A query without letters and digits finds
 * the names without them that begin with it.
 */
export function findMatches(searched: Omit<SearchedTitles, 'nearest'>, text: string): FoundTitles {
  const titles = { ...searched, nearest: spellingsOnce(searched.index) };
  const query = normalizeText(namesOf(text).join(' '));
  const words = canonicalWords(query).slice(0, MAX_WORDS);
  if (words.length === 0) return findSigns(searched, text);
  const attempts: readonly (readonly [attempt: () => FoundTitles | undefined, corrected: boolean])[] = [
    [() => findWords(titles, words), false],
    [() => findWords(titles, withoutCounters(words)), false],
    [() => findWords(titles, withoutFirst(words)), false],
    [() => findBeginnings(titles, withoutCounters(words)), false],
    [() => findInside(titles, words), false],
    [() => findSpellings(titles, words), true],
    [() => findFewer(titles, withoutCounters(words)), true],
  ];
  for (const [attempt, corrected] of attempts) {
    const result = attempt();
    if (result !== undefined) return { ...result, corrected };
  }
  return { found: new Int32Array(0), query, corrected: false };
}

/** "!!" finds "!!!": names without letters and digits are found by their beginning. */
function findSigns({ index, count, isIn }: Omit<SearchedTitles, 'nearest'>, text: string): FoundTitles {
  const query = signsOf(text);
  const found = query === '' ? new Int32Array(0) : titlesWithAll(index, [index.wordsFrom(signsWord(query))], count);
  return { found: selectTitles(found, isIn), query, corrected: false };
}

/** Looks each word up once, and no more words than a person mistypes. */
function spellingsOnce({ spelling }: WordIndex): (word: string) => readonly string[] {
  const known = new Map<string, readonly string[]>();
  return (word) => {
    const held = known.get(word);
    if (held !== undefined) return held;
    const found = known.size < MAX_CORRECTED ? spelling.nearest(word, NEAREST_SPELLINGS) : [];
    known.set(word, found);
    return found;
  };
}

type Words = readonly CanonicalWord[];

/** Returns undefined where nothing is found, so that the next attempt is made. */
function foundOrNone({ isIn }: SearchedTitles, found: Int32Array, words: Words): FoundTitles | undefined {
  const allowed = selectTitles(found, isIn);
  return allowed.length === 0 ? undefined : { found: allowed, query: textOf(words), corrected: false };
}

function textOf(words: Words): string {
  return words.flatMap(({ written }) => written).join(' ');
}

/** Whole words, the last one perhaps unfinished; then also what is written in one word or in two. */
function findWords(titles: SearchedTitles, words: Words): FoundTitles | undefined {
  if (words.length === 0) return undefined;
  const groups = words.map((word, at) =>
    at === words.length - 1 && !isDigits(word)
      ? [...wholeWords(titles, word), ...unfinished(titles, word)]
      : wholeWords(titles, word),
  );
  const found = titlesWithAll(titles.index, groups, titles.count);
  // A number in several words may be words of a name as well.
  const asWritten = words.flatMap(({ written }) => written.map((word) => [word]));
  const others = [
    ...(asWritten.length > words.length ? titlesWithAll(titles.index, asWritten, titles.count) : []),
    ...findGlued(titles, groups, words),
    ...findSplit(titles, groups, words),
  ];
  return foundOrNone(titles, others.length === 0 ? found : Int32Array.from(new Set([...found, ...others])), words);
}

function isDigits({ word }: CanonicalWord): boolean {
  return /^\d+$/.test(word);
}

function wholeWords({ yearWord }: SearchedTitles, { word, written }: CanonicalWord): string[] {
  const own = written.length === 1 ? [...new Set([word, written[0] as string])] : [word];
  return /^\d{4}$/.test(word) ? [...own, yearWord(word)] : own;
}

/** "ii" is not the beginning of "iii". */
function unfinished({ index }: SearchedTitles, { written, isNumber }: CanonicalWord): readonly string[] {
  const words = index.wordsFrom(written.at(-1) as string);
  return isNumber ? words.filter((word) => !/^[ivx]+$/.test(word)) : words;
}

/** "spider man" finds "Spiderman": two words that a title writes as one. */
function findGlued({ index, count }: SearchedTitles, groups: readonly (readonly string[])[], words: Words): number[] {
  return words.slice(1).flatMap((word, before) => {
    const glued = `${words[before]?.written.join('')}${word.written.join('')}`;
    const isLast = before + 2 === words.length;
    const alternatives = isLast && !isDigits(word) ? index.wordsFrom(glued) : index.has(glued) ? [glued] : [];
    if (alternatives.length === 0) return [];
    const rest = [...groups.slice(0, before), alternatives, ...groups.slice(before + 2)];
    return [...titlesWithAll(index, rest, count)];
  });
}

/** "starwars" finds "Star Wars", "rocky2" finds "Rocky II": one word that a title writes as several. */
function findSplit(titles: SearchedTitles, groups: readonly (readonly string[])[], words: Words): number[] {
  const { index, count, texts } = titles;
  return words.flatMap(({ written }, position) => {
    const word = written.length === 1 ? (written[0] as string) : '';
    const isLast = position === words.length - 1;
    return partsOf(titles, word, isLast).flatMap((parts) => {
      const split = parts.map((part, at) => {
        const whole = canonicalWords(part).flatMap((each) => [each.word, part]);
        return isLast && at === parts.length - 1 && part.length >= 3 ? [...whole, ...index.wordsFrom(part)] : whole;
      });
      const found = titlesWithAll(
        index,
        [...groups.slice(0, position), ...split, ...groups.slice(position + 1)],
        count,
      );
      const isNumbered = /\d/.test(word);
      return [...selectTitles(found, (title) => isNumbered || gluedText(texts[title] as string).includes(word))];
    });
  });
}

const gluedText = (text: string): string => text.replaceAll(' ', '');

/** Ways to cut a word into known ones, long ones first. */
function partsOf({ index }: SearchedTitles, word: string, isUnfinished: boolean): readonly (readonly string[])[] {
  if (word.length < MIN_SPLIT || word.length > MAX_SPLIT) return [];
  const ways: string[][] = [];
  let steps = 0;
  const cut = (from: number, parts: readonly string[]): void => {
    for (let end = word.length; end > from; end--) {
      if (ways.length >= MAX_WAYS || ++steps > MAX_STEPS) return;
      const part = word.slice(from, end);
      if (end < word.length) {
        if (index.has(part)) cut(end, [...parts, part]);
      } else if (parts.length > 0 && (index.has(part) || (isUnfinished && part.length >= 3 && index.begins(part)))) {
        ways.push([...parts, part]);
      }
    }
  };
  cut(0, []);
  return ways;
}

function withoutCounters(words: Words): Words {
  return words.length > 1 ? words.filter(({ isCounter }, at) => !isCounter || at === words.length - 1) : words;
}

/** "rocky 1": the first of a series has no number. */
function withoutFirst(words: Words): Words {
  const rest = withoutCounters(words);
  return rest.length > 1 && rest.at(-1)?.word === '1' ? rest.slice(0, -1) : [];
}

/** Every word may be unfinished: "schindler list", "apollo 1", "matrix 199". */
function findBeginnings(titles: SearchedTitles, words: Words): FoundTitles | undefined {
  const { index, yearWord } = titles;
  const groups = words.map((word) => {
    const begun = word.written.at(-1) as string;
    if (!isDigits(word)) return [...wholeWords(titles, word), ...(begun.length >= 2 ? index.wordsFrom(begun) : [])];
    const years = begun.length === 3 ? index.wordsFrom(yearWord(begun)) : [];
    return [...wholeWords(titles, word), ...index.wordsFrom(begun), ...years];
  });
  return foundOrNone(titles, titlesWithAll(index, groups, titles.count), words);
}

/** "hindler": words that have these letters inside. */
function findInside(titles: SearchedTitles, words: Words): FoundTitles | undefined {
  const { index } = titles;
  const groups = words.map((word) => {
    const whole = wholeWords(titles, word);
    const letters = word.written.at(-1) as string;
    if (letters.length < MIN_INSIDE || whole.some((each) => index.has(each))) return whole;
    return index.spelling.containing(letters);
  });
  return foundOrNone(titles, titlesWithAll(index, groups, titles.count), words);
}

/** Each unknown word by its nearest spellings. */
function findSpellings(titles: SearchedTitles, words: Words): FoundTitles | undefined {
  const { index, nearest } = titles;
  const corrections = words.map((word, at): readonly string[] => {
    const whole = wholeWords(titles, word);
    if (whole.some((each) => index.has(each))) return whole;
    const begun = at === words.length - 1 ? unfinished(titles, word) : [];
    return begun.length > 0 ? begun : nearest(word.written.at(-1) as string);
  });
  const found = titlesWithAll(index, corrections, titles.count);
  const meant = words.map((word, at) => {
    const [first] = corrections[at] as readonly string[];
    const isSame = first === undefined || first === word.word;
    return isSame || at === words.length - 1 ? word : { ...word, word: first, written: [first] };
  });
  return foundOrNone(titles, found, meant);
}

/**
 * Fewer words: each word alone is left out at first, then one after the other, those first that say least. What is left
 * must say something.
 */
function findFewer(titles: SearchedTitles, words: Words): FoundTitles | undefined {
  const { index } = titles;
  const frequencyOf = (word: CanonicalWord): number =>
    wholeWords(titles, word).reduce((sum, each) => sum + index.titlesWith(each).length, 0);
  /** Fillers, then numbers, then unknown words, then by the number of titles that have the word. */
  const costOf = (word: CanonicalWord): number => {
    if (FILLERS.has(word.word)) return -3;
    if (word.isNumber) return -2;
    const frequency = frequencyOf(word);
    return frequency === 0 ? -1 : 1 / frequency;
  };
  const order = words.toSorted((a, b) => costOf(a) - costOf(b));
  const oneByOne = order.slice(0, MAX_FEWER >> 1).map((word) => [word]);
  const leftOut = [...oneByOne, ...order.map((_, at) => order.slice(0, at + 1)).slice(1)];
  for (const without of leftOut.slice(0, MAX_FEWER)) {
    const rest = words.filter((word) => !without.includes(word));
    if (!rest.some(saysSomething)) continue;
    const result = findWords(titles, rest) ?? findSpellings(titles, rest);
    if (result !== undefined) return result;
  }
  return undefined;
}

function saysSomething({ word, isNumber, written }: CanonicalWord): boolean {
  return !isNumber && !FILLERS.has(word) && !FRAME_WORDS.has(word) && written.join('').length > 1;
}

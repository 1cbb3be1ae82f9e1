import { type CanonicalWord, canonicalWords, keyOfText } from '@matinee/recommender';

/** What ranking reads of a title, by position. */
export interface RankedTitles {
  /** All names, normalised: "|seven|se7en|". */
  readonly texts: readonly string[];
  /** The keys of all names: "|7|se7en|". */
  readonly keys: readonly string[];
  /** Words of the main key: few titles have as many as the query, and only they can equal it. */
  readonly keyLengths: readonly number[];
  readonly years: readonly number[];
  readonly popularityOf: (title: number) => number;
  /** Titles, the most popular first, and the place of each. Titles beyond these come last, by position. */
  readonly byPlace: Int32Array;
  readonly places: Int32Array;
}

/** Only so many matches are compared with the query word by word: the most popular, and all that may equal it. */
const MAX_COMPARED = 1000;
/** What a match of whole words counts more than one of beginnings, as a factor on popularity. */
const WHOLE_WORDS = 2;

/**
 * Orders matches: names equal to the query as written, names equal by their key, names with the query's words one after
 * the other, the rest; equal matches by popularity, where whole words count twice; then by position.
 *
 * @param query Normalised.
 */
export function rankMatches(titles: RankedTitles, found: Int32Array, query: string, limit: number): number[] {
  const qualityOf = createQuality(titles, query);
  const compared = found.length <= MAX_COMPARED ? found : shortlist(titles, found, query, limit);
  const scored = Array.from(compared, (title) => ({ title, ...qualityOf(title) }));
  scored.sort((a, b) => b.tier - a.tier || b.weight - a.weight || a.title - b.title);
  return scored.slice(0, limit).map(({ title }) => title);
}

/** The most popular matches, and all whose main name equals the query. */
function shortlist(
  { keys, keyLengths, places, byPlace }: RankedTitles,
  found: Int32Array,
  query: string,
  limit: number,
): Int32Array {
  const key = keyOfText(query);
  const equal = `|${key}|`;
  const length = key.split(' ').length;
  const chosen = new Set<number>();
  const marks = new Uint8Array(places.length);
  const added: number[] = [];
  for (const title of found) {
    const place = places[title];
    if (place === undefined) added.push(title);
    else marks[place] = 1;
    if (keyLengths[title] === length && (keys[title] as string).startsWith(equal)) chosen.add(title);
  }
  const wanted = chosen.size + Math.max(MAX_COMPARED, limit);
  for (let place = marks.indexOf(1); place >= 0 && chosen.size < wanted; place = marks.indexOf(1, place + 1)) {
    chosen.add(byPlace[place] as number);
  }
  for (const title of added) if (chosen.size < wanted) chosen.add(title);
  return Int32Array.from(chosen);
}

interface Quality {
  readonly tier: number;
  readonly weight: number;
}

function createQuality({ texts, keys, popularityOf, years }: RankedTitles, query: string): (title: number) => Quality {
  const withYear = /^(.+) (\d{4})$/.exec(query);
  const year = Number(withYear?.[2] ?? 0);
  const whole = wordingOf(query);
  const withoutYear = withYear === null ? whole : wordingOf(withYear[1] as string);
  const tierOf = (title: number, { text, bare, key, glued }: Wording): number => {
    const names = texts[title] as string;
    const ofKeys = keys[title] as string;
    const isEqual = ofKeys.includes(key);
    if (names.includes(text) || (isEqual && names.includes(bare))) return 4;
    if (isEqual) return 3;
    if (begins(ofKeys, key.slice(1, -1)) || begins(names, text.slice(1, -1))) return 2;
    const ofGlued = ofKeys.replaceAll(' ', '');
    if (ofGlued.includes(glued)) return 3;
    return ofGlued.includes(glued.slice(0, -1)) ? 2 : 1;
  };
  return (title) => {
    const wording = year > 0 && years[title] === year ? withoutYear : whole;
    const isWhole = wording.words.every(
      ({ word, written }) => hasWord(keys[title] as string, word) || hasWord(texts[title] as string, written.join(' ')),
    );
    return {
      tier: tierOf(title, wording),
      weight: (popularityOf(title) + 1) * (isWhole ? WHOLE_WORDS : 1),
    };
  };
}

/** A query in the forms that are compared with names, each between bars. */
interface Wording {
  readonly text: string;
  readonly bare: string;
  readonly key: string;
  readonly glued: string;
  readonly words: readonly CanonicalWord[];
}

function wordingOf(text: string): Wording {
  const key = keyOfText(text);
  const bare = text.replace(/^(?:the|a|an) (?=.)/, '');
  return {
    text: `|${text}|`,
    bare: `${bare}|`,
    key: `|${key}|`,
    glued: `|${key.replaceAll(' ', '')}|`,
    words: canonicalWords(text).filter(({ isCounter }) => !isCounter),
  };
}

/** Whether a phrase stands somewhere at the beginning of a word; a number must stand there whole. */
function begins(names: string, phrase: string): boolean {
  const endsInNumber = /\d$/.test(phrase);
  for (let at = names.indexOf(phrase); at >= 0; at = names.indexOf(phrase, at + 1)) {
    const before = names[at - 1];
    const after = names[at + phrase.length];
    if ((before === ' ' || before === '|') && (!endsInNumber || after === ' ' || after === '|')) return true;
  }
  return false;
}

function hasWord(names: string, word: string): boolean {
  for (let at = names.indexOf(word); at >= 0; at = names.indexOf(word, at + 1)) {
    if (isEdge(names[at - 1]) && isEdge(names[at + word.length])) return true;
  }
  return false;
}

function isEdge(letter: string | undefined): boolean {
  return letter === ' ' || letter === '|';
}

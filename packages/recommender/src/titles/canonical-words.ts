import { readNumberPhrase, readRoman } from './numerals.ts';

/** A word of a title or of a query in the one spelling that all its spellings share. */
export interface CanonicalWord {
  readonly word: string;
  /** As it was written; several words where they make up one number. */
  readonly written: readonly string[];
  readonly isNumber: boolean;
  /** "part", "episode", "volume", "chapter" before a number: titles of the same series say it differently. */
  readonly isCounter: boolean;
}

const SPELLINGS: readonly (readonly [word: string, ...others: string[]])[] = [
  ['doctor', 'dr'],
  ['mister', 'mr'],
  ['missus', 'mrs'],
  ['saint', 'st', 'ste'],
  ['mount', 'mt'],
  ['lieutenant', 'lt'],
  ['sergeant', 'sgt'],
  ['captain', 'capt'],
  ['professor', 'prof'],
  ['junior', 'jr'],
  ['senior', 'sr'],
  ['brothers', 'bros'],
  ['versus', 'vs'],
  ['and', 'n', 'und'],
  ['volume', 'vol', 'vols'],
  ['part', 'pt', 'parts'],
  ['episode', 'ep'],
  ['chapter', 'ch'],
  ['christmas', 'xmas'],
  ['through', 'thru'],
  ['night', 'nite'],
  ['color', 'colour'],
  ['gray', 'grey'],
  ['theater', 'theatre'],
  ['okay', 'ok'],
  ['incorporated', 'inc'],
  ['company', 'co'],
];
const canonicalSpelling = new Map(SPELLINGS.flatMap(([word, ...others]) => others.map((other) => [other, word])));

const COUNTERS: ReadonlySet<string> = new Set(['part', 'episode', 'volume', 'chapter']);

/**
 * Splits normalised text into words in the spelling that all their spellings share: numbers in digits, "dr" as
 * "doctor".
 */
export function canonicalWords(text: string): readonly CanonicalWord[] {
  if (text === '') return [];
  const words = text.split(' ');
  const read: CanonicalWord[] = [];
  for (let at = 0; at < words.length; ) {
    const word = words[at] as string;
    const number = readNumberPhrase(words, at) ?? readNumeral(words, at);
    const length = number?.length ?? 1;
    read.push({
      word: number?.digits ?? canonicalSpelling.get(word) ?? (isVersus(words, at) ? 'versus' : word),
      written: words.slice(at, at + length),
      isNumber: number !== undefined,
      isCounter: false,
    });
    at += length;
  }
  return read.map((each, at) =>
    COUNTERS.has(each.word) && read[at + 1]?.isNumber === true ? { ...each, isCounter: true } : each,
  );
}

/** A number in digits or a Roman numeral; a single letter counts where it can hardly be anything else. */
function readNumeral(words: readonly string[], at: number): { digits: string; length: number } | undefined {
  const word = words[at] as string;
  if (/^\d+$/.test(word)) return { digits: String(Number(word)), length: 1 };
  const before = canonicalSpelling.get(words[at - 1] ?? '') ?? words[at - 1];
  if (word === 'deux') return before === 'part' ? { digits: '2', length: 1 } : undefined;
  const value = readRoman(word);
  if (value === undefined) return undefined;
  const isClear = word.length > 1 || COUNTERS.has(before ?? '') || (at > 0 && !isVersus(words, at));
  return isClear ? { digits: String(value), length: 1 } : undefined;
}

/** "Batman v Superman": a single v between words, where no counter announces a number. */
function isVersus(words: readonly string[], at: number): boolean {
  if (words[at] !== 'v' || at === 0 || at === words.length - 1) return false;
  const before = words[at - 1] as string;
  return !COUNTERS.has(canonicalSpelling.get(before) ?? before);
}

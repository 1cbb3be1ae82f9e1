const SMALL: readonly string[] = [
  ...['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve'],
  ...['thirteen', 'fourteen', 'fifteen', 'sixteen', 'seventeen', 'eighteen', 'nineteen'],
];
const TENS: readonly string[] = ['twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'];
const ORDINALS: readonly string[] = [
  ...['first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth', 'ninth', 'tenth', 'eleventh'],
  ...['twelfth', 'thirteenth', 'fourteenth', 'fifteenth', 'sixteenth', 'seventeenth', 'eighteenth', 'nineteenth'],
];

const valueOfWord = new Map<string, number>([
  ...SMALL.map((word, value): [string, number] => [word, value]),
  ...TENS.map((word, at): [string, number] => [word, 10 * (at + 2)]),
]);
const valueOfOrdinal = new Map(ORDINALS.map((word, at): [string, number] => [word, at + 1]));

/** A number written at the beginning of a list of words. */
interface NumberPhrase {
  /** In digits: "101", "13th". */
  readonly digits: string;
  /** How many words it takes. */
  readonly length: number;
}

/** Reads the number that begins at a position of some words: "one hundred and one" → 101; undefined if none does. */
export function readNumberPhrase(words: readonly string[], from: number): NumberPhrase | undefined {
  const ordinal = valueOfOrdinal.get(words[from] ?? '');
  if (ordinal !== undefined) return { digits: `${ordinal}${suffixOf(ordinal)}`, length: 1 };
  const below = readBelowHundred(words, from);
  if (below === undefined) return undefined;
  let { value, length } = below;
  for (const [unit, size] of [
    ['hundred', 100],
    ['thousand', 1000],
  ] as const) {
    if (words[from + length] !== unit) continue;
    value *= size;
    length++;
    const joined = words[from + length] === 'and' ? 1 : 0;
    const rest = readBelowHundred(words, from + length + joined);
    if (rest === undefined) continue;
    value += rest.value;
    length += joined + rest.length;
  }
  return { digits: String(value), length };
}

function readBelowHundred(words: readonly string[], from: number): { value: number; length: number } | undefined {
  const value = valueOfWord.get(words[from] ?? '');
  if (value === undefined) return undefined;
  const unit = value >= 20 ? valueOfWord.get(words[from + 1] ?? '') : undefined;
  return unit !== undefined && unit > 0 && unit < 10 ? { value: value + unit, length: 2 } : { value, length: 1 };
}

function suffixOf(value: number): string {
  if (value >= 11 && value <= 13) return 'th';
  return ['th', 'st', 'nd', 'rd'][value % 10] ?? 'th';
}

const ROMAN = /^x{0,3}(?:ix|iv|v?i{0,3})$/;
const ROMAN_DIGITS: Readonly<Record<string, number>> = { i: 1, v: 5, x: 10 };

/** Returns the value of a Roman numeral from 1 to 39 in small letters; undefined for any other word. */
export function readRoman(word: string): number | undefined {
  if (word === '' || !ROMAN.test(word)) return undefined;
  const values = Array.from(word, (letter) => ROMAN_DIGITS[letter] as number);
  return values.reduce((sum, value, at) => sum + (value < (values[at + 1] ?? 0) ? -value : value), 0);
}

import { canonicalWords } from './canonical-words.ts';
import { normalizeText } from './normalize-text.ts';

/** Articles that people leave out. "die", "la" and "un" are words of other languages too, so they stay. */
const ARTICLE_IN_FRONT = /^(?:the|a|an|le|les|el|il|los|las|der|das) (?=.)/;
const ARTICLE_AT_END = / (?:the|a|an)$/;
/** "Death Wish V: The Face of Death": punctuation ends the number. */
const NUMERAL_V = /(?<= )[Vv](?=:| - |,)/g;

/**
 * Returns the words by which a name is compared, with a blank between them: normalised, without an article in front or
 * at the end, numbers in digits, one spelling for all, without "part" and its like before a number. "The Godfather:
 * Part II" → "godfather 2"; "Dr. Strangelove" → "doctor strangelove".
 */
export function titleKey(name: string): string {
  return keyOfText(normalizeText(name.replaceAll(NUMERAL_V, '5')));
}

/** As {@link titleKey}, of text that is normalised already. */
export function keyOfText(text: string): string {
  const bare = text.replace(ARTICLE_IN_FRONT, '').replace(ARTICLE_AT_END, '');
  const words = canonicalWords(bare);
  return words
    .filter(({ isCounter }, at) => !isCounter || at === 0)
    .map(({ word }) => word)
    .join(' ');
}

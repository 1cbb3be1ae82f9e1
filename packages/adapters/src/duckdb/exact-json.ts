/** A text or a number of a JSON text. */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;

/** Whether a text may hold a number that a double cannot hold, or that is not written the way a double prints. */
const MAY_BE_INEXACT = /\d{16}|\d[.eE]/;

/**
 * Parses a JSON text. An integer beyond ±2⁵³ becomes its text, since a double would round it.
 *
 * @throws {SyntaxError} When the text is not JSON.
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  return /\d{16}/.test(text) ? JSON.parse(quoteNumbers(text, isRounded)) : value;
}

/**
 * Returns the value of a key of a JSON object. A number is returned with the digits with which it is written, where
 * `String` would write others (7.0, 1e3).
 */
export function exactValueOf(text: string, object: Readonly<Record<string, unknown>>, key: string): unknown {
  if (typeof object[key] !== 'number' || !MAY_BE_INEXACT.test(text)) return object[key];
  return (JSON.parse(quoteNumbers(text, isWrittenOtherwise)) as Record<string, unknown>)[key];
}

function quoteNumbers(text: string, isQuoted: (number: string) => boolean): string {
  return text.replace(TOKEN, (token) => (token.startsWith('"') || !isQuoted(token) ? token : `"${token}"`));
}

function isRounded(number: string): boolean {
  return /^-?\d+$/.test(number) && !Number.isSafeInteger(Number(number));
}

function isWrittenOtherwise(number: string): boolean {
  return /[.eE]/.test(number) && String(Number(number)) !== number;
}

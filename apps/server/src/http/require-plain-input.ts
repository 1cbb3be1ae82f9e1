import { MatineeError } from '@matinee/numerics';

/** No schema nests deeper than a few levels; what recurses over a value must not exhaust the stack. */
const MAX_DEPTH = 32;

const NUL_OR_HALF_PAIR = /\0|\p{Surrogate}/u;

/** What a decoder puts in the place of bytes that are no UTF-8. */
const REPLACEMENT = '\uFFFD';

/**
 * Refuses what no schema tells apart and later parts cannot bear: deep nesting, keys of prototypes, and text that is
 * not what was sent or that the stores would change. Different bytes that are no UTF-8 all decode to U+FFFD, so two ids
 * would become one. SQLite keeps UTF-8, so the same goes for halves of surrogate pairs, and NUL ends a text.
 *
 * Reads every value once, without recursion.
 *
 * @param part Name in the message: `body`.
 * @throws {MatineeError} `BAD_REQUEST`
 */
export function requirePlainInput(part: string, input: unknown): void {
  let level: unknown[] = [input];
  for (let depth = 0; level.length > 0; depth++) {
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value === 'string') requirePlainText(part, value);
      else if (Array.isArray(value)) for (const each of value) next.push(each);
      else if (typeof value === 'object' && value !== null) {
        for (const [name, each] of Object.entries(value)) {
          requirePlainText(part, name);
          requirePlainName(part, name, each);
          next.push(each);
        }
      }
    }
    if (depth >= MAX_DEPTH && next.length > 0) {
      throw new MatineeError('BAD_REQUEST', `${part}: is nested more than ${MAX_DEPTH} levels deep`);
    }
    level = next;
  }
}

/** Refuses names by which an object that is copied would change what all objects inherit. */
function requirePlainName(part: string, name: string, value: unknown): void {
  const isPoison =
    name === '__proto__' ||
    (name === 'constructor' && typeof value === 'object' && value !== null && Object.hasOwn(value, 'prototype'));
  if (!isPoison) return;
  const key = name === '__proto__' ? name : `${name}.prototype`;
  throw new MatineeError('BAD_REQUEST', `${part}: the key "${key}" is refused, in any place; leave it out`);
}

function requirePlainText(part: string, text: string): void {
  if (text.includes(REPLACEMENT)) {
    throw new MatineeError(
      'BAD_REQUEST',
      `${part}: a text holds U+FFFD, which stands for bytes that are no UTF-8; send it as UTF-8`,
    );
  }
  if (!NUL_OR_HALF_PAIR.test(text)) return;
  throw new MatineeError('BAD_REQUEST', `${part}: a text holds a NUL character or half of a surrogate pair`);
}

/**
 * Refuses an address that is not percent-encoded UTF-8. The parser of queries takes what it cannot decode as it stands,
 * so `%ff` and `%25ff` would be one text.
 *
 * @throws {MatineeError} `BAD_URL`
 */
export function requireDecodableUrl(url: string): void {
  if (!url.includes('%')) return;
  try {
    decodeURIComponent(url);
  } catch {
    throw new MatineeError('BAD_URL', 'the address is not validly encoded: percent-encode its UTF-8');
  }
}

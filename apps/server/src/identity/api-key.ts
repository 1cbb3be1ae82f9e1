import { randomBytes } from 'node:crypto';
import { MatineeError } from '@matinee/numerics';
import type { StoredApiKey } from '@matinee/recommender';
import { hashOfSecret } from './secrets.ts';

/**
 * What an API key may do: read for any user, write for any user, change the catalogue; `admin` is all of it and more.
 */
const SCOPES = ['read', 'write', 'catalogue', 'admin'] as const;

export type Scope = (typeof SCOPES)[number];

/** A valid key that a request brings. */
export interface ApiKey {
  readonly keyId: string;
  readonly name: string;
  readonly scopes: ReadonlySet<string>;
}

/** The id, by which a key is found, and 256 bits. */
const KEY = /^mk_([a-z0-9]{8})_[A-Za-z0-9_-]{43}$/;

/** Returns the id within the text of a key; undefined where it is no key. */
export function keyIdOf(text: string): string | undefined {
  return KEY.exec(text)?.[1];
}

/** Returns a new key, whose text is given once, and what of it is stored. */
export function createApiKey(
  name: string,
  scopes: readonly Scope[],
  createdAtMs: number,
): { readonly text: string; readonly stored: Omit<StoredApiKey, 'revokedAtMs'> } {
  const keyId = randomBytes(4).toString('hex');
  const text = `mk_${keyId}_${randomBytes(32).toString('base64url')}`;
  return { text, stored: { keyId, name, scopes, hash: hashOfSecret(text), createdAtMs } };
}

/**
 * Reads a list of scopes.
 *
 * @throws {MatineeError} `BAD_ARGUMENT` for one that does not exist, or none.
 */
export function readScopes(text: string): readonly Scope[] {
  const words = text.split(',').map((word) => word.trim());
  const wrong = words.find((word) => !SCOPES.includes(word as Scope));
  if (wrong === undefined) return SCOPES.filter((scope) => words.includes(scope));
  throw new MatineeError('BAD_ARGUMENT', `a scope is one of ${SCOPES.join(', ')}, several with commas; got "${wrong}"`);
}

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** A secret of 256 bits as text. */
const SECRET = /^[A-Za-z0-9_-]{43}$/;

/** Returns a new secret that cannot be guessed, 43 characters. */
export function createSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** True for text that {@link createSecret} can have made. */
export function isSecret(text: string): boolean {
  return SECRET.test(text);
}

/**
 * Hashes a secret or token for the store, so that the store's content opens nothing. A plain hash is enough for random
 * text.
 */
export function hashOfSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Compares two secrets in a time that reveals nothing about them: their digests have equal length. */
export function isSameSecret(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(hashOfSecret(a), 'hex'), Buffer.from(hashOfSecret(b), 'hex'));
}

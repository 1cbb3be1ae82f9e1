import { createHash, timingSafeEqual } from 'node:crypto';
import { MatineeError } from '@matinee/numerics';
import type { ApiKey } from '../identity/api-key.ts';

/**
 * Requires the token in the header `authorization: Bearer TOKEN`, or an API key.
 *
 * @param expected Absent = no request passes.
 * @param apiKey The key of the request, whose scope has been checked.
 * @throws {MatineeError} `ITEMS_NOT_TAKEN`, `NOT_ALLOWED`; the messages reveal nothing about the token.
 */
export function requireCatalogueToken(
  header: string | undefined,
  expected: string | undefined,
  apiKey: ApiKey | undefined,
): void {
  if (apiKey !== undefined) return;
  if (expected === undefined) {
    throw new MatineeError(
      'ITEMS_NOT_TAKEN',
      'this server takes no new titles; start it with a secret in MATINEE_CATALOGUE_TOKEN and send that, or an API key with the scope catalogue',
    );
  }
  const sent = /^Bearer (.+)$/i.exec(header ?? '')?.[1];
  // Digests have equal length, and the time to compare them reveals nothing about the tokens.
  if (sent === undefined || !timingSafeEqual(digest(sent), digest(expected))) {
    throw new MatineeError(
      'NOT_ALLOWED',
      'send the header "authorization: Bearer TOKEN", with what MATINEE_CATALOGUE_TOKEN was when the server started',
    );
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

import { createHash, timingSafeEqual } from 'node:crypto';
import { MatineeError } from '@matinee/numerics';

/**
 * Lets through whoever shows the token in the header `authorization: Bearer TOKEN`.
 *
 * @param expected Absent: nobody is let through.
 * @throws {MatineeError} `ITEMS_NOT_TAKEN`, `NOT_ALLOWED`; neither says anything of the token.
 */
export function requireCatalogueToken(header: string | undefined, expected: string | undefined): void {
  if (expected === undefined) {
    throw new MatineeError(
      'ITEMS_NOT_TAKEN',
      'this server takes no new titles; start it with a secret in MATINEE_CATALOGUE_TOKEN and send that',
    );
  }
  const shown = /^Bearer (.+)$/i.exec(header ?? '')?.[1];
  // Digests have one length, and tell by their timing nothing of what they are of.
  if (shown === undefined || !timingSafeEqual(digest(shown), digest(expected))) {
    throw new MatineeError(
      'NOT_ALLOWED',
      'send the header "authorization: Bearer TOKEN", with what MATINEE_CATALOGUE_TOKEN was when the server started',
    );
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

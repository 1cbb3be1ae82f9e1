import { createHash } from 'node:crypto';
import { MatineeError } from '@matinee/numerics';
import type { HouseholdStore, Profile } from '@matinee/recommender';

/** What the store keeps of a session: who reads the store cannot act as anybody. A token is random, so a plain hash does. */
export function hashOfToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/**
 * Lets only those through who have chosen the profile with its PIN; a profile without one, and nobody's, is open.
 *
 * @throws {MatineeError} `PIN_REQUIRED`
 */
export async function requireSession(
  households: HouseholdStore,
  profile: Profile | undefined,
  token: string | undefined,
  nowMs: number,
): Promise<void> {
  if (profile?.hasPin !== true) return;
  const held = token === undefined ? undefined : await households.profileOfSession(hashOfToken(token), nowMs);
  if (held === profile.profileId) return;
  throw new MatineeError(
    'PIN_REQUIRED',
    'this profile has a PIN; choose it with POST /api/v1/profiles/{profileId}/session and send what that gives as the header x-matinee-session',
  );
}

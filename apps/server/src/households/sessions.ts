import { createHash } from 'node:crypto';
import { MatineeError } from '@matinee/numerics';
import type { HouseholdStore, Profile } from '@matinee/recommender';

/**
 * Hashes a session token for the store, so that the store's content opens no profile. A plain hash is enough for random
 * tokens.
 */
export function hashOfToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/**
 * Requires a session of the profile if it has a PIN. A profile without a PIN, or no profile, needs none.
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

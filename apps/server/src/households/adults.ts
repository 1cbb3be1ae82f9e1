import { MatineeError } from '@matinee/numerics';
import type { HouseholdStore } from '@matinee/recommender';
import { profileOfSession } from './sessions.ts';

/**
 * Requires a session of an adult profile, that is one with a PIN that is not a kids profile. Without such a profile in
 * the household every request passes, because nobody could create the first one otherwise.
 *
 * @throws {MatineeError} `PIN_REQUIRED`
 */
export async function requireAdult(
  households: HouseholdStore,
  householdId: string,
  token: string | undefined,
  nowMs: number,
): Promise<void> {
  const profiles = await households.profilesOf(householdId);
  const adults = profiles.filter(({ isKids, hasPin }) => hasPin && !isKids);
  if (adults.length === 0) return;
  const held = await profileOfSession(households, token, nowMs);
  if (adults.some(({ profileId }) => profileId === held?.profileId)) return;
  throw new MatineeError(
    'PIN_REQUIRED',
    'profiles of this household are changed by an adult with a PIN: choose such a profile, and send its session as the header x-matinee-session',
  );
}

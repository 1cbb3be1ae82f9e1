import { MatineeError } from '@matinee/numerics';
import type { HouseholdStore } from '@matinee/recommender';
import { hashOfToken } from './sessions.ts';

/**
 * Who may lay down rules: where a household has a profile with a PIN that is no kids profile, only somebody who has
 * chosen such a one. Until there is one, everybody may; else nobody could begin.
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
  const keepers = profiles.filter(({ isKids, hasPin }) => hasPin && !isKids);
  if (keepers.length === 0) return;
  const held = token === undefined ? undefined : await households.profileOfSession(hashOfToken(token), nowMs);
  if (keepers.some(({ profileId }) => profileId === held)) return;
  throw new MatineeError(
    'PIN_REQUIRED',
    'profiles of this household are changed by a grown-up with a PIN: choose such a profile, and send its session as the header x-matinee-session',
  );
}

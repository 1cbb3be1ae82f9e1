import { MatineeError } from '@matinee/numerics';
import type { HouseholdStore, Profile } from '@matinee/recommender';

/** @throws {MatineeError} `HOUSEHOLD_NOT_FOUND` */
export async function requireHousehold(households: HouseholdStore, householdId: string): Promise<void> {
  if (await households.hasHousehold(householdId)) return;
  throw new MatineeError('HOUSEHOLD_NOT_FOUND', 'there is no such household; POST /api/v1/households makes one');
}

/** @throws {MatineeError} `PROFILE_NOT_FOUND` */
export async function requireProfile(households: HouseholdStore, profileId: string): Promise<Profile> {
  const profile = await households.findProfile(profileId);
  if (profile !== undefined) return profile;
  throw new MatineeError('PROFILE_NOT_FOUND', 'there is no such profile');
}

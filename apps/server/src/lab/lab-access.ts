import { MatineeError } from '@matinee/numerics';
import type { Profile } from '@matinee/recommender';
import { isLimited } from '../households/sessions.ts';
import type { Credentials } from '../identity/credentials.ts';
import type { Access } from '../serving/access.ts';

/** @throws {MatineeError} `LAB_CLOSED` for a profile with limits, such as a kids profile. */
export function refuseLimited(profile: Profile | undefined): void {
  if (profile === undefined || !isLimited(profile)) return;
  throw new MatineeError(
    'LAB_CLOSED',
    'the Lab is closed to profiles with limits, such as kids profiles: it says what their rules removed',
  );
}

/** The same for the profile whose session a request brings, whoever it is about. */
export async function requireOpenLab(access: Access, credentials: Credentials): Promise<void> {
  refuseLimited(await access.profileWithoutUser(credentials));
}

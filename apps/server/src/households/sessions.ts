import type { HouseholdStore, Profile, ProfileRules } from '@matinee/recommender';
import { hashOfSecret } from '../identity/secrets.ts';

const HOUR_MS = 3_600_000;
/** From an evening to the next morning. */
const SESSION_MS = 12 * HOUR_MS;
/** The session of a limited profile binds the browser to its rules, so it does not end overnight. */
const LIMITED_SESSION_MS = 365 * 24 * HOUR_MS;

/**
 * True for a profile that may not see everything: a kids profile, or one with a cap, an allow-list or hidden titles.
 */
export function isLimited({ isKids, maturityCap, allowList, hidden }: ProfileRules): boolean {
  return isKids || maturityCap !== null || allowList !== null || hidden.length > 0;
}

/** Returns how long a session of the profile lasts, milliseconds. */
export function sessionLengthOf(profile: Profile): number {
  return isLimited(profile) ? LIMITED_SESSION_MS : SESSION_MS;
}

/**
 * Returns the profile whose session the token is; undefined if the session has ended or never was.
 *
 * An end further away than a session lasts was written while the clock was wrong. Such a session counts as ended:
 * otherwise it would hold until the clock is wrong again.
 */
export async function profileOfSession(
  households: HouseholdStore,
  token: string | undefined,
  nowMs: number,
): Promise<Profile | undefined> {
  const session = token === undefined ? undefined : await households.findSession(hashOfSecret(token));
  if (session === undefined || session.expiresAtMs <= nowMs) return undefined;
  const profile = await households.findProfile(session.profileId);
  return profile && session.expiresAtMs <= nowMs + sessionLengthOf(profile) ? profile : undefined;
}

import type { SweepRange, SweepStep } from './sweep.ts';

/** A household's rules for one of its profiles. Items have external ids, because datasets change. */
export interface ProfileRules {
  readonly isKids: boolean;
  /** Items above this age are not shown; null = no cap of its own. */
  readonly maturityCap: number | null;
  /** If present, only these items are shown. */
  readonly allowList: readonly string[] | null;
  /** These items are never shown. */
  readonly hidden: readonly string[];
  /** ISO 3166 alpha-2; null = the request's region. */
  readonly region: string | null;
}

export interface ProfileChange extends ProfileRules {
  readonly name: string;
}

/** One person of a household. */
export interface Profile extends ProfileChange {
  readonly profileId: string;
  readonly householdId: string;
  /** The user of the event log with this profile's history and feedback. No two profiles share one. */
  readonly userId: string;
  readonly createdAtMs: number;
  readonly hasPin: boolean;
}

/** Failed attempts at a PIN since the last correct one. */
export interface PinAttempts {
  readonly failures: number;
  /** No attempt is accepted before this time, milliseconds since 1970. */
  readonly lockedUntilMs: number;
}

/** A profile's PIN, and the failed attempts at it. */
export interface PinState extends PinAttempts {
  /** A slow, salted hash; the PIN itself is not stored. */
  readonly hash: string;
}

/** The right of a client to act as a profile until `expiresAtMs`. */
export interface ProfileSession {
  /** A hash of the client's token. */
  readonly tokenHash: string;
  readonly profileId: string;
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number;
}

/** A stored session, and the failed attempts at the profile's PIN by the client that holds its token. */
export interface StoredSession extends ProfileSession, PinAttempts {}

/** Which households a sweep removes, with all that belongs to them. */
interface HouseholdSweep extends SweepRange {
  /** Those without profiles stored earlier, milliseconds since 1970. */
  readonly emptyBeforeMs: number;
  /**
   * Those stored earlier whose profiles were too, and were never used: each has a user of its own without any event in
   * the log.
   */
  readonly unusedBeforeMs: number;
  /** Of the empty and unused ones that are not as old, all but so many of the newest households. */
  readonly keepNewest: number;
}

/** Households, their profiles, PINs and sessions. Every implementation runs `testing/household-store.contract.ts`. */
export interface HouseholdStore {
  createHousehold(householdId: string, createdAtMs: number): Promise<void>;
  hasHousehold(householdId: string): Promise<boolean>;
  /** Returns false and stores nothing if the user already has a profile. */
  createProfile(profile: Omit<Profile, 'hasPin'>): Promise<boolean>;
  /** Oldest first. */
  profilesOf(householdId: string): Promise<readonly Profile[]>;
  findProfile(profileId: string): Promise<Profile | undefined>;
  profileOfUser(userId: string): Promise<Profile | undefined>;
  changeProfile(profileId: string, change: ProfileChange): Promise<void>;
  /** Also removes its PIN and sessions. The user's feedback stays in the event log. */
  removeProfile(profileId: string): Promise<void>;
  /** Undefined if the profile has none. */
  pinOf(profileId: string): Promise<PinState | undefined>;
  /** Sets or removes the PIN, ends every session of the profile and resets its failures. */
  setPin(profileId: string, hash: string | null): Promise<void>;
  /**
   * Counts an attempt before the PIN is checked. Of several callers that saw the same number of failures only one gets
   * true, so concurrent guesses count as one.
   */
  takeAttempt(profileId: string, failuresSeen: number, lockedUntilMs: number): Promise<boolean>;
  /** Resets the failures after a correct PIN. */
  forgetAttempts(profileId: string): Promise<void>;
  /** Stores a session, and removes the oldest of the profile beyond `most`. */
  openSession(session: ProfileSession, most: number): Promise<void>;
  /** The session of a token, expired or not. */
  findSession(tokenHash: string): Promise<StoredSession | undefined>;
  /** Like {@link takeAttempt}, for attempts by the client that holds the session's token. */
  takeSessionAttempt(tokenHash: string, failuresSeen: number, lockedUntilMs: number): Promise<boolean>;
  closeSession(tokenHash: string): Promise<void>;
  /** Removes unused households among the next rows. */
  sweep(range: HouseholdSweep): Promise<SweepStep>;
  close(): Promise<void>;
}

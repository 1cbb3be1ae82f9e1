/** What a household has laid down for one of its profiles. Titles by external ids: data sets come and go. */
export interface ProfileRules {
  readonly isKids: boolean;
  /** Titles for older people are not shown; null = no cap of its own. */
  readonly maturityCap: number | null;
  /** Only these titles, where it is there. */
  readonly allowList: readonly string[] | null;
  /** Never these. */
  readonly hidden: readonly string[];
  /** ISO 3166 alpha-2; null = wherever the request says it is. */
  readonly region: string | null;
}

export interface ProfileChange extends ProfileRules {
  readonly name: string;
}

/** One of the people of a household. */
export interface Profile extends ProfileChange {
  readonly profileId: string;
  readonly householdId: string;
  /** Whose history and feedback it has: a user of the event log. No two profiles share one. */
  readonly userId: string;
  readonly createdAtMs: number;
  readonly hasPin: boolean;
}

/** What guards a profile, and how often somebody has guessed since the last right PIN. */
export interface PinState {
  /** A slow, salted hash; the PIN itself is nowhere. */
  readonly hash: string;
  readonly failures: number;
  /** No attempt is taken before, milliseconds since 1970. */
  readonly lockedUntilMs: number;
}

/** Somebody has chosen a profile, and may act as it until then. */
export interface ProfileSession {
  /** A hash of what the client holds. */
  readonly tokenHash: string;
  readonly profileId: string;
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number;
}

/** Households, their profiles, PINs and sessions. Every implementation runs `testing/household-store.contract.ts`. */
export interface HouseholdStore {
  createHousehold(householdId: string, createdAtMs: number): Promise<void>;
  hasHousehold(householdId: string): Promise<boolean>;
  /** False, and nothing stored, when the user has a profile already. */
  createProfile(profile: Omit<Profile, 'hasPin'>): Promise<boolean>;
  /** Oldest first. */
  profilesOf(householdId: string): Promise<readonly Profile[]>;
  findProfile(profileId: string): Promise<Profile | undefined>;
  profileOfUser(userId: string): Promise<Profile | undefined>;
  changeProfile(profileId: string, change: ProfileChange): Promise<void>;
  /** With its PIN and sessions. What the user said stays in the event log. */
  removeProfile(profileId: string): Promise<void>;
  /** Users whose profile has a PIN: nobody is to hear of them without it. */
  usersWithPin(): Promise<ReadonlySet<string>>;
  /** Undefined where the profile has none. */
  pinOf(profileId: string): Promise<PinState | undefined>;
  /** Puts another PIN in place, or none; ends every session of the profile and forgets failures. */
  setPin(profileId: string, hash: string | null): Promise<void>;
  /**
   * Counts an attempt before it is looked at: true for one caller only, if several saw the same number of failures. So
   * many guesses at once are one guess.
   */
  takeAttempt(profileId: string, failuresSeen: number, lockedUntilMs: number): Promise<boolean>;
  /** After a right PIN. */
  forgetAttempts(profileId: string): Promise<void>;
  /** Removes sessions that are over by `nowMs`, of all profiles. */
  openSession(session: ProfileSession, nowMs: number): Promise<void>;
  /** The profile that the session is for; undefined for one that is over or never was. */
  profileOfSession(tokenHash: string, nowMs: number): Promise<string | undefined>;
  close(): Promise<void>;
}

import type { UserIdx, UserIndex, Vocabulary } from '@matinee/models/data';
import { MatineeError } from '@matinee/numerics';
import { FIRST_VISITOR_IDX, type HouseholdStore, type Profile, type VisitorStore } from '@matinee/recommender';
import { requireAdult } from '../households/adults.ts';
import { isProfileUserId, isReservedUserId } from '../households/profile-users.ts';
import { isLimited, profileOfSession } from '../households/sessions.ts';
import type { Scope } from '../identity/api-key.ts';
import type { Credentials } from '../identity/credentials.ts';
import { hashOfSecret, isSameSecret } from '../identity/secrets.ts';
import { problemOfOwnId } from './own-id.ts';
import { type FieldNames, requireAtMostOne, requireOne, USER_FIELDS, type UserReference } from './references.ts';

/** A user of the dataset or a visitor. */
export interface Person {
  readonly userIdx: UserIdx;
  /** The id in the event log. */
  readonly userId: string;
  readonly kind: 'dataset' | 'visitor';
  /** Row among the dataset's users; −1 for a visitor. */
  readonly userIndex: UserIndex;
}

/** Whom a request may act for. */
interface OpenUser {
  readonly person: Person;
  /** Its rules apply to the request. */
  readonly profile?: Profile;
}

/**
 * Decides for whom a request may act. Every route that reads or writes by a user's number asks here; nothing else does
 * the deciding. docs/decisions/0021-identity.md has the reasons.
 */
export interface Access {
  /**
   * Returns the user with that number and the profile whose rules apply.
   *
   * - The operator's token opens everybody, and so does an API key, whose scope the route has required.
   * - A profile's user is opened by a session of this profile.
   * - A visitor is opened by the visitor's secret.
   * - Other users of the dataset are opened in demo mode only, and so are visitors from before there were secrets.
   * - With the session of a limited profile, such as a kids profile, nobody but its own user is opened.
   *
   * @throws {MatineeError} `SECRET_REQUIRED`, `TOKEN_REQUIRED`, `SESSION_REQUIRED`, `PIN_REQUIRED`, `OTHER_PROFILE`;
   * `USER_NOT_FOUND` only where the request could have opened that user.
   */
  open(userIdx: UserIdx, credentials: Credentials): Promise<OpenUser>;
  /** Returns the profile whose rules apply to a request without a user: the one whose session it brings, if any. */
  profileWithoutUser(credentials: Credentials): Promise<Profile | undefined>;
  /**
   * Like {@link open}, but demo mode is not enough: for what takes a user away from others.
   *
   * @throws {MatineeError} like {@link open}.
   */
  openForGood(userIdx: UserIdx, credentials: Credentials): Promise<Person>;
  /** Whether the session, if there is one, is of a limited profile, and of no profile of that household. */
  isBoundElsewhere(credentials: Credentials, householdId?: string): Promise<boolean>;
  /** @throws {MatineeError} `OTHER_PROFILE` where {@link isBoundElsewhere}. */
  requireUnbound(credentials: Credentials, householdId?: string): Promise<void>;
  /**
   * Requires a session of an adult of the household, see {@link requireAdult}, the operator's token, or an API key with
   * the scope `admin`.
   *
   * @throws {MatineeError} `PIN_REQUIRED`
   */
  requireAdult(householdId: string, credentials: Credentials): Promise<void>;
  /** Whether the request acts for anybody: with the operator's token or an API key. */
  isOperator(credentials: Credentials): boolean;
  /**
   * Requires that the request may act for users whom it only names: as {@link isOperator}, or in demo mode, and without
   * the session of a limited profile.
   *
   * @throws {MatineeError} `TOKEN_REQUIRED`, `OTHER_PROFILE`
   */
  requireForAnybody(credentials: Credentials): Promise<void>;
  /** Whether it may also do what only an adult of a household may: with the operator's token or the scope `admin`. */
  isAdmin(credentials: Credentials): boolean;
  /**
   * Returns the number of the user that a request names; undefined where it names nobody, or by an id that nobody has
   * yet, and the request may act for anybody.
   *
   * @throws {MatineeError} `BAD_REQUEST` where it names two; `TOKEN_REQUIRED` for an unknown id and a request that may
   * not act for anybody, as for users that are known.
   */
  resolve(reference: UserReference, credentials: Credentials, names?: FieldNames): Promise<UserIdx | undefined>;
  /** As {@link resolve}, for a user who is known. @throws Also `USER_NOT_FOUND`, and where no user is named. */
  resolveKnown(reference: UserReference, credentials: Credentials, names?: FieldNames): Promise<UserIdx>;
  /**
   * As {@link resolve}, for an id that may become a user.
   *
   * @throws Also where no user is named; `OTHER_PROFILE`, `USER_NOT_FOUND` and `BAD_REQUEST` for an id that may not
   * become a user here.
   */
  resolveNamed(reference: UserReference, credentials: Credentials, names?: FieldNames): Promise<UserIdx | undefined>;
  /** As {@link resolveNamed}, and stores a user for an id that nobody has yet. */
  resolveOrCreate(reference: UserReference, credentials: Credentials, names?: FieldNames): Promise<UserIdx>;
  /** Whether the user with that id is in the dataset and was not deleted; one who came back is a visitor. */
  isMember(userId: string): boolean;
  /** Returns how many users of the dataset were not deleted. */
  memberCount(): number;
  /** Returns the public number of the user with that id. @throws {MatineeError} `USER_NOT_FOUND` */
  userIdxOf(userId: string): Promise<UserIdx>;
}

/** Users whom nobody finds any more, although the dataset has them. */
export interface GoneUsers {
  /** Ids of deleted users of the dataset. */
  readonly deletedIds: Set<string>;
}

export interface AccessDependencies {
  readonly users: Vocabulary;
  readonly visitors: VisitorStore;
  readonly households: HouseholdStore;
  /** Users of the dataset who were deleted. */
  readonly gone: GoneUsers;
  /** Returns milliseconds since 1970. */
  readonly clock: () => number;
  /** See {@link ServerSettings}. */
  readonly demo?: boolean;
  readonly operatorToken?: string;
}

export function createAccess(dependencies: AccessDependencies): Access {
  const { users, visitors, households, gone, clock, demo = false, operatorToken } = dependencies;

  const hasOperatorToken = ({ bearer }: Credentials): boolean =>
    bearer !== undefined && operatorToken !== undefined && isSameSecret(bearer, operatorToken);
  const hasScope = ({ apiKey }: Credentials, scopes: readonly Scope[]): boolean =>
    apiKey !== undefined && scopes.some((scope) => apiKey.scopes.has(scope));
  const isOperator = (credentials: Credentials): boolean =>
    hasOperatorToken(credentials) || hasScope(credentials, ['read', 'write', 'admin']);
  const isAdmin = (credentials: Credentials): boolean =>
    hasOperatorToken(credentials) || hasScope(credentials, ['admin']);

  /** The limits of a session hold whatever else the request brings: nothing beside it can take its place. */
  async function held({ session, otherSessions = [] }: Credentials): Promise<Profile | undefined> {
    const first = await profileOfSession(households, session, clock());
    if (first !== undefined && isLimited(first)) return first;
    for (const other of otherSessions) {
      const profile = await profileOfSession(households, other, clock());
      if (profile !== undefined && isLimited(profile)) return profile;
    }
    return first;
  }

  async function isBoundElsewhere(credentials: Credentials, householdId?: string): Promise<boolean> {
    const holder = await held(credentials);
    return holder !== undefined && isLimited(holder) && holder.householdId !== householdId;
  }

  async function requireUnbound(credentials: Credentials, householdId?: string): Promise<void> {
    if (await isBoundElsewhere(credentials, householdId)) throw otherProfile();
  }

  async function open(userIdx: UserIdx, credentials: Credentials, isDemo = demo): Promise<OpenUser> {
    const holder = await held(credentials);
    const found = await find(userIdx);
    if (holder !== undefined && isLimited(holder) && holder.userId !== found?.person.userId) throw otherProfile();
    if (found === undefined) throw absence(userIdx, isOperator(credentials), isDemo);
    const profile = await households.profileOfUser(found.person.userId);
    if (!isOperator(credentials)) {
      if (profile !== undefined && holder?.profileId !== profile.profileId) throw sessionRequired(profile);
      if (profile === undefined) requireOwn(found, credentials, isDemo);
    }
    return { person: found.person, ...(profile && { profile }) };
  }

  /** A number of no user is answered like the number of a user that the request may not open. */
  function absence(userIdx: UserIdx, opensAll: boolean, isDemo: boolean): MatineeError {
    const isVisitor = userIdx >= FIRST_VISITOR_IDX;
    if (opensAll || (isDemo && !isVisitor)) return userNotFound(userIdx, users.ids.length);
    return isVisitor ? secretRequired() : tokenRequired();
  }

  const isMember = (userId: string): boolean => users.indexOf(userId) >= 0 && !gone.deletedIds.has(userId);

  async function find(userIdx: UserIdx): Promise<FoundUser | undefined> {
    const userId = users.ids[userIdx];
    if (userId !== undefined && gone.deletedIds.has(userId)) return undefined;
    if (userId !== undefined) {
      return { person: { userIdx, userId, kind: 'dataset', userIndex: datasetUser(userIdx) }, secretHash: null };
    }
    const visitor = userIdx >= FIRST_VISITOR_IDX ? await visitors.find(userIdx) : undefined;
    if (visitor === undefined) return undefined;
    const { secretHash } = visitor;
    if (isMember(visitor.userId)) {
      // Came before the data set had this user; the number stays good.
      const userIndex = users.indexOf(visitor.userId);
      const person = { userIdx, userId: visitor.userId, kind: 'dataset', userIndex } as const;
      return { person, secretHash: null };
    }
    return { person: { userIdx, userId: visitor.userId, kind: 'visitor', userIndex: -1 }, secretHash };
  }

  async function findIdx(userId: string): Promise<UserIdx | undefined> {
    return isMember(userId) ? users.indexOf(userId) : (await visitors.findById(userId))?.userIdx;
  }

  async function resolve(
    { userIdx, userId }: UserReference,
    credentials: Credentials,
    names = USER_FIELDS,
  ): Promise<UserIdx | undefined> {
    requireAtMostOne(userIdx, userId, names);
    if (userId === undefined) return userIdx;
    const known = await findIdx(userId);
    if (known === undefined && !isOperator(credentials) && !demo) throw tokenRequired();
    return known;
  }

  async function resolveNamed(
    reference: UserReference,
    credentials: Credentials,
    names = USER_FIELDS,
  ): Promise<UserIdx | undefined> {
    requireOne(reference.userIdx, reference.userId, names, 'body');
    const known = await resolve(reference, credentials, names);
    if (known !== undefined) return known;
    await requireUnbound(credentials);
    requireOwnId(reference.userId ?? '', names);
    return undefined;
  }

  async function create(userId: string): Promise<UserIdx> {
    try {
      return (await visitors.create(userId, clock())).userIdx;
    } catch (error) {
      // Another request was first.
      const present = await findIdx(userId);
      if (present === undefined) throw error;
      return present;
    }
  }

  return {
    resolve,
    async resolveKnown(reference, credentials, names = USER_FIELDS) {
      requireOne(reference.userIdx, reference.userId, names);
      const known = await resolve(reference, credentials, names);
      if (known !== undefined) return known;
      throw new MatineeError(
        'USER_NOT_FOUND',
        `no user has the id "${reference.userId}" yet; the first event makes one`,
      );
    },
    resolveNamed,
    async resolveOrCreate(reference, credentials, names) {
      return (await resolveNamed(reference, credentials, names)) ?? create(reference.userId ?? '');
    },
    open: (userIdx, credentials) => open(userIdx, credentials),
    profileWithoutUser: held,
    async openForGood(userIdx, credentials) {
      const { person } = await open(userIdx, credentials, false);
      return person;
    },
    isBoundElsewhere,
    requireUnbound,
    async requireAdult(householdId, credentials) {
      if (!isAdmin(credentials)) await requireAdult(households, householdId, credentials.session, clock());
    },
    isOperator,
    async requireForAnybody(credentials) {
      if (!isOperator(credentials) && !demo) throw tokenRequired();
      await requireUnbound(credentials);
    },
    isAdmin,
    isMember,
    memberCount: () => users.ids.length - gone.deletedIds.size,
    async userIdxOf(userId) {
      const userIdx = await findIdx(userId);
      if (userIdx !== undefined) return userIdx;
      throw new MatineeError('USER_NOT_FOUND', 'the user of this profile is not in this data set');
    },
  };
}

interface FoundUser {
  readonly person: Person;
  readonly secretHash: string | null;
}

/** Requires that the request may act for a user without a profile. */
function requireOwn({ person, secretHash }: FoundUser, { visitorSecret }: Credentials, isDemo: boolean): void {
  if (person.kind === 'dataset') {
    if (!isDemo) throw tokenRequired();
  } else if (secretHash === null) {
    // From before visitors had secrets. The user of a profile that was removed has none either, and belongs to nobody.
    if (isProfileUserId(person.userId)) throw secretRequired();
    if (!isDemo) throw isReservedUserId(person.userId) ? secretRequired() : tokenRequired();
  } else if (visitorSecret === undefined || !isSameSecret(hashOfSecret(visitorSecret), secretHash)) {
    throw secretRequired();
  }
}

/** Requires that an id may become a user. @throws {MatineeError} `USER_NOT_FOUND`, `BAD_REQUEST` */
function requireOwnId(userId: string, [, name]: FieldNames): void {
  if (isReservedUserId(userId)) {
    throw new MatineeError('USER_NOT_FOUND', `no user has the id "${userId}", and ids like it are given by the server`);
  }
  const problem = problemOfOwnId(userId);
  if (problem !== undefined) throw new MatineeError('BAD_REQUEST', `body: "${name}" ${problem}`);
}

/** Converts a public user number to a row of the dataset. They are equal; only this function relies on it. */
function datasetUser(userIdx: UserIdx): UserIndex {
  return userIdx as number;
}

/** The same for a visitor of somebody else and for a number that no visitor has. */
function secretRequired(): MatineeError {
  return new MatineeError(
    'SECRET_REQUIRED',
    'this visitor opens with the secret that POST /api/v1/users gave: send it as the header x-matinee-visitor (browsers hold it as a cookie)',
  );
}

function tokenRequired(): MatineeError {
  return new MatineeError(
    'TOKEN_REQUIRED',
    'users of the data set open with the header "authorization: Bearer TOKEN", the operator\'s token; demo mode (--demo on) lets everybody act as them, but not put them into a household',
  );
}

function sessionRequired({ hasPin }: Profile): MatineeError {
  const how =
    'choose it with POST /api/v1/profiles/{profileId}/session and send what that gives as the header x-matinee-session';
  return hasPin
    ? new MatineeError('PIN_REQUIRED', `this profile has a PIN; ${how}`)
    : new MatineeError('SESSION_REQUIRED', `this user belongs to a profile; ${how}`);
}

function otherProfile(): MatineeError {
  return new MatineeError(
    'OTHER_PROFILE',
    'the session of a profile with limits, such as a kids profile, opens its own user alone; choose another profile of the household to leave it',
  );
}

function userNotFound(userIdx: UserIdx, userCount: number): MatineeError {
  return new MatineeError(
    'USER_NOT_FOUND',
    `no user ${userIdx}; ${userCount === 0 ? 'the data set has none' : `users of the data set are 0 to ${userCount - 1}`}, ` +
      'visitors are made by POST /api/v1/users',
  );
}

import type { ItemIndex, UserIdx, UserIndex, Vocabulary } from '@matinee/models/data';
import { MatineeError, type Pause } from '@matinee/numerics';
import {
  applyRules,
  EMPTY_FEEDBACK,
  type Engine,
  type FeedbackState,
  FIRST_VISITOR_IDX,
  type HouseholdStore,
  hydrate,
  mayName,
  type Profile,
  type RecommendInput,
  type ShownItem,
  type Verdicts,
  type VisitorStore,
  viewerRulesOf,
} from '@matinee/recommender';
import { requireSession } from '../households/sessions.ts';
import { createRequestRulesCompiler, type RequestParameters } from '../http/requested-rules.ts';
import type { UserLogs } from './user-log.ts';

/** A user of the dataset or a visitor. */
interface Person {
  readonly userIdx: UserIdx;
  /** The id in the event log. */
  readonly userId: string;
  readonly kind: 'dataset' | 'visitor';
  /** Row among the dataset's users; −1 for a visitor. */
  readonly userIndex: UserIndex;
}

/** The user of a request, with their feedback and the rules that apply to them. */
export interface Viewer {
  /** Absent for a request without a user. */
  readonly person?: Person;
  readonly feedback: FeedbackState;
  readonly input: RecommendInput;
}

/** A viewer who is a known person. */
export interface KnownViewer extends Viewer {
  readonly person: Person;
  readonly profile?: Profile;
}

/** Finds people and reads their feedback from the log, so that all processes that share a log see the same. */
export interface Viewers {
  /** @throws {MatineeError} `USER_NOT_FOUND` */
  find(userIdx: UserIdx): Promise<Person>;
  /** Returns the public number of the user with that id. @throws {MatineeError} `USER_NOT_FOUND` */
  userIdxOf(userId: string): Promise<number>;
  /**
   * Reads a person's feedback and rules. The rules of their profile always apply; no request can leave them out.
   *
   * @throws {MatineeError} `PIN_REQUIRED` when the profile has a PIN and the request has no session of that profile;
   * `BAD_EXPRESSION`.
   */
  stateOf(person: Person, parameters?: RequestParameters): Promise<KnownViewer>;
  /**
   * Returns the viewer with that number, or an anonymous one without a number. If the log fails, the viewer has no
   * feedback and `input.failures` names the log.
   *
   * @throws {MatineeError} like {@link find} and {@link stateOf}.
   */
  viewerOf(userIdx: UserIdx | undefined, parameters: RequestParameters): Promise<Viewer>;
  /**
   * Returns a text that changes with everything stored about a user that an answer depends on: their events, what they
   * were shown and the rules of their profile. Costs two indexed reads. Undefined if the log fails or is slow.
   *
   * @throws {MatineeError} like {@link find} and {@link stateOf}.
   */
  stateVersionOf(userIdx: UserIdx | undefined, parameters: RequestParameters): Promise<string | undefined>;
}

export interface ViewersDependencies {
  readonly engine: Engine;
  readonly users: Vocabulary;
  readonly visitors: VisitorStore;
  readonly households: HouseholdStore;
  readonly userLogs: UserLogs;
  readonly clock: () => number;
  /** Called while a filter is applied to the catalogue, so that other requests are answered meanwhile. */
  readonly pause: Pause;
}

const MS_PER_DAY = 86_400_000;

/**
 * Skip fatigue: an item that was on screen on this many of the last 14 days and never opened is left out until fewer of
 * these days are within the window.
 */
const FATIGUE_MIN_DAYS = 3;

export function createViewers(dependencies: ViewersDependencies): Viewers {
  const { engine, households, userLogs, clock, pause } = dependencies;
  const compileRules = createRequestRulesCompiler(engine, pause);
  const { find, userIdxOf } = createDirectory(dependencies);
  const { vocabulary } = engine.catalogue;

  /** @returns The person's profile, if the request may use it. */
  async function openProfile(userId: string, session: string | undefined, nowMs: number): Promise<Profile | undefined> {
    const profile = await households.profileOfUser(userId);
    await requireSession(households, profile, session, nowMs);
    return profile;
  }

  async function stateOf(
    person: Person,
    parameters: RequestParameters = {},
    read = userLogs.read,
  ): Promise<KnownViewer> {
    const nowMs = clock();
    // Read before the log: the rules of the profile also apply when the log fails.
    const profile = await openProfile(person.userId, parameters.session, nowMs);
    const { feedback, shown, failures } = await read(person.userId, nowMs, vocabulary.indexOf);
    const input: RecommendInput = {
      ...(await inputOf(person.userIndex, feedback, parameters, profile)),
      fatigued: shown.filter(({ days }) => days >= FATIGUE_MIN_DAYS).map(({ itemId }) => vocabulary.indexOf(itemId)),
      shownDays: countEarlierDays(shown, vocabulary, nowMs - (nowMs % MS_PER_DAY)),
      failures,
    };
    return { person, feedback, input, ...(profile && { profile }) };
  }

  async function inputOf(
    userIndex: UserIndex,
    feedback: FeedbackState,
    parameters: RequestParameters,
    profile: Profile | undefined,
  ): Promise<RecommendInput> {
    return {
      userIndex,
      feedback,
      asOf: Math.floor(clock() / 1000),
      rules: await compileRules(parameters),
      viewer: viewerRulesOf(profile, vocabulary, parameters.region),
    };
  }

  return {
    find,
    userIdxOf,
    stateOf: (person, parameters) => stateOf(person, parameters),
    async viewerOf(userIdx, parameters) {
      if (userIdx !== undefined) return stateOf(await find(userIdx), parameters, userLogs.readIfPossible);
      return { feedback: EMPTY_FEEDBACK, input: await inputOf(-1, EMPTY_FEEDBACK, parameters, undefined) };
    },
    async stateVersionOf(userIdx, { session }) {
      if (userIdx === undefined) return '';
      const { userId } = await find(userIdx);
      const profile = await openProfile(userId, session, clock());
      try {
        return `${await userLogs.lastSequenceOf(userId)} ${JSON.stringify(profile)}`;
      } catch {
        return undefined;
      }
    },
  };
}

function createDirectory({ users, visitors }: ViewersDependencies): Pick<Viewers, 'find' | 'userIdxOf'> {
  return {
    async find(userIdx) {
      const userId = users.ids[userIdx];
      if (userId !== undefined) return { userIdx, userId, kind: 'dataset', userIndex: datasetUser(userIdx) };
      const visitor = userIdx >= FIRST_VISITOR_IDX ? await visitors.find(userIdx) : undefined;
      if (visitor !== undefined) return { userIdx, userId: visitor.userId, kind: 'visitor', userIndex: -1 };
      throw new MatineeError(
        'USER_NOT_FOUND',
        `no user ${userIdx}; users of the data set are 0 to ${users.ids.length - 1}, visitors are made by POST /api/v1/users`,
      );
    },
    async userIdxOf(userId) {
      const inDataset = users.indexOf(userId);
      const userIdx = inDataset < 0 ? (await visitors.findById(userId))?.userIdx : inDataset;
      if (userIdx !== undefined) return userIdx;
      throw new MatineeError('USER_NOT_FOUND', 'the user of this profile is not in this data set');
    },
  };
}

/** Converts a public user number to a row of the dataset. They are equal; only this function relies on it. */
function datasetUser(userIdx: UserIdx): UserIndex {
  return userIdx as number;
}

/** Counts the days before today on which each item was shown, so that a page does not change while someone reads it. */
function countEarlierDays(
  shown: readonly ShownItem[],
  vocabulary: Vocabulary,
  todayMs: number,
): ReadonlyMap<number, number> {
  return new Map(
    shown.map(({ itemId, days, lastAtMs }) => [vocabulary.indexOf(itemId), lastAtMs < todayMs ? days : days - 1]),
  );
}

/** Returns which items the viewer may find by search or in their history. */
export function lookUpVerdicts(engine: Engine, { input }: Viewer): Verdicts {
  return applyRules(engine, hydrate(engine, input), 'look-up');
}

/**
 * Requires that the viewer may see the item; a forbidden item is answered like a missing one. Filters of the request do
 * not count: they apply to the items in the answer, not to the item that the request is about.
 *
 * @throws {MatineeError} `ITEM_NOT_FOUND`
 */
export function requireVisible(engine: Engine, viewer: Viewer, itemIdx: ItemIndex): void {
  requireItem(engine, itemIdx);
  if (!mayName(hydrate(engine, viewer.input), itemIdx)) throw itemNotFound(engine, itemIdx);
}

/** @throws {MatineeError} `ITEM_NOT_FOUND` */
export function requireItem(engine: Engine, itemIdx: ItemIndex): void {
  if (itemIdx >= engine.itemCount) throw itemNotFound(engine, itemIdx);
}

function itemNotFound({ itemCount }: Engine, itemIdx: ItemIndex): MatineeError {
  return new MatineeError('ITEM_NOT_FOUND', `no title ${itemIdx}; the catalogue has 0 to ${itemCount - 1}`);
}

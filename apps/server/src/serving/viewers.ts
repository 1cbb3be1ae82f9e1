import type { ItemIndex, UserIdx, UserIndex, Vocabulary } from '@matinee/models/data';
import { MatineeError } from '@matinee/numerics';
import {
  applyRules,
  EMPTY_FEEDBACK,
  type Engine,
  type EventLog,
  type Failure,
  type FeedbackState,
  FIRST_VISITOR_IDX,
  foldFeedback,
  type HouseholdStore,
  hydrate,
  type LoggedEvent,
  mayName,
  type Profile,
  type RecommendInput,
  type ShownItem,
  STATE_EVENT_TYPES,
  type Verdicts,
  type VisitorStore,
  viewerRulesOf,
} from '@matinee/recommender';
import { requireSession } from '../households/sessions.ts';
import { compileRequestRules, type RequestParameters } from '../http/requested-rules.ts';
import { RECOMMEND_CONTEXT } from './recommend-context.ts';

/** Somebody whom the page can be made for. */
interface Person {
  readonly userIdx: UserIdx;
  /** In the event log. */
  readonly userId: string;
  readonly kind: 'dataset' | 'visitor';
  /** Index among the data set's users; −1 for a visitor. */
  readonly userIndex: UserIndex;
}

/** Who asks, with all they have told us and all the rules that hold for them. */
export interface Viewer {
  /** Absent: nobody in particular. */
  readonly person?: Person;
  readonly feedback: FeedbackState;
  readonly input: RecommendInput;
}

/** Somebody with all they have told us. */
export interface KnownViewer extends Viewer {
  readonly person: Person;
  /** Oldest first, of the types that change an answer. */
  readonly events: readonly LoggedEvent[];
  readonly profile?: Profile;
}

/** Finds people and reads their feedback from the log, so that every process over one log sees the same. */
export interface Viewers {
  /** @throws {MatineeError} `USER_NOT_FOUND` */
  find(userIdx: UserIdx): Promise<Person>;
  /** The index of a user by their id. @throws {MatineeError} `USER_NOT_FOUND` */
  userIdxOf(userId: string): Promise<number>;
  /**
   * The rules of a profile come with its user: no request can leave them out.
   *
   * @throws {MatineeError} `PIN_REQUIRED` when the user's profile has a PIN and `asked` no session of it;
   * `BAD_EXPRESSION`.
   */
  stateOf(person: Person, asked?: RequestParameters): Promise<KnownViewer>;
  /**
   * The user of that index, or nobody in particular without one. Where the log fails, `input.failures` names it and the
   * user has said nothing.
   *
   * @throws {MatineeError} as the two above.
   */
  viewerOf(userIdx: UserIdx | undefined, asked: RequestParameters): Promise<Viewer>;
  /**
   * Another text whenever something has come to the store that an answer for this user is made from: what they said and
   * were shown, and the rules of their profile. Two indexed reads. Undefined where the log fails or is slow.
   *
   * @throws {MatineeError} as {@link stateOf}.
   */
  stateVersionOf(userIdx: UserIdx | undefined, asked: RequestParameters): Promise<string | undefined>;
}

export interface ViewersDependencies {
  readonly engine: Engine;
  readonly users: Vocabulary;
  readonly visitors: VisitorStore;
  readonly households: HouseholdStore;
  readonly eventLog: EventLog;
  readonly clock: () => number;
}

/** Everything a user said counts, so there is no sensible bound; this one only keeps a broken log from filling memory. */
const MAX_EVENTS_PER_USER = 1_000_000;

const MS_A_DAY = 86_400_000;

/**
 * Skip fatigue: a title that was on screen on so many different days of the last fourteen, and never opened, rests until
 * fewer of these days lie within them.
 */
const FATIGUE = { minDays: 3, windowMs: 14 * MS_A_DAY } as const;

/** What the log says of a user, or why it says nothing. */
interface ReadLog {
  readonly newestFirst: readonly LoggedEvent[];
  /** Lately, today included. */
  readonly shown: readonly ShownItem[];
  readonly failures: readonly Failure[];
}

/** A log that has not answered by then is done without. */
const LOG_DEADLINE_MS = 1000;
/** Looking for a kept answer must not cost more than making one. */
const VERSION_DEADLINE_MS = 100;

export function createViewers({ engine, users, visitors, households, eventLog, clock }: ViewersDependencies): Viewers {
  const { vocabulary } = engine.catalogue;

  async function find(userIdx: UserIdx): Promise<Person> {
    const userId = users.ids[userIdx];
    if (userId !== undefined) return { userIdx, userId, kind: 'dataset', userIndex: datasetUser(userIdx) };
    const visitor = userIdx >= FIRST_VISITOR_IDX ? await visitors.find(userIdx) : undefined;
    if (visitor !== undefined) return { userIdx, userId: visitor.userId, kind: 'visitor', userIndex: -1 };
    throw new MatineeError(
      'USER_NOT_FOUND',
      `no user ${userIdx}; users of the data set are 0 to ${users.ids.length - 1}, visitors are made by POST /api/v1/users`,
    );
  }

  async function stateOf(person: Person, asked: RequestParameters = {}, read = readLog): Promise<KnownViewer> {
    const nowMs = clock();
    const profile = await households.profileOfUser(person.userId);
    await requireSession(households, profile, asked.session, nowMs);
    const { newestFirst, shown, failures } = await read(person.userId, nowMs);
    const events = newestFirst.toReversed();
    const feedback = foldFeedback(events, vocabulary.indexOf);
    const fatigued = shown
      .filter(({ days }) => days >= FATIGUE.minDays)
      .map(({ itemId }) => vocabulary.indexOf(itemId));
    const shownDays = countEarlierDays(shown, nowMs - (nowMs % MS_A_DAY));
    const input = { ...inputOf(person.userIndex, feedback, asked, profile), fatigued, shownDays, failures };
    return { person, events, feedback, input, ...(profile && { profile }) };
  }

  async function readLog(userId: string, nowMs: number): Promise<ReadLog> {
    const [newestFirst, shown] = await Promise.all([
      eventLog.eventsOfUser(userId, { limit: MAX_EVENTS_PER_USER, types: STATE_EVENT_TYPES }),
      eventLog.impressionsOfUser(userId, nowMs - FATIGUE.windowMs),
    ]);
    return { newestFirst, shown, failures: [] };
  }

  /** Without today: what is on the page must not move while somebody looks at it. */
  function countEarlierDays(shown: readonly ShownItem[], todayMs: number): ReadonlyMap<number, number> {
    return new Map(
      shown.map(({ itemId, days, lastAtMs }) => [vocabulary.indexOf(itemId), lastAtMs < todayMs ? days : days - 1]),
    );
  }

  /**
   * What the user said. A log that fails or is late leaves the answer to what the data set knows of them, and the answer
   * says so; the rules of their profile hold all the same, for these were read before.
   */
  async function readLogOrGoWithout(userId: string, nowMs: number): Promise<ReadLog> {
    try {
      return await within(LOG_DEADLINE_MS, readLog(userId, nowMs));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { newestFirst: [], shown: [], failures: [{ part: 'event log', error: message }] };
    }
  }

  function inputOf(
    userIndex: UserIndex,
    feedback: FeedbackState,
    asked: RequestParameters,
    profile: Profile | undefined,
  ): RecommendInput {
    return {
      userIndex,
      feedback,
      asOf: Math.floor(clock() / 1000),
      rules: compileRequestRules(engine, asked),
      viewer: viewerRulesOf(profile, vocabulary, asked.region),
    };
  }

  return {
    find,
    async userIdxOf(userId) {
      const inDataset = users.indexOf(userId);
      const userIdx = inDataset < 0 ? (await visitors.findById(userId))?.userIdx : inDataset;
      if (userIdx !== undefined) return userIdx;
      throw new MatineeError('USER_NOT_FOUND', 'the user of this profile is not in this data set');
    },
    stateOf: (person, asked) => stateOf(person, asked),
    async viewerOf(userIdx, asked) {
      if (userIdx !== undefined) return stateOf(await find(userIdx), asked, readLogOrGoWithout);
      return { feedback: EMPTY_FEEDBACK, input: inputOf(-1, EMPTY_FEEDBACK, asked, undefined) };
    },
    async stateVersionOf(userIdx, { session }) {
      if (userIdx === undefined) return '';
      const { userId } = await find(userIdx);
      const profile = await households.profileOfUser(userId);
      await requireSession(households, profile, session, clock());
      try {
        const [last] = await within(VERSION_DEADLINE_MS, eventLog.eventsOfUser(userId, { limit: 1 }));
        return `${last?.sequence ?? 0} ${JSON.stringify(profile)}`;
      } catch {
        return undefined;
      }
    },
  };
}

/** A dataset's users have the same number in the API as in the dataset; this is the one place that knows it. */
function datasetUser(userIdx: UserIdx): UserIndex {
  return userIdx as number;
}

/** @throws {Error} when the time is up first. */
async function within<T>(ms: number, answer: Promise<T>): Promise<T> {
  const deadline = RECOMMEND_CONTEXT.timeout(ms);
  const late = deadline.expired.then(() => Promise.reject(new Error(`no answer within ${ms} ms`)));
  try {
    return await Promise.race([answer, late]);
  } finally {
    deadline.cancel();
  }
}

/** Which titles somebody who looks for them, or back at them, may find. */
export function lookUpVerdicts(engine: Engine, { input }: Viewer): Verdicts {
  return applyRules(engine, hydrate(engine, input), 'look-up');
}

/**
 * A title that the asker may not see is answered like one that there is not. What a request filters is its answer, not
 * the title that it is about.
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

import {
  EMPTY_FEEDBACK,
  type EventLog,
  type Failure,
  type FeedbackState,
  foldStanding,
  type ShownItem,
  type StandingFeedback,
} from '@matinee/recommender';
import { LRUCache } from 'lru-cache';
import { RECOMMEND_CONTEXT } from './recommend-context.ts';

/** What the event log says about one user. */
interface UserLog {
  readonly feedback: FeedbackState;
  /** Items on the user's screen in the last 14 days, today included. */
  readonly shown: readonly ShownItem[];
  /** Names the event log if it could not be read; the other fields are empty then. */
  readonly failures: readonly Failure[];
}

/** Item index of an external id, −1 for unknown: `vocabulary.indexOf`. */
type IndexOf = (itemId: string) => number;

/** Reads what the event log says about users. */
export interface UserLogs {
  /** @throws {Error} when the log cannot be read. */
  read(userId: string, nowMs: number, indexOf: IndexOf): Promise<UserLog>;
  /**
   * Reads the log, and returns an empty one with a failure when it fails or is late. The answer then uses what the
   * dataset knows of the user and names the failure.
   */
  readIfPossible(userId: string, nowMs: number, indexOf: IndexOf): Promise<UserLog>;
  /**
   * Returns the sequence number of the user's last event, 0 if there is none.
   *
   * @throws {Error} when the log fails or is late.
   */
  lastSequenceOf(userId: string): Promise<number>;
  /** Reads the user anew next time: their events were deleted or are another's. */
  forget(userId: string): void;
}

const SHOWN_WINDOW_MS = 14 * 86_400_000;

/** The answer goes without a log that takes longer. */
const LOG_DEADLINE_MS = 1000;
/** Checking a cached response must not cost more than computing a new one. */
const VERSION_DEADLINE_MS = 100;

/** Entries of cached feedback, of all users together; an entry takes about 200 bytes. */
const MAX_CACHED_ENTRIES = 300_000;
/** A user without feedback counts as so many entries. */
const ENTRIES_A_USER = 4;

interface CachedFeedback {
  readonly standing: StandingFeedback;
  /** Folded when it is first used, and again for another vocabulary. */
  folded?: { readonly indexOf: IndexOf; readonly state: FeedbackState };
}

/**
 * Reads users' feedback, and keeps what it has read: the next read of a user asks only for what changed since. So a
 * request costs the same however long the user's history is, and still sees every event that any process stored.
 */
export function createUserLogs(eventLog: EventLog): UserLogs {
  const cached = new LRUCache<string, CachedFeedback>({
    maxSize: MAX_CACHED_ENTRIES,
    sizeCalculation: ({ standing }) => standing.itemIds.length + ENTRIES_A_USER,
  });

  async function readFeedback(userId: string, indexOf: IndexOf): Promise<FeedbackState> {
    const known = cached.get(userId);
    const changes = await eventLog.standingFeedback(userId, known?.standing.throughSequence ?? 0);
    if (known !== undefined && changes.throughSequence < known.standing.throughSequence) {
      // Events have gone from the log, by whichever process.
      cached.delete(userId);
      return readFeedback(userId, indexOf);
    }
    const present = known === undefined ? { standing: changes } : withChanges(known, changes);
    // A concurrent read may have stored a later state.
    const isLatest = (cached.peek(userId)?.standing.throughSequence ?? 0) <= present.standing.throughSequence;
    if (present !== known && isLatest) cached.set(userId, present);
    return fold(present, indexOf);
  }

  async function read(userId: string, nowMs: number, indexOf: IndexOf): Promise<UserLog> {
    const [feedback, shown] = await Promise.all([
      readFeedback(userId, indexOf),
      eventLog.impressionsOfUser(userId, nowMs - SHOWN_WINDOW_MS),
    ]);
    return { feedback, shown, failures: [] };
  }

  return {
    read,
    async readIfPossible(userId, nowMs, indexOf) {
      try {
        return await within(LOG_DEADLINE_MS, read(userId, nowMs, indexOf));
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        return { feedback: EMPTY_FEEDBACK, shown: [], failures: [{ part: 'event log', error: message }] };
      }
    },
    forget: (userId) => void cached.delete(userId),
    async lastSequenceOf(userId) {
      const [last] = await within(VERSION_DEADLINE_MS, eventLog.eventsOfUser(userId, { limit: 1 }));
      return last?.sequence ?? 0;
    },
  };
}

function fold(cached: CachedFeedback, indexOf: IndexOf): FeedbackState {
  if (cached.folded?.indexOf !== indexOf) cached.folded = { indexOf, state: foldStanding(cached.standing, indexOf) };
  return cached.folded.state;
}

function withChanges(known: CachedFeedback, changes: StandingFeedback): CachedFeedback {
  if (changes.changedItemIds === null) return { standing: changes };
  if (changes.throughSequence <= known.standing.throughSequence) return known;
  return { standing: merge(known.standing, changes, new Set(changes.changedItemIds)) };
}

/** Replaces the entries of the changed items. Both lists are in log order, and so is the result. */
function merge(before: StandingFeedback, changes: StandingFeedback, changed: ReadonlySet<string>): StandingFeedback {
  const kept = before.itemIds.flatMap((itemId, at) => (changed.has(itemId) ? [] : [at]));
  const length = kept.length + changes.itemIds.length;
  const itemIds = new Array<string>(length);
  const types = new Uint8Array(length);
  const atMs = new Float64Array(length);
  const sequences = new Float64Array(length);
  const shares = new Float64Array(length);
  const isOwnTime = new Uint8Array(length);
  let fromKept = 0;
  let fromChanges = 0;
  for (let to = 0; to < length; to++) {
    const keptSequence = before.sequences[kept[fromKept] ?? -1] ?? Number.POSITIVE_INFINITY;
    const changedSequence = changes.sequences[fromChanges] ?? Number.POSITIVE_INFINITY;
    const isKept = keptSequence < changedSequence;
    const source = isKept ? before : changes;
    const at = isKept ? kept[fromKept++]! : fromChanges++;
    itemIds[to] = source.itemIds[at]!;
    types[to] = source.types[at]!;
    atMs[to] = source.atMs[at]!;
    sequences[to] = source.sequences[at]!;
    shares[to] = source.shares[at]!;
    isOwnTime[to] = source.isOwnTime[at]!;
  }
  const columns = { itemIds, types, atMs, sequences, shares, isOwnTime };
  return { throughSequence: changes.throughSequence, changedItemIds: null, ...columns };
}

/** @throws {Error} when the answer takes longer than `ms` milliseconds. */
async function within<T>(ms: number, answer: Promise<T>): Promise<T> {
  const deadline = RECOMMEND_CONTEXT.timeout(ms);
  const late = deadline.expired.then(() => Promise.reject(new Error(`no answer within ${ms} ms`)));
  try {
    return await Promise.race([answer, late]);
  } finally {
    deadline.cancel();
  }
}

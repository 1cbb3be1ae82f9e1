import { type EventLog, type Failure, type LoggedEvent, type ShownItem, STATE_EVENT_TYPES } from '@matinee/recommender';
import { RECOMMEND_CONTEXT } from './recommend-context.ts';

/** What the event log says about one user. */
export interface UserLog {
  /** Events that change an answer. */
  readonly newestFirst: readonly LoggedEvent[];
  /** Items on the user's screen in the last 14 days, today included. */
  readonly shown: readonly ShownItem[];
  /** Names the event log if it could not be read; the other fields are empty then. */
  readonly failures: readonly Failure[];
}

/** Every event counts, so no limit is sensible; this one only keeps a broken log from filling memory. */
const MAX_EVENTS_PER_USER = 1_000_000;

const SHOWN_WINDOW_MS = 14 * 86_400_000;

/** The answer goes without a log that takes longer. */
const LOG_DEADLINE_MS = 1000;
/** Checking a cached response must not cost more than computing a new one. */
const VERSION_DEADLINE_MS = 100;

/** @throws {Error} when the log cannot be read. */
export async function readUserLog(eventLog: EventLog, userId: string, nowMs: number): Promise<UserLog> {
  const [newestFirst, shown] = await Promise.all([
    eventLog.eventsOfUser(userId, { limit: MAX_EVENTS_PER_USER, types: STATE_EVENT_TYPES }),
    eventLog.impressionsOfUser(userId, nowMs - SHOWN_WINDOW_MS),
  ]);
  return { newestFirst, shown, failures: [] };
}

/**
 * Reads the log, and returns an empty one with a failure when it fails or is late. The answer then uses what the
 * dataset knows of the user and names the failure.
 */
export async function readUserLogIfPossible(eventLog: EventLog, userId: string, nowMs: number): Promise<UserLog> {
  try {
    return await within(LOG_DEADLINE_MS, readUserLog(eventLog, userId, nowMs));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { newestFirst: [], shown: [], failures: [{ part: 'event log', error: message }] };
  }
}

/**
 * Returns the sequence number of the user's last event, 0 if there is none.
 *
 * @throws {Error} when the log fails or is late.
 */
export async function lastSequenceOfUser(eventLog: EventLog, userId: string): Promise<number> {
  const [last] = await within(VERSION_DEADLINE_MS, eventLog.eventsOfUser(userId, { limit: 1 }));
  return last?.sequence ?? 0;
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

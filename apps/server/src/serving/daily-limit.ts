import type { EventLog } from '@matinee/recommender';

/** Events of one user that are stored in 24 hours: some hundred pages with all their impressions. */
const MAX_EVENTS_A_DAY = 10_000;

const DAY_MS = 86_400_000;

/** Why an event is not stored any more. */
export const DAILY_LIMIT_MESSAGE = `at most ${MAX_EVENTS_A_DAY} events of one user are stored in 24 hours; try again tomorrow`;

/**
 * True if `count` more events of the user would be more than {@link MAX_EVENTS_A_DAY} in 24 hours. The log itself is
 * asked, so that a restart or a second server gives no further events.
 */
export async function isBeyondDailyLimit(
  eventLog: EventLog,
  userId: string,
  count: number,
  nowMs: number,
): Promise<boolean> {
  const atMs = await eventLog.timeOfNthNewest(userId, MAX_EVENTS_A_DAY - count + 1);
  // A time far ahead was written while the clock was wrong; it must not close the log until then.
  return atMs !== undefined && Math.abs(nowMs - atMs) < DAY_MS;
}

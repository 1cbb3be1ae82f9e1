import type { LoggedEvent } from '../ports/event-log.ts';
import type { LogStep } from './read-log.ts';

/** Seconds of the gap that count as time passed. */
const MAX_GAP = 86_400;

/**
 * Returns the seconds to subtract from log times: the gap between dataset and log, beyond one day.
 *
 * A dataset may be years old when it is first served. If these years counted, every item of the dataset would look
 * stale beside the first item that a visitor clicks. So a longer gap counts as one day; a log that continues the
 * dataset has no gap.
 */
function logGapBefore(datasetEnd: number, logStartMs: number): number {
  return Math.max(0, logStartMs / 1000 - datasetEnd - MAX_GAP);
}

/**
 * Returns the seconds to subtract from the time of a request, so that models see one clock: that of the dataset, which
 * log events continue. Without it a user of an old dataset would be one who returns after years, which no model was
 * trained on.
 *
 * @param asOf Request time, seconds since 1970.
 * @param logStartMs Time of the log's first event, milliseconds since 1970. Before there is one, it starts with the
 * request, one day after the dataset at most.
 */
export function logGapAt(datasetEnd: number, asOf: number, logStartMs = Number.POSITIVE_INFINITY): number {
  return logGapBefore(datasetEnd, Math.min(1000 * asOf, logStartMs));
}

/**
 * Returns an event's gap-adjusted time in seconds, never before the dataset's last event.
 */
export function momentOf(
  { atMs }: Pick<LoggedEvent, 'atMs'>,
  { logStartMs }: Pick<LogStep, 'logStartMs'>,
  datasetEnd: number,
): number {
  return Math.max(datasetEnd, atMs / 1000 - logGapBefore(datasetEnd, logStartMs));
}

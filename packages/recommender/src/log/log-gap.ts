import type { LoggedEvent } from '../ports/event-log.ts';
import type { LogStep } from './read-log.ts';

/** Nobody is there for longer than this only because nobody was asked. */
const LONGEST_SILENCE = 86_400;

/**
 * Seconds of silence between the end of a data set and the beginning of the log that do not count.
 *
 * Data sets end, and years later somebody serves them. Counted as time that passed, the years would leave every
 * title of the data set behind the first one that a visitor clicks on: nothing happened to them for as long as nobody was
 * looking. So whatever is longer than a day counts as a day; where the log goes on from the data set, nothing is left out.
 */
export function logGapBefore(datasetEnd: number, logStartMs: number): number {
  return Math.max(0, logStartMs / 1000 - datasetEnd - LONGEST_SILENCE);
}

/**
 * When an event happened on the data set's clock, in seconds: without that silence, and never before the data set's last
 * event.
 */
export function momentOf(
  { atMs }: Pick<LoggedEvent, 'atMs'>,
  { logStartMs }: Pick<LogStep, 'logStartMs'>,
  datasetEnd: number,
): number {
  return Math.max(datasetEnd, atMs / 1000 - logGapBefore(datasetEnd, logStartMs));
}

import type { LoggedEvent } from '../ports/event-log.ts';

/** Seconds that one step of the log counts at most, and by which a clock may be behind without having been set. */
const DAY = 86_400;

/** What a clock of the log needs to go on later, in seconds. */
export interface LogClockState {
  /** The end of the dataset: no log time is before it. */
  readonly start: number;
  /** Log time of the latest event; at first, the start. */
  readonly latest: number;
  /** What to subtract from the time that an event states. */
  readonly offset: number;
  /** The offset before that: a clock that was wrong for a moment comes back to it. */
  readonly earlierOffset: number;
}

/**
 * The time of the log, made from the times that its events state. It never goes back, and it passes by at most a day
 * from one event to the next:
 *
 * - A dataset may be years old when it is first served. If these years counted, every item of the dataset would look
 *   stale beside the first item that a visitor clicks. So a longer gap counts as one day, before the log and in it.
 * - An event of a clock that was wrong, years behind or ahead, moves the time by a day at most, and the events after it
 *   are as far apart as ever.
 * - Nothing is before the dataset's last event.
 */
export interface LogClock {
  /** Returns the event's log time in seconds. Call it for each event once, in the order of the log. */
  advance(event: Pick<LoggedEvent, 'sequence' | 'atMs'>): number;
  /** Returns the log time of an event that the clock has passed. */
  timeOf(event: Pick<LoggedEvent, 'sequence' | 'atMs'>): number;
  /** Returns the seconds by which log time is behind the time that the last event states. */
  gap(): number;
  state(): LogClockState;
}

/** Returns a clock before the first event of a log that follows this dataset. @param datasetEnd Seconds since 1970. */
export function startOfLog(datasetEnd: number): LogClockState {
  return { start: datasetEnd, latest: datasetEnd, offset: 0, earlierOffset: 0 };
}

/**
 * Creates a clock that goes on from a state. A log without wrong clocks and long gaps keeps the times it states.
 *
 * @remarks O(1) for each event; remembers the events at which it was corrected.
 */
export function createLogClock(from: LogClockState): LogClock {
  const { start } = from;
  let { latest, offset, earlierOffset } = from;
  /** The offset from each of these sequences on. */
  const changes: { readonly fromSequence: number; readonly offset: number }[] = [{ fromSequence: 0, offset }];
  /** Log times of events that state an earlier time than the event before them. */
  const corrected = new Map<number, number>();

  function setOffset(next: number, fromSequence: number): void {
    earlierOffset = offset;
    offset = next;
    changes.push({ fromSequence, offset });
  }

  function statedTime({ sequence, atMs }: Pick<LoggedEvent, 'sequence' | 'atMs'>): number {
    let at = changes.length - 1;
    while (at > 0 && changes[at]!.fromSequence > sequence) at--;
    return Math.max(start, atMs / 1000 - changes[at]!.offset);
  }

  return {
    advance(event) {
      const stated = event.atMs / 1000;
      const isNear = (of: number): boolean => Math.abs(stated - of - latest) <= DAY;
      // What states a time before the data says nothing of the clock of the events after it.
      if (stated >= start && !isNear(offset)) {
        if (isNear(earlierOffset)) setOffset(earlierOffset, event.sequence);
        else setOffset(stated - (stated - offset > latest ? latest + DAY : latest), event.sequence);
      }
      const time = statedTime(event);
      if (time < latest) corrected.set(event.sequence, latest);
      latest = Math.max(latest, time);
      return latest;
    },
    timeOf: (event) => corrected.get(event.sequence) ?? statedTime(event),
    gap: () => offset,
    state: () => ({ start, latest, offset, earlierOffset }),
  };
}

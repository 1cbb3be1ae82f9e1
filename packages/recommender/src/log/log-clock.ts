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
  /**
   * Returns the event's log time in seconds. Call it for each event once, in the order of the log. An event whose
   * client says when it happened moves the clock to when it was received, and has an earlier time of its own.
   */
  advance(event: TimedEvent): number;
  /** Returns the log time of an event that the clock has passed. */
  timeOf(event: TimedEvent): number;
  /**
   * Returns the seconds to subtract from the time of a request, so that it is on the clock of the data and of the log:
   * what would be subtracted from an event at that time.
   *
   * @param asOf Seconds since 1970.
   */
  gapAt(asOf: number): number;
  state(): LogClockState;
}

type TimedEvent = Pick<LoggedEvent, 'sequence' | 'atMs' | 'receivedMs'>;

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

  function offsetAt(sequence: number): number {
    let at = changes.length - 1;
    while (at > 0 && changes[at]!.fromSequence > sequence) at--;
    return changes[at]!.offset;
  }

  function statedTime({ sequence, atMs, receivedMs = atMs }: TimedEvent): number {
    return Math.max(start, receivedMs / 1000 - offsetAt(sequence));
  }

  /**
   * The log time of an event that happened before it was received. The data's own years are as they are; the years
   * between the data and the log, which count as one day, are that day: so the order of what happened stays.
   */
  function ownTime({ sequence, atMs }: TimedEvent): number {
    const offset = offsetAt(sequence);
    const stated = atMs / 1000;
    if (offset <= 0 || stated <= start) return stated;
    const isBetween = stated - offset < start + DAY;
    return isBetween ? start + ((stated - start) * DAY) / (DAY + offset) : stated - offset;
  }

  const timeOf = (event: TimedEvent): number =>
    corrected.get(event.sequence) ?? (event.receivedMs === undefined ? statedTime(event) : ownTime(event));

  return {
    advance(event) {
      const stated = (event.receivedMs ?? event.atMs) / 1000;
      const isNear = (of: number): boolean => Math.abs(stated - of - latest) <= DAY;
      // What states a time before the data says nothing of the clock of the events after it.
      if (stated >= start && !isNear(offset)) {
        if (isNear(earlierOffset)) setOffset(earlierOffset, event.sequence);
        else setOffset(stated - (stated - offset > latest ? latest + DAY : latest), event.sequence);
      }
      const time = statedTime(event);
      latest = Math.max(latest, time);
      const own = event.receivedMs === undefined ? time : ownTime(event);
      if (event.receivedMs === undefined ? time < latest : own > latest) corrected.set(event.sequence, latest);
      return event.receivedMs === undefined ? latest : Math.min(latest, own);
    },
    timeOf,
    gapAt(asOf) {
      const isNear = (of: number): boolean => Math.abs(asOf - of - latest) <= DAY;
      if (isNear(offset)) return offset;
      if (isNear(earlierOffset)) return earlierOffset;
      return asOf - offset > latest ? asOf - latest - DAY : offset;
    },
    state: () => ({ start, latest, offset, earlierOffset }),
  };
}

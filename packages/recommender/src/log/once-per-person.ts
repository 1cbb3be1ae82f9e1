import { PERSON_WINDOW_DAYS, personWindowOf } from '@matinee/models/retrieval';
import { defined } from '@matinee/numerics';
import type { LoggedEvent } from '../ports/event-log.ts';
import type { LogClock } from './log-clock.ts';
import { type CountableEvent, isCountable, type LogStep } from './read-log.ts';

/** What the strength of an event depends on. */
export type Weighed = Pick<CountableEvent, 'type' | 'share'>;

/** An event that counts for its user, item and window, at its log time in seconds. */
interface PersonalCount {
  readonly event: Weighed & { readonly sequence: number };
  readonly time: number;
}

/** What a step of the log adds to counts of many people, or takes out of them. */
export interface CountChange extends PersonalCount {
  readonly sign: 1 | -1;
}

/** Turns steps of the log into changes of counts in which one person counts once for an item and window. */
export interface PersonalCounts {
  /**
   * Returns what the step changes: nothing, an event that is added or taken out, or one that takes another's place.
   *
   * @param time The step's log time: what the clock's `advance` returned.
   */
  changesOf(step: LogStep, time: number): readonly CountChange[];
}

interface PersonalCountsOptions {
  /** Length of the windows, which begin at multiples of it. */
  readonly windowDays: number;
  /** What an event is worth; it counts if this is above 0, and the strongest counts. */
  readonly strengthOf: (event: Weighed) => number;
  /** The clock of all steps. */
  readonly clock: Pick<LogClock, 'timeOf'>;
  /** Steps up to this sequence were never seen: what they did is not taken back. */
  readonly afterSequence?: number;
}

/** Window of what people are recommended by: a title that somebody watches twice in a month is liked once. */
export const TASTE_WINDOW_DAYS = PERSON_WINDOW_DAYS;

/** Returns the number of the window of {@link TASTE_WINDOW_DAYS} that a log time in seconds is in. */
export const tasteWindowOf = personWindowOf;

const DAY = 86_400;

/**
 * Of each user's events with an item, counts one a window of log time: the strongest of those that are not undone, and
 * the first of equally strong ones. So repeating an event changes nothing, and an undo brings back what the undone
 * event had replaced, in any order.
 *
 * @remarks O(1) an event; remembers the pairs of users and items of the present window. Earlier windows only change by
 * undos and by events that happened before they were received, and these bring what they need.
 */
export function createPersonalCounts(options: PersonalCountsOptions): PersonalCounts {
  const { windowDays, strengthOf, clock, afterSequence = 0 } = options;
  const windowOf = (time: number): number => Math.floor(time / (windowDays * DAY));
  /** By user and item: what counts in the present window. */
  const counting = new Map<string, Map<string, PersonalCount>>();
  let present = Number.NEGATIVE_INFINITY;

  function remember({ userId, itemId }: LoggedEvent, count: PersonalCount | undefined): void {
    const ofUser = counting.get(userId) ?? new Map<string, PersonalCount>();
    if (count === undefined) ofUser.delete(itemId);
    else ofUser.set(itemId, count);
    if (ofUser.size === 0) counting.delete(userId);
    else counting.set(userId, ofUser);
  }

  /** Strongest first; of equally strong events, the first. */
  function strongestOf(events: readonly CountableEvent[], window: number): CountableEvent | undefined {
    return events
      .filter((event) => event.sequence > afterSequence && strengthOf(event) > 0)
      .filter((event) => windowOf(clock.timeOf(event)) === window)
      .sort((a, b) => strengthOf(b) - strengthOf(a) || a.sequence - b.sequence)[0];
  }

  function add(event: CountableEvent, time: number): readonly CountChange[] {
    if (!(strengthOf(event) > 0)) return [];
    const before = counting.get(event.userId)?.get(event.itemId);
    if (before !== undefined && strengthOf(before.event) >= strengthOf(event)) return [];
    const after = toCount(event, time);
    remember(event, after);
    return replace(before, after);
  }

  /** Adds an event that happened before it was received, maybe in an earlier window. */
  function addLate(event: CountableEvent, others: readonly LoggedEvent[]): readonly CountChange[] {
    const standing = others.filter(isCountable);
    const window = windowOf(clock.timeOf(event));
    const before = strongestOf(standing, window);
    const after = strongestOf([...standing, event], window);
    if (after === undefined || after === before) return [];
    const counted = toCount(after, clock.timeOf(after));
    if (window === present) remember(event, counted);
    return replace(before && toCount(before, clock.timeOf(before)), counted);
  }

  function takeBack(undone: readonly CountableEvent[], others: readonly LoggedEvent[]): readonly CountChange[] {
    const standing = others.filter(isCountable);
    const windows = new Set(undone.map((event) => windowOf(clock.timeOf(event))));
    return Array.from(windows).flatMap((window) => {
      const counted = strongestOf([...undone, ...standing], window);
      if (counted === undefined || !undone.includes(counted)) return [];
      const next = strongestOf(standing, window);
      const after = next && toCount(next, clock.timeOf(next));
      if (window === present) remember(counted, after);
      return replace(toCount(counted, clock.timeOf(counted)), after);
    });
  }

  return {
    changesOf(step, time) {
      const window = windowOf(time);
      if (window > present) {
        counting.clear();
        present = window;
      }
      if (step.undone !== undefined) return takeBack(step.undone.filter(isCountable), step.othersOfPair ?? []);
      if (!isCountable(step.event)) return [];
      return step.event.receivedMs === undefined ? add(step.event, time) : addLate(step.event, step.othersOfPair ?? []);
    },
  };
}

function toCount({ sequence, type, share }: CountableEvent, time: number): PersonalCount {
  return { event: { sequence, type, ...defined({ share }) }, time };
}

function replace(before: PersonalCount | undefined, after: PersonalCount | undefined): CountChange[] {
  return [...(before ? [{ ...before, sign: -1 } as const] : []), ...(after ? [{ ...after, sign: 1 } as const] : [])];
}

import { type EventLog, type FeedbackType, type LoggedEvent, UNDOABLE_BY_NAME } from '../ports/event-log.ts';

/** One event of the log, with the event it undoes. */
export interface LogStep {
  readonly event: LoggedEvent;
  /** With an undo: the event it undoes. Absent if there is none, or if it was undone before. */
  readonly undone?: LoggedEvent;
  /** With `undone`: what its user did with the same item before the undo and has not undone. */
  readonly othersOfPair?: readonly LoggedEvent[];
}

/** Counts built from the log step by step: equal logs give equal counts, across restarts too. */
export interface LogFold {
  /** Sequence of the last counted event; 0 before the first. */
  throughSequence(): number;
  /** Must be the next event of the log. */
  apply(step: LogStep): void;
}

/** An event to add to counts (1) or to subtract from them (−1). */
export interface CountedEvent {
  readonly event: LoggedEvent & { readonly type: Exclude<FeedbackType, 'undo'> };
  readonly sign: 1 | -1;
}

/** Returns the event that a step adds or subtracts; undefined for an undo without effect. */
export function countedEventOf({ event, undone }: LogStep): CountedEvent | undefined {
  if (isCountable(event)) return { event, sign: 1 };
  return undone !== undefined && isCountable(undone) ? { event: undone, sign: -1 } : undefined;
}

/** Whether counts may read the event: anything but an undo. */
export function isCountable(event: LoggedEvent): event is CountedEvent['event'] {
  return event.type !== 'undo';
}

const PAGE = 1000;
/** More of one person's events with one item are not looked at: a flood of undos must not make every reader slow. */
const MAX_EVENTS_OF_PAIR = 60;

/** Reads the log after a sequence, in order and in pages. */
export async function* readLog(log: EventLog, afterSequence: number): AsyncGenerator<LogStep> {
  for (let after = afterSequence; ; ) {
    const page = await log.eventsAfter(after, PAGE);
    const last = page.at(-1);
    if (last === undefined) return;
    for (const { undone, ...event } of page) {
      yield { event, ...(undone && { undone, othersOfPair: await findOthersOfPair(log, event, undone) }) };
    }
    if (page.length < PAGE) return;
    after = last.sequence;
  }
}

/**
 * Returns what the user did with the item of the undone event before the undo and has not undone, without impressions:
 * the latest of it if there is very much.
 */
async function findOthersOfPair(log: EventLog, undo: LoggedEvent, undone: LoggedEvent): Promise<LoggedEvent[]> {
  const earlier = await log.eventsOfUser(undo.userId, {
    limit: MAX_EVENTS_OF_PAIR,
    beforeSequence: undo.sequence,
    itemId: undone.itemId,
    types: UNDOABLE_BY_NAME,
  });
  return earlier.filter(
    ({ eventId, undoneBy = Number.POSITIVE_INFINITY }) => eventId !== undone.eventId && undoneBy > undo.sequence,
  );
}

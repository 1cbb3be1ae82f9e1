import {
  type EventLog,
  type FeedbackType,
  type LoggedEvent,
  MAX_EVENTS_OF_PAIR,
  UNDOABLE_BY_NAME,
} from '../ports/event-log.ts';

/** One event of the log, with the events it undoes. */
export interface LogStep {
  readonly event: LoggedEvent;
  /** With an undo: the events it undoes, of one item and type, oldest first. Absent if there is none. */
  readonly undone?: readonly LoggedEvent[];
  /**
   * With `undone`, or an event that happened before it was received: what its user did with the same item before this
   * step of the log and has not undone.
   */
  readonly othersOfPair?: readonly LoggedEvent[];
}

/** Counts built from the log step by step: equal logs give equal counts, across restarts too. */
export interface LogFold {
  /** Sequence of the last counted event; 0 before the first. */
  throughSequence(): number;
  /** Must be the next event of the log. */
  apply(step: LogStep): void;
}

/** An event that counts may read: anything but an undo. */
export type CountableEvent = LoggedEvent & { readonly type: Exclude<FeedbackType, 'undo'> };

/** Whether counts may read the event: it is no undo, and was not undone before it came. */
export function isCountable(event: LoggedEvent): event is CountableEvent {
  return event.type !== 'undo' && !isUndoneBefore(event);
}

/** Whether the event never held: its undo is earlier in the log. */
function isUndoneBefore({ sequence, undoneBy }: LoggedEvent): boolean {
  return undoneBy !== undefined && undoneBy < sequence;
}

/** Returns the user and the item that the step says something of. */
export function subjectOf({ event, undone }: LogStep): Pick<LoggedEvent, 'userId' | 'itemId'> {
  return undone?.[0] ?? event;
}

const PAGE = 1000;

/** Reads the log after a sequence, in order and in pages. */
export async function* readLog(log: EventLog, afterSequence: number): AsyncGenerator<LogStep> {
  for (let after = afterSequence; ; ) {
    const page = await log.eventsAfter(after, PAGE);
    const last = page.at(-1);
    if (last === undefined) return;
    for (const { undone, othersOfPair, ...event } of page) {
      const others = undone ? await findOthersOfPair(log, event, undone[0]!) : othersOfPair;
      yield {
        event,
        ...(undone && { undone }),
        ...(others && { othersOfPair: standingBefore(others, event.sequence) }),
      };
    }
    if (page.length < PAGE) return;
    after = last.sequence;
  }
}

/**
 * Returns what the user did with the item of the undone events before the undo and what it did not undo, without
 * impressions: the latest of it if there is very much.
 */
async function findOthersOfPair(
  log: EventLog,
  undo: LoggedEvent,
  { itemId }: LoggedEvent,
): Promise<readonly LoggedEvent[]> {
  return log.eventsOfUser(undo.userId, {
    limit: MAX_EVENTS_OF_PAIR,
    beforeSequence: undo.sequence,
    itemId,
    types: UNDOABLE_BY_NAME,
    notUndoneBy: undo.sequence,
  });
}

function standingBefore(events: readonly LoggedEvent[], sequence: number): LoggedEvent[] {
  return events.filter(({ undoneBy = Number.POSITIVE_INFINITY }) => undoneBy > sequence);
}

import type { EventLog, FeedbackType, LoggedEvent } from '../ports/event-log.ts';

/** One event of the log, with what is needed to count it. */
export interface LogStep {
  readonly event: LoggedEvent;
  /** With an undo: the event that it takes back. Absent where it takes back nothing, or nothing more. */
  readonly undone?: LoggedEvent;
  /** When the log's first event happened, milliseconds since 1970. */
  readonly logStartMs: number;
}

/** Something counted from the log, step by step: equal logs give equal counts, wherever a process began or stopped. */
export interface LogFold {
  /** Place in the log of the last event that is counted; 0 before the first. */
  throughSequence(): number;
  /** Must be the next event of the log. */
  apply(step: LogStep): void;
}

/** What an event adds to counts, or takes back from them. */
export interface CountedEvent {
  readonly event: LoggedEvent & { readonly type: Exclude<FeedbackType, 'undo'> };
  readonly sign: 1 | -1;
}

/** `undefined`: an undo that takes back nothing. */
export function countedEventOf({ event, undone }: LogStep): CountedEvent | undefined {
  if (isStatement(event)) return { event, sign: 1 };
  return undone !== undefined && isStatement(undone) ? { event: undone, sign: -1 } : undefined;
}

function isStatement(event: LoggedEvent): event is CountedEvent['event'] {
  return event.type !== 'undo';
}

const PAGE = 1000;
/** As many as a user may have; see `STATE_EVENT_TYPES`. */
const MAX_EVENTS_OF_USER = 1_000_000;

/**
 * The log behind a place, in order.
 *
 * What an undo takes back is looked up among the same user's events, so that nobody who counts need remember events for
 * as long as they could be undone.
 */
export async function* readLog(log: EventLog, afterSequence: number): AsyncGenerator<LogStep> {
  for (let after = afterSequence; ; ) {
    const page = await log.eventsAfter(after, PAGE);
    const last = page.at(-1);
    if (last === undefined) return;
    const logStartMs = await startOf(log);
    for (const event of page) {
      const undone = event.type === 'undo' ? await findUndone(log, event) : undefined;
      yield { event, logStartMs, ...(undone && { undone }) };
    }
    if (page.length < PAGE) return;
    after = last.sequence;
  }
}

/** A log's first event stays its first: it is looked up once, and not at every event that is added. */
const starts = new WeakMap<EventLog, number>();

async function startOf(log: EventLog): Promise<number> {
  const startMs = starts.get(log) ?? (await log.eventsAfter(0, 1))[0]!.atMs;
  starts.set(log, startMs);
  return startMs;
}

/** Among what a user said; what was on a screen stays so. */
async function findUndone(log: EventLog, undo: LoggedEvent): Promise<LoggedEvent | undefined> {
  const earlier = await log.eventsOfUser(undo.userId, {
    limit: MAX_EVENTS_OF_USER,
    beforeSequence: undo.sequence,
    types: ['like', 'dislike', 'watched', 'skip', 'click', 'undo'],
  });
  if (earlier.some(({ undoes }) => undoes === undo.undoes)) return undefined;
  return earlier.find(({ eventId, type }) => eventId === undo.undoes && type !== 'undo');
}

import type { EventLog, FeedbackType, LoggedEvent } from '../ports/event-log.ts';

/** One event of the log, with the event it undoes. */
export interface LogStep {
  readonly event: LoggedEvent;
  /** With an undo: the event it undoes. Absent if there is none, or if it was undone before. */
  readonly undone?: LoggedEvent;
  /** Time of the log's first event, milliseconds since 1970. */
  readonly logStartMs: number;
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

function isCountable(event: LoggedEvent): event is CountedEvent['event'] {
  return event.type !== 'undo';
}

const PAGE = 1000;

/** Reads the log after a sequence, in order and in pages. */
export async function* readLog(log: EventLog, afterSequence: number): AsyncGenerator<LogStep> {
  for (let after = afterSequence; ; ) {
    const page = await log.eventsAfter(after, PAGE);
    const last = page.at(-1);
    if (last === undefined) return;
    const logStartMs = await startOf(log);
    for (const { undone, ...event } of page) yield { event, logStartMs, ...(undone && { undone }) };
    if (page.length < PAGE) return;
    after = last.sequence;
  }
}

/** Start of each log, milliseconds since 1970: it never changes, so it is read once. */
const starts = new WeakMap<EventLog, number>();

async function startOf(log: EventLog): Promise<number> {
  const startMs = starts.get(log) ?? (await log.eventsAfter(0, 1))[0]!.atMs;
  starts.set(log, startMs);
  return startMs;
}

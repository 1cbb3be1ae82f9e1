import type { EventType } from '@matinee/models/data';
import { defined } from '@matinee/numerics';
import { EVENT_TYPE_OF } from '../log/dataset-with-log.ts';
import { readLog } from '../log/read-log.ts';
import type { EventLog, FeedbackType, LoggedEvent } from '../ports/event-log.ts';

/** An event of the log as a row to learn from: what somebody did, and what they had been shown. */
export interface AttributedEvent {
  readonly event_id: string;
  readonly user: string;
  readonly item: string;
  /** As data sets call it. */
  readonly type: EventType;
  /** Seconds since 1970. */
  readonly time: number;
  /** Whether the title was on their screen before: of an impression itself, true. */
  readonly shown: boolean;
  /** The impression that it follows from, and where on which page that was. */
  readonly impression_id?: string;
  readonly request_id?: string;
  readonly row_id?: string;
  readonly position?: number;
}

/** What happens to a title this long after it was seen no longer follows from that. */
const WINDOW_MS = 86_400_000;

/**
 * Joins what people did with what they were shown: an event follows from the impression of the same title to the same user
 * in the answer that it names, or else from the latest one of the day before. An impression that no row names was
 * passed over: with the rows that name one, what a click model is fitted on.
 *
 * What was taken back is left out, and so are undos.
 *
 * @remarks Two passes over the log; holds the impressions of a day.
 */
export async function* attributeFeedback(log: EventLog): AsyncGenerator<AttributedEvent> {
  const undone = new Set<string>();
  for await (const step of readLog(log, 0)) if (step.undone !== undefined) undone.add(step.undone.eventId);
  const impressions = new Map<string, LoggedEvent[]>();
  let forgottenAtMs = 0;
  for await (const { event } of readLog(log, 0)) {
    if (event.type === 'undo' || undone.has(event.eventId)) continue;
    if (event.atMs - forgottenAtMs > WINDOW_MS) {
      forgetBefore(impressions, event.atMs - WINDOW_MS);
      forgottenAtMs = event.atMs;
    }
    const key = `${event.userId}\n${event.itemId}`;
    const isImpression = event.type === 'impression';
    const impression = isImpression ? event : impressionBefore(impressions.get(key) ?? [], event);
    if (isImpression) impressions.set(key, [...(impressions.get(key) ?? []), event]);
    yield toRow(event, event.type, impression);
  }
}

function impressionBefore(seen: readonly LoggedEvent[], event: LoggedEvent): LoggedEvent | undefined {
  const recent = seen.filter(({ atMs }) => atMs > event.atMs - WINDOW_MS);
  return recent.findLast(({ requestId }) => requestId !== undefined && requestId === event.requestId) ?? recent.at(-1);
}

function toRow(
  event: LoggedEvent,
  type: Exclude<FeedbackType, 'undo'>,
  impression: LoggedEvent | undefined,
): AttributedEvent {
  // What the client said itself comes first: it may know more than what reached the log before.
  const { requestId, rowId, position } = { ...impression, ...event };
  return {
    event_id: event.eventId,
    user: event.userId,
    item: event.itemId,
    type: EVENT_TYPE_OF[type],
    time: event.atMs / 1000,
    shown: impression !== undefined,
    ...(impression !== undefined && impression !== event ? { impression_id: impression.eventId } : {}),
    ...defined({ request_id: requestId, row_id: rowId, position }),
  };
}

function forgetBefore(impressions: Map<string, LoggedEvent[]>, atMs: number): void {
  for (const [key, seen] of impressions) {
    const kept = seen.filter((impression) => impression.atMs > atMs);
    if (kept.length === 0) impressions.delete(key);
    else impressions.set(key, kept);
  }
}

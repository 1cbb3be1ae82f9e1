import type { EventType } from '@matinee/models/data';
import { defined } from '@matinee/numerics';
import { eventTypeOf } from '../log/dataset-with-log.ts';
import { type CountableEvent, isCountable, readLog } from '../log/read-log.ts';
import type { EventLog, LoggedEvent } from '../ports/event-log.ts';

/** A logged event with the impression that it follows from: a training example. */
export interface AttributedEvent {
  readonly event_id: string;
  readonly user: string;
  readonly item: string;
  /** The dataset's event type. */
  readonly type: EventType;
  /** Seconds since 1970. */
  readonly time: number;
  /** Whether the item was shown before; true for an impression itself. */
  readonly shown: boolean;
  /** The impression that the event follows from, and its place on the page. */
  readonly impression_id?: string;
  readonly request_id?: string;
  readonly row_id?: string;
  readonly position?: number;
  /** From 1 to 5; its type follows from it. */
  readonly rating?: number;
  /** Share that was watched, 0 to 1; its type follows from it. */
  readonly share?: number;
}

/** An event this long after an impression no longer follows from it. */
const WINDOW_MS = 86_400_000;
/** An event that was received later than this after it happened follows from no impression. */
const MAX_LATE_MS = 7 * WINDOW_MS;

/**
 * Joins events with the impressions they follow from: the same user's impression of the item in the response that the
 * event names, or else the latest within a day before. An impression that no event names was ignored; together they are
 * the data for a click model.
 *
 * Undone events and undos are left out.
 *
 * @remarks Two passes over the log; holds the impressions of a day.
 */
export async function* attributeFeedback(log: EventLog): AsyncGenerator<AttributedEvent> {
  const undone = new Set<number>();
  /** How long after it happened an event was received at most. */
  let latestMs = 0;
  for await (const { event, undone: removed = [] } of readLog(log, 0)) {
    for (const { sequence } of removed) undone.add(sequence);
    latestMs = Math.max(latestMs, Math.min(MAX_LATE_MS, (event.receivedMs ?? event.atMs) - event.atMs));
  }
  const impressions = new Map<string, LoggedEvent[]>();
  let forgottenAtMs = 0;
  for await (const { event } of readLog(log, 0)) {
    if (undone.has(event.sequence) || !isCountable(event)) continue;
    const receivedMs = event.receivedMs ?? event.atMs;
    if (receivedMs - forgottenAtMs > WINDOW_MS) {
      forgetBefore(impressions, receivedMs - WINDOW_MS - latestMs);
      forgottenAtMs = receivedMs;
    }
    const key = `${event.userId}\n${event.itemId}`;
    const isImpression = event.type === 'impression';
    const impression = isImpression ? event : impressionBefore(impressions.get(key) ?? [], event);
    if (isImpression) impressions.set(key, [...(impressions.get(key) ?? []), event]);
    yield toAttributedEvent(event, impression);
  }
}

function impressionBefore(seen: readonly LoggedEvent[], event: LoggedEvent): LoggedEvent | undefined {
  const recent = seen.filter(({ atMs, sequence }) => {
    const isBefore = event.receivedMs === undefined ? sequence < event.sequence : atMs <= event.atMs;
    return isBefore && atMs > event.atMs - WINDOW_MS;
  });
  return recent.findLast(({ requestId }) => requestId !== undefined && requestId === event.requestId) ?? recent.at(-1);
}

function toAttributedEvent(event: CountableEvent, impression: LoggedEvent | undefined): AttributedEvent {
  // The client's own values take precedence: it may know more than the log.
  const { requestId, rowId, position } = { ...impression, ...event };
  const { rating, share } = event;
  return {
    event_id: event.eventId,
    user: event.userId,
    item: event.itemId,
    type: eventTypeOf(event),
    time: event.atMs / 1000,
    shown: impression !== undefined,
    ...(impression !== undefined && impression !== event ? { impression_id: impression.eventId } : {}),
    ...defined({ request_id: requestId, row_id: rowId, position, rating, share }),
  };
}

function forgetBefore(impressions: Map<string, LoggedEvent[]>, atMs: number): void {
  for (const [key, seen] of impressions) {
    const kept = seen.filter((impression) => impression.atMs > atMs);
    if (kept.length === 0) impressions.delete(key);
    else impressions.set(key, kept);
  }
}

import { readStored, removeStored, storedKeys, writeStored } from '../api/stored.ts';
import type { EventStore, QueuedEvent } from './outbox.ts';

const PREFIX = 'matinee.outbox.';
/** Where an earlier version of the page stored all waiting events as one list. */
const OLD_LIST = 'matinee.outbox';

interface StoredEvent {
  /** When it was added, in milliseconds since 1970, and which one it was of its tab. */
  readonly atMs: number;
  readonly count: number;
  readonly queued: QueuedEvent;
}

/**
 * The waiting events in localStorage, one key each: tabs that add at the same time overwrite nothing of each other.
 * Without storage, events are held for this visit.
 */
export function createEventStore(now: () => number = Date.now): EventStore {
  const unstored = new Map<string, StoredEvent>();
  let count = 0;

  function add(events: readonly QueuedEvent[]): void {
    for (const queued of events) {
      const stored = { atMs: now(), count: count++, queued };
      const key = PREFIX + queued.event.eventId;
      if (!writeStored(key, stored)) unstored.set(key, stored);
    }
  }

  add(readStored<readonly QueuedEvent[]>(OLD_LIST) ?? []);
  removeStored(OLD_LIST);
  return {
    all: () =>
      [...storedKeys(PREFIX).flatMap((key) => readStored<StoredEvent>(key) ?? []), ...unstored.values()]
        .sort((a, b) => a.atMs - b.atMs || a.count - b.count)
        .map(({ queued }) => queued),
    add,
    remove(eventIds) {
      for (const eventId of eventIds) {
        unstored.delete(PREFIX + eventId);
        removeStored(PREFIX + eventId);
      }
    },
  };
}

/** Whether a stored key is of a waiting event. */
export const isWaitingEvent = (key: string): boolean => key.startsWith(PREFIX);

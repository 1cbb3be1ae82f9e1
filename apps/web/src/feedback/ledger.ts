import type { FeedbackState } from '@matinee/contract';

/** The kinds of feedback that a viewer can give on a title. */
export type FeedbackAction = 'like' | 'dislike' | 'watched' | 'skip';

/** Feedback that was given in this visit. */
interface LocalEvent {
  readonly eventId: string;
  readonly type: FeedbackAction;
}

interface LedgerEntry {
  /** The server's state before the first local event; undefined until a card of the title has been drawn. */
  readonly base: FeedbackState | undefined;
  readonly events: readonly LocalEvent[];
}

const NO_FEEDBACK: FeedbackState = { taste: null, watched: false, skipped: false };

/** The state after one more event. Like and dislike replace each other; watched and skipped are independent. */
export function applyEvent(state: FeedbackState, type: FeedbackAction): FeedbackState {
  switch (type) {
    case 'like':
    case 'dislike':
      return { ...state, taste: type };
    case 'watched':
      return { ...state, watched: true };
    case 'skip':
      return { ...state, skipped: true };
    default:
      return type satisfies never;
  }
}

export function isOn(state: FeedbackState, type: FeedbackAction): boolean {
  if (type === 'watched') return state.watched;
  if (type === 'skip') return state.skipped;
  return state.taste === type;
}

/** The state after all local events of an entry; `server` stands in for a base that is not known. */
function replay({ base, events }: LedgerEntry, server: FeedbackState): FeedbackState {
  return events.reduce((state, { type }) => applyEvent(state, type), base ?? server);
}

function likedIn(entries: ReadonlyMap<string, LedgerEntry>, userIdx: number): readonly number[] {
  const liked: number[] = [];
  for (const [key, entry] of entries) {
    const [user, item] = key.split(':');
    if (Number(user) === userIdx && replay(entry, NO_FEEDBACK).taste === 'like') liked.push(Number(item));
  }
  return liked;
}

/**
 * Holds the feedback of this visit, so that the page shows it before the server has stored it. The state of a title is
 * its base, a snapshot of the server's state, with the local events replayed on it. Removing one event (an undo, or the
 * rollback of one that could not be stored) keeps the others, and late responses change nothing.
 */
export function createLedger() {
  const entries = new Map<string, LedgerEntry>();
  const listeners = new Set<() => void>();
  const keyOf = (userIdx: number, itemIdx: number) => `${userIdx}:${itemIdx}`;
  const changed = () => {
    for (const listener of listeners) listener();
  };

  return {
    subscribe(listener: () => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    /** The entry itself: the same object until it changes, so that React can compare it. */
    entryOf: (userIdx: number, itemIdx: number): LedgerEntry | undefined => entries.get(keyOf(userIdx, itemIdx)),

    /** The state to show, given what the server last said. */
    stateOf(userIdx: number, itemIdx: number, server: FeedbackState): FeedbackState {
      const entry = entries.get(keyOf(userIdx, itemIdx));
      if (!entry) return server;
      return replay(entry, server);
    },

    record(userIdx: number, itemIdx: number, event: LocalEvent, server: FeedbackState | undefined): void {
      const key = keyOf(userIdx, itemIdx);
      const entry = entries.get(key) ?? { base: server, events: [] };
      if (entry.events.some(({ eventId }) => eventId === event.eventId)) return;
      entries.set(key, { base: entry.base ?? server, events: [...entry.events, event] });
      changed();
    },

    /** Removes one event and returns it, so that it can be put back. */
    remove(userIdx: number, itemIdx: number, eventId: string): LocalEvent | undefined {
      const key = keyOf(userIdx, itemIdx);
      const entry = entries.get(key);
      const event = entry?.events.find((candidate) => candidate.eventId === eventId);
      if (!entry || !event) return undefined;
      entries.set(key, { ...entry, events: entry.events.filter((candidate) => candidate !== event) });
      changed();
      return event;
    },

    /** Drops the local events of a title; `server` is its state until the server sends a new one. */
    reset(userIdx: number, itemIdx: number, server: FeedbackState): void {
      entries.set(keyOf(userIdx, itemIdx), { base: server, events: [] });
      changed();
    },

    forget(userIdx: number, itemIdx: number): void {
      if (entries.delete(keyOf(userIdx, itemIdx))) changed();
    },

    /** The latest local event of this kind. */
    latest: (userIdx: number, itemIdx: number, type: FeedbackAction): LocalEvent | undefined =>
      entries.get(keyOf(userIdx, itemIdx))?.events.findLast((event) => event.type === type),

    /** Items liked in this visit, for the wording of reasons and the count on the welcome page. */
    likedItems(userIdx: number): readonly number[] {
      return likedIn(entries, userIdx);
    },
  };
}

import type { FeedbackState } from '@matinee/contract';

/** What a viewer can say of a title. */
export type FeedbackAction = 'like' | 'dislike' | 'watched' | 'skip';

/** Something said in this visit. */
interface LocalEvent {
  readonly eventId: string;
  readonly type: FeedbackAction;
}

interface Entry {
  /** What the server knew before the first local event; undefined until a card of the title has been drawn. */
  readonly base: FeedbackState | undefined;
  readonly events: readonly LocalEvent[];
}

const NOTHING: FeedbackState = { taste: null, watched: false, skipped: false };

/** The state after one more event. Like and dislike replace each other; watched and skipped stand beside them. */
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

/**
 * What the viewer said in this visit, shown at once and before the server knows. The state of a title is its base, a
 * snapshot of what the server said, with the local events replayed on it: taking one event out (an undo, or a
 * rollback of one that could not be stored) leaves the others standing, and answers that arrive late change nothing.
 */
export function createLedger() {
  const entries = new Map<string, Entry>();
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

    /** The entry itself, the same object until it changes: what React compares. */
    entryOf: (userIdx: number, itemIdx: number): Entry | undefined => entries.get(keyOf(userIdx, itemIdx)),

    /** The state to show, given what the server last said. */
    stateOf(userIdx: number, itemIdx: number, server: FeedbackState): FeedbackState {
      const entry = entries.get(keyOf(userIdx, itemIdx));
      if (!entry) return server;
      return entry.events.reduce((state, event) => applyEvent(state, event.type), entry.base ?? server);
    },

    record(userIdx: number, itemIdx: number, event: LocalEvent, server: FeedbackState | undefined): void {
      const key = keyOf(userIdx, itemIdx);
      const entry = entries.get(key) ?? { base: server, events: [] };
      if (entry.events.some(({ eventId }) => eventId === event.eventId)) return;
      entries.set(key, { base: entry.base ?? server, events: [...entry.events, event] });
      changed();
    },

    /** Takes one event out, wherever it stands; returns it, for putting it back. */
    remove(userIdx: number, itemIdx: number, eventId: string): LocalEvent | undefined {
      const key = keyOf(userIdx, itemIdx);
      const entry = entries.get(key);
      const event = entry?.events.find((candidate) => candidate.eventId === eventId);
      if (!entry || !event) return undefined;
      entries.set(key, { ...entry, events: entry.events.filter((candidate) => candidate !== event) });
      changed();
      return event;
    },

    /** Says that the server's word of this title counts again, and what that word is until it is asked. */
    reset(userIdx: number, itemIdx: number, server: FeedbackState): void {
      entries.set(keyOf(userIdx, itemIdx), { base: server, events: [] });
      changed();
    },

    forget(userIdx: number, itemIdx: number): void {
      if (entries.delete(keyOf(userIdx, itemIdx))) changed();
    },

    /** The latest local event of this kind that stands. */
    latest: (userIdx: number, itemIdx: number, type: FeedbackAction): LocalEvent | undefined =>
      entries.get(keyOf(userIdx, itemIdx))?.events.findLast((event) => event.type === type),

    /** Titles liked in this visit, for the words of a reason and the welcome page's count. */
    likedItems(userIdx: number): readonly number[] {
      const liked: number[] = [];
      for (const [key, entry] of entries) {
        const [user, item] = key.split(':');
        if (Number(user) !== userIdx) continue;
        const state = entry.events.reduce((before, event) => applyEvent(before, event.type), entry.base ?? NOTHING);
        if (state.taste === 'like') liked.push(Number(item));
      }
      return liked;
    },
  };
}

import type { FeedbackState } from '@matinee/contract';

/** The kinds of feedback that a viewer can give on a title. */
export type FeedbackAction = 'like' | 'dislike' | 'watched' | 'skip';

/** One thing that the viewer said in this visit: feedback on a title, or the taking back of it. */
interface Note {
  readonly eventId: string;
  readonly type: FeedbackAction;
  /** Present where feedback of that type is taken back: the event that is meant, or null for all of that type. */
  readonly undoes?: string | null;
}

/** A note that waits for the server, or that it has stored at a moment. */
interface HeldNote extends Note {
  readonly storedAt?: number;
}

interface LedgerEntry {
  /** The server's state without the notes; undefined until a card of the title has been drawn or answered. */
  readonly base: FeedbackState | undefined;
  readonly notes: readonly HeldNote[];
}

/** What an answer of the server says about titles. */
interface FeedbackAnswer {
  readonly userIdx: number;
  readonly cards: readonly { readonly itemIdx: number; readonly feedback: FeedbackState }[];
  /** The moment of the request. */
  readonly asOf: number;
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

/** The state without feedback of that type. */
function withoutType(state: FeedbackState, type: FeedbackAction): FeedbackState {
  if (type === 'watched') return { ...state, watched: false };
  if (type === 'skip') return { ...state, skipped: false };
  return state.taste === type ? { ...state, taste: null } : state;
}

/** The state after all notes of an entry; `server` stands in for a base that is not known. */
function replay({ base, notes }: LedgerEntry, server: FeedbackState): FeedbackState {
  const ids = new Set(notes.map(({ eventId }) => eventId));
  const undone = new Set(notes.flatMap(({ undoes }) => undoes ?? []));
  return notes.reduce((state, { eventId, type, undoes }) => {
    if (undoes === undefined) return undone.has(eventId) ? state : applyEvent(state, type);
    // An undo of another note is done by leaving that one out.
    return undoes !== null && ids.has(undoes) ? state : withoutType(state, type);
  }, base ?? server);
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
 * its base, the server's latest word, with the notes of this visit replayed on it. A note ends with the first answer
 * that was requested after the server had stored it: from then on the server's word holds, whoever said what since.
 * An answer that was requested earlier changes no later word.
 *
 * @param nextMoment Returns ascending numbers that order requests and notes.
 */
export function createLedger(nextMoment: () => number) {
  const entries = new Map<string, LedgerEntry>();
  const answeredAt = new Map<string, number>();
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

    /** The state to show; `server` is what a card of the title says, if the ledger knows nothing newer. */
    stateOf(userIdx: number, itemIdx: number, server: FeedbackState): FeedbackState {
      const entry = entries.get(keyOf(userIdx, itemIdx));
      return entry ? replay(entry, server) : server;
    },

    /** @param server The state that the page showed from an answer, if it is known. */
    record(userIdx: number, itemIdx: number, note: Note, server: FeedbackState | undefined): void {
      const key = keyOf(userIdx, itemIdx);
      const entry = entries.get(key) ?? { base: server, notes: [] };
      if (entry.notes.some(({ eventId }) => eventId === note.eventId)) return;
      entries.set(key, { base: entry.base ?? server, notes: [...entry.notes, note] });
      changed();
    },

    /** Marks a note as stored by the server: an answer to a later request includes it. */
    markStored(userIdx: number, itemIdx: number, eventId: string): void {
      const key = keyOf(userIdx, itemIdx);
      const entry = entries.get(key);
      const storedAt = nextMoment();
      if (entry)
        entries.set(key, {
          ...entry,
          notes: entry.notes.map((note) => (note.eventId === eventId ? { ...note, storedAt } : note)),
        });
    },

    /** Removes a note that the server did not store. */
    remove(userIdx: number, itemIdx: number, eventId: string): void {
      const key = keyOf(userIdx, itemIdx);
      const entry = entries.get(key);
      if (!entry?.notes.some((note) => note.eventId === eventId)) return;
      entries.set(key, { ...entry, notes: entry.notes.filter((note) => note.eventId !== eventId) });
      changed();
    },

    /** Takes the server's word on titles. */
    observe({ userIdx, cards, asOf }: FeedbackAnswer): void {
      let isNew = false;
      for (const { itemIdx, feedback } of cards) {
        const key = keyOf(userIdx, itemIdx);
        if (asOf < (answeredAt.get(key) ?? 0)) continue;
        answeredAt.set(key, asOf);
        const entry = entries.get(key);
        const notes = (entry?.notes ?? []).filter(({ storedAt }) => storedAt === undefined || storedAt > asOf);
        if (entry?.base && isSame(entry.base, feedback) && notes.length === entry.notes.length) continue;
        entries.set(key, { base: feedback, notes });
        isNew = true;
      }
      if (isNew) changed();
    },

    /** The latest note of feedback of this kind that was not taken back. */
    latest(userIdx: number, itemIdx: number, type: FeedbackAction): Note | undefined {
      const notes = entries.get(keyOf(userIdx, itemIdx))?.notes ?? [];
      const undone = new Set(notes.flatMap(({ undoes }) => undoes ?? []));
      return notes.findLast((note) => note.type === type && note.undoes === undefined && !undone.has(note.eventId));
    },

    /** Items that the viewer likes as far as the page knows, for the wording of reasons and the welcome page. */
    likedItems(userIdx: number): readonly number[] {
      return likedIn(entries, userIdx);
    },
  };
}

const isSame = (a: FeedbackState, b: FeedbackState): boolean =>
  a.taste === b.taste && a.watched === b.watched && a.skipped === b.skipped;

import type { FeedbackEvent, FeedbackType } from '../ports/event-log.ts';

/** What the user has said of one title, after all undos. */
export interface ItemFeedback {
  /** The later of like and dislike. */
  readonly taste: 'like' | 'dislike' | null;
  readonly watched: boolean;
  readonly skipped: boolean;
  readonly clicked: boolean;
  /** Time of the last statement that still holds, in milliseconds since 1970. */
  readonly atMs: number;
}

/** What a user's feedback amounts to: a pure fold of their events, so any process that reads the log has the same. */
export interface FeedbackState {
  /** By item index, in the order of the last statement that still holds: the latest stands last. */
  readonly byItem: ReadonlyMap<number, ItemFeedback>;
  /** Ids of the events that were taken back. */
  readonly undoneIds: ReadonlySet<string>;
}

export const EMPTY_FEEDBACK: FeedbackState = { byItem: new Map(), undoneIds: new Set() };

/** The types that {@link foldFeedback} reads; what else the log holds can stay there. */
export const STATE_EVENT_TYPES = [
  'like',
  'dislike',
  'watched',
  'skip',
  'click',
  'undo',
] as const satisfies readonly FeedbackType[];

/** What `undo` without a named event can take back. */
const UNDOABLE = new Set<FeedbackType>(['like', 'dislike', 'watched', 'skip']);

/**
 * Folds one user's events into what now holds.
 *
 * An undo takes back exactly one event, whatever came between; what that event had replaced holds again. Like and
 * dislike exclude each other, the later holds. Watched and skip stand beside them. Impressions and events of titles
 * that the catalogue does not know change nothing.
 *
 * @param events Of one user, oldest first.
 * @param indexOf Item index of an external id, −1 for unknown: `vocabulary.indexOf`.
 */
export function foldFeedback(events: readonly FeedbackEvent[], indexOf: (itemId: string) => number): FeedbackState {
  const undoneIds = new Set<string>();
  for (const event of events) if (event.type === 'undo' && event.undoes !== undefined) undoneIds.add(event.undoes);
  const byItem = new Map<number, ItemFeedback>();
  for (const event of events) {
    if (undoneIds.has(event.eventId)) continue;
    const itemIndex = indexOf(event.itemId);
    if (itemIndex < 0) continue;
    const before = byItem.get(itemIndex) ?? NOTHING_SAID;
    const after = applyStatement(before, event);
    if (after === before) continue;
    // Deleted first, so that the map's order is the order of the last statements.
    byItem.delete(itemIndex);
    byItem.set(itemIndex, after);
  }
  return { byItem, undoneIds };
}

const NOTHING_SAID: ItemFeedback = { taste: null, watched: false, skipped: false, clicked: false, atMs: 0 };

function applyStatement(before: ItemFeedback, { type, atMs }: FeedbackEvent): ItemFeedback {
  switch (type) {
    case 'like':
    case 'dislike':
      return { ...before, taste: type, atMs };
    case 'watched':
      return { ...before, watched: true, atMs };
    case 'skip':
      return { ...before, skipped: true, atMs };
    case 'click':
      return { ...before, clicked: true, atMs };
    case 'impression':
    case 'undo':
      return before;
  }
}

/**
 * The event that an undo of this title would take back: the latest like, dislike, watched or skip that still holds.
 *
 * @param events Of one user, oldest first.
 */
export function findUndoable(events: readonly FeedbackEvent[], itemId: string): FeedbackEvent | undefined {
  const undone = new Set(events.map(({ undoes }) => undoes));
  return events.findLast((event) => event.itemId === itemId && UNDOABLE.has(event.type) && !undone.has(event.eventId));
}

import type { FeedbackEvent, FeedbackType } from '../ports/event-log.ts';

/** A user's feedback on one item, after all undos. */
export interface ItemFeedback {
  /** The later of like and dislike. */
  readonly taste: 'like' | 'dislike' | null;
  readonly watched: boolean;
  readonly skipped: boolean;
  readonly clicked: boolean;
  /** Time of the latest feedback that still holds, in milliseconds since 1970. */
  readonly atMs: number;
}

/** A user's feedback by item: a pure fold of their events, so equal logs give equal states. */
export interface FeedbackState {
  /** By item index, in the order of the latest feedback that still holds: the newest comes last. */
  readonly byItem: ReadonlyMap<number, ItemFeedback>;
  /** Ids of the undone events. */
  readonly undoneIds: ReadonlySet<string>;
}

export const EMPTY_FEEDBACK: FeedbackState = { byItem: new Map(), undoneIds: new Set() };

/** The types that {@link foldFeedback} reads. */
export const STATE_EVENT_TYPES = [
  'like',
  'dislike',
  'watched',
  'skip',
  'click',
  'undo',
] as const satisfies readonly FeedbackType[];

/** Types that an `undo` without a named event can undo. */
const UNDOABLE = new Set<FeedbackType>(['like', 'dislike', 'watched', 'skip']);

/**
 * Folds one user's events into the feedback that holds now.
 *
 * An undo removes exactly one event, whatever came in between, and restores what that event had replaced. Of like and
 * dislike the later one holds. Watched and skip are independent of both. Impressions and events of unknown items change
 * nothing.
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
    const before = byItem.get(itemIndex) ?? NO_FEEDBACK;
    const after = applyEvent(before, event);
    if (after === before) continue;
    // Deleted first, so that the map's order is the order of the latest feedback.
    byItem.delete(itemIndex);
    byItem.set(itemIndex, after);
  }
  return { byItem, undoneIds };
}

const NO_FEEDBACK: ItemFeedback = { taste: null, watched: false, skipped: false, clicked: false, atMs: 0 };

function applyEvent(before: ItemFeedback, { type, atMs }: FeedbackEvent): ItemFeedback {
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
 * Finds the event that an undo for this item removes: the latest like, dislike, watched or skip that still holds.
 *
 * @param events Of one user, oldest first.
 */
export function findUndoable(events: readonly FeedbackEvent[], itemId: string): FeedbackEvent | undefined {
  const undone = new Set(events.map(({ undoes }) => undoes));
  return events.findLast((event) => event.itemId === itemId && UNDOABLE.has(event.type) && !undone.has(event.eventId));
}

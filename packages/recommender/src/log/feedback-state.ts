import { FEEDBACK_TYPES, type FeedbackEvent, type LoggedEvent, type StandingFeedback } from '../ports/event-log.ts';

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
}

export const EMPTY_FEEDBACK: FeedbackState = { byItem: new Map() };

type StateEvent = Pick<FeedbackEvent, 'type' | 'atMs'>;

/**
 * Folds one user's events into the feedback that holds at a place of the log.
 *
 * What an undo removed is as if it had never been, so that what it had replaced holds again. Of like and dislike the
 * later one holds. Watched and skip are independent of both. Impressions and events of unknown items change nothing.
 *
 * @param events Of one user, oldest first, as the log returns them.
 * @param indexOf Item index of an external id, −1 for unknown: `vocabulary.indexOf`.
 * @param beforeSequence Undos from this one on have not come yet.
 */
export function foldFeedback(
  events: readonly (FeedbackEvent & Pick<LoggedEvent, 'undoneBy'>)[],
  indexOf: (itemId: string) => number,
  beforeSequence = Number.POSITIVE_INFINITY,
): FeedbackState {
  const byItem = new Map<number, ItemFeedback>();
  for (const event of events) {
    const isUndone = event.undoneBy !== undefined && event.undoneBy < beforeSequence;
    if (!isUndone) apply(byItem, indexOf(event.itemId), event);
  }
  return { byItem };
}

/**
 * Folds what holds of a user's feedback. The result is that of {@link foldFeedback} on all of the user's events: what
 * an undone or repeated event said does not hold.
 */
export function foldStanding(
  { itemIds, types, atMs }: Pick<StandingFeedback, 'itemIds' | 'types' | 'atMs'>,
  indexOf: (itemId: string) => number,
): FeedbackState {
  const byItem = new Map<number, ItemFeedback>();
  for (let at = 0; at < itemIds.length; at++) {
    apply(byItem, indexOf(itemIds[at]!), { type: FEEDBACK_TYPES[types[at]!]!, atMs: atMs[at]! });
  }
  return { byItem };
}

function apply(byItem: Map<number, ItemFeedback>, itemIndex: number, event: StateEvent): void {
  if (itemIndex < 0) return;
  const before = byItem.get(itemIndex) ?? NO_FEEDBACK;
  const after = applyEvent(before, event);
  if (after === before) return;
  // Deleted first, so that the map's order is the order of the latest feedback.
  byItem.delete(itemIndex);
  byItem.set(itemIndex, after);
}

const NO_FEEDBACK: ItemFeedback = { taste: null, watched: false, skipped: false, clicked: false, atMs: 0 };

function applyEvent(before: ItemFeedback, { type, atMs }: StateEvent): ItemFeedback {
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

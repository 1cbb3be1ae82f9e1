import { FEEDBACK_TYPES, type FeedbackEvent, type LoggedEvent, type StandingFeedback } from '../ports/event-log.ts';

/** A user's feedback on one item, after all undos. */
export interface ItemFeedback {
  /** The later of like and dislike. */
  readonly taste: 'like' | 'dislike' | null;
  readonly watched: boolean;
  readonly skipped: boolean;
  readonly clicked: boolean;
  /** The share of the latest watch that has one, 0 to 1. */
  readonly share?: number;
  /** Time of the latest feedback that still holds, in milliseconds since 1970. */
  readonly atMs: number;
}

/** A user's feedback by item: a pure fold of their events, so equal logs give equal states. */
export interface FeedbackState {
  /** By item index, in the order of the latest feedback that still holds: the newest comes last. */
  readonly byItem: ReadonlyMap<number, ItemFeedback>;
}

export const EMPTY_FEEDBACK: FeedbackState = { byItem: new Map() };

type StateEvent = Pick<FeedbackEvent, 'type' | 'atMs' | 'share'>;

/**
 * Folds one user's events into the feedback that holds at a place of the log.
 *
 * What an undo removed is as if it had never been, so that what it had replaced holds again. Of like and dislike the
 * later one holds. Watched and skip are independent of both. Impressions and events of unknown items change nothing.
 * Later is what happened later, where the client of an event says when it happened: see {@link inOrderOfTime}.
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
  for (const event of inOrderOfTime(events)) {
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
  { itemIds, types, atMs, shares, isOwnTime }: Omit<StandingFeedback, 'throughSequence' | 'changedItemIds'>,
  indexOf: (itemId: string) => number,
): FeedbackState {
  const byItem = new Map<number, ItemFeedback>();
  const places = Array.from(itemIds.keys(), (at) => ({
    at,
    atMs: atMs[at]!,
    ...(isOwnTime[at] === 1 && { receivedMs: atMs[at]! }),
  }));
  for (const { at } of inOrderOfTime(places)) {
    const share = shares[at]!;
    const event = { type: FEEDBACK_TYPES[types[at]!]!, atMs: atMs[at]! };
    apply(byItem, indexOf(itemIds[at]!), Number.isNaN(share) ? event : { ...event, share });
  }
  return { byItem };
}

/**
 * Returns events of the log in the order in which they happened. Events that the server timed keep the order of the
 * log, because a clock may have been wrong; an event whose client says when it happened comes after the last of these
 * that is not later.
 */
function inOrderOfTime<Event extends Pick<FeedbackEvent, 'atMs' | 'receivedMs'>>(
  events: readonly Event[],
): readonly Event[] {
  const own = events.filter(({ receivedMs }) => receivedMs !== undefined).sort((a, b) => a.atMs - b.atMs);
  if (own.length === 0) return events;
  const timed = events.filter(({ receivedMs }) => receivedMs === undefined);
  /** From each place on, the earliest time that an event states. */
  const earliest = timed.map(({ atMs }) => atMs);
  for (let at = earliest.length - 2; at >= 0; at--) earliest[at] = Math.min(earliest[at]!, earliest[at + 1]!);
  const ordered: Event[] = [];
  let next = 0;
  for (const [at, event] of timed.entries()) {
    while (next < own.length && own[next]!.atMs < earliest[at]!) ordered.push(own[next++]!);
    ordered.push(event);
  }
  return [...ordered, ...own.slice(next)];
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

function applyEvent(before: ItemFeedback, { type, atMs, share }: StateEvent): ItemFeedback {
  switch (type) {
    case 'like':
    case 'dislike':
      return { ...before, taste: type, atMs };
    case 'watched':
      return { ...withShare(before, share), watched: true, atMs };
    case 'skip':
      return { ...before, skipped: true, atMs };
    case 'click':
      // A part of what was watched already says nothing new.
      return { ...(before.watched ? before : withShare(before, share)), clicked: true, atMs };
    case 'impression':
    case 'undo':
      return before;
  }
}

function withShare({ share: _, ...rest }: ItemFeedback, share: number | undefined): ItemFeedback {
  return share === undefined ? rest : { ...rest, share };
}

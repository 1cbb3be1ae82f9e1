import type { UserIdx } from '@matinee/models/data';
import type { Visitor } from './visitor-store.ts';

/** Types of feedback. `undo` cancels one earlier event and is an event itself, so the log only grows. */
export const FEEDBACK_TYPES = ['like', 'dislike', 'watched', 'skip', 'click', 'impression', 'undo'] as const;
export type FeedbackType = (typeof FEEDBACK_TYPES)[number];

/** One raw event. Users and items have external ids, because indices change when the dataset is prepared again. */
export interface FeedbackEvent {
  /** Chosen by the client, for each user: an event whose id the log already has of its user is not stored again. */
  readonly eventId: string;
  readonly userId: string;
  readonly itemId: string;
  readonly type: FeedbackType;
  /** When it happened, in milliseconds since 1970: by the server's clock, or as the client says. */
  readonly atMs: number;
  /** When the server received it, where the client says when it happened; never before {@link atMs}. */
  readonly receivedMs?: number;
  /** From 1 to 5: what the type follows from, see `feedbackOfRating`. */
  readonly rating?: number;
  /** Share of the item that was watched, from 0 to 1: what the type follows from, see `feedbackOfShare`. */
  readonly share?: number;
  /** With `undo`: the event to undo, of the same user. It may come after the undo. */
  readonly undoes?: string;
  /** With `undo` and without `undoes`: removes the latest event of this type. Not stored. */
  readonly undoType?: (typeof UNDOABLE)[number];
  /** The response that showed the item, the row and the position in it (from 0). */
  readonly requestId?: string;
  readonly rowId?: string;
  readonly position?: number;
  /** Probability, in (0, 1], with which the item was drawn for its place; absent if it was not drawn at random. */
  readonly propensity?: number;
}

/** An event with its place in the log. */
export interface LoggedEvent extends FeedbackEvent {
  /** Increases by 1 or more per event, in the order of appending. */
  readonly sequence: number;
  /** Sequence of the undo that removed it, which may have come before it; absent while it holds. */
  readonly undoneBy?: number;
}

/** An event as replay reads it. */
export interface ReplayedEvent extends LoggedEvent {
  /**
   * With an undo: the events before it that it removed, oldest first: one, and what repeated it. Absent if it removed
   * none.
   */
  readonly undone?: readonly LoggedEvent[];
  /**
   * With an event that happened before it was received: the latest {@link MAX_EVENTS_OF_PAIR} events before it of its
   * user and item, newest first, without impressions and undos. Absent if there are none.
   */
  readonly othersOfPair?: readonly LoggedEvent[];
}

/** More of one person's events with one item are not looked at: a flood of them must not make every reader slow. */
export const MAX_EVENTS_OF_PAIR = 60;

/** Types that an `undo` can name. An impression happened, whatever the user says of the item. */
export const UNDOABLE_BY_NAME = ['like', 'dislike', 'watched', 'skip', 'click'] as const satisfies FeedbackType[];
/** Types that an `undo` without a named event can remove. */
export const UNDOABLE = ['like', 'dislike', 'watched', 'skip'] as const satisfies FeedbackType[];

export interface AppendResult {
  readonly eventId: string;
  /**
   * `nothing_to_undo`: an undo without effect, which is not stored. `conflict`: the user's log has another event under
   * this id; nothing is stored.
   */
  readonly status: 'accepted' | 'duplicate' | 'nothing_to_undo' | 'conflict';
  /** With an accepted undo: the item of the event that it removed. */
  readonly undoneItemId?: string;
  /** With `conflict`: the event that has the id. */
  readonly stored?: Pick<FeedbackEvent, 'type' | 'itemId'>;
}

/**
 * Whether an event that is sent again under its id says what the stored one says; it may leave out where the item was
 * shown, and what its type follows from. The log stores an undo with the id and the item of what it removed.
 */
export function isSameEvent(sent: FeedbackEvent, stored: FeedbackEvent): boolean {
  const isNamedUndo = sent.type === 'undo' && sent.undoes !== undefined;
  const isAboutTheSame = isNamedUndo ? sent.undoes === stored.undoes : sent.itemId === stored.itemId;
  return (
    sent.type === stored.type &&
    isAboutTheSame &&
    PLACE_FIELDS.every((field) => sent[field] === undefined || sent[field] === stored[field])
  );
}

const PLACE_FIELDS = ['requestId', 'rowId', 'position', 'propensity', 'rating', 'share'] as const;

/**
 * One user's feedback that holds: for each item and type the newest event that is not undone, in log order; of those
 * whose client says when they happened, also the one that happened last. The arrays have equal length. Its size is
 * bounded by the number of items, however often the user repeats something.
 */
export interface StandingFeedback {
  /** Sequence of the user's last event that is no impression; 0 if there is none. */
  readonly throughSequence: number;
  /** The items whose entries are listed: those with an event after the given sequence; `null` = all items. */
  readonly changedItemIds: readonly string[] | null;
  readonly itemIds: readonly string[];
  /** Positions in {@link FEEDBACK_TYPES}. */
  readonly types: Uint8Array;
  /** Milliseconds since 1970. */
  readonly atMs: Float64Array;
  readonly sequences: Float64Array;
  /** The share that was watched; NaN where the event has none. */
  readonly shares: Float64Array;
  /** 1 where the client says when the event happened. */
  readonly isOwnTime: Uint8Array;
}

export interface UserEventOptions {
  readonly limit: number;
  /** Only events before this sequence. */
  readonly beforeSequence?: number;
  /** Only events with this item. */
  readonly itemId?: string;
  /** Only events of these types. Leaving out `impression` keeps the answer fast for users with many of them. */
  readonly types?: readonly FeedbackType[];
  /** Leaves out what the undo with this sequence removed. */
  readonly notUndoneBy?: number;
}

/** An item that a user was shown, and on how many days. */
export interface ShownItem {
  readonly itemId: string;
  /** Number of UTC days; ten impressions on one day count once. */
  readonly days: number;
  /** Time of the last impression, milliseconds since 1970. */
  readonly lastAtMs: number;
}

/** More impressions of one user in two weeks come from no person. */
export const MAX_IMPRESSIONS_READ = 20_000;

/** A visitor by number or by id. */
interface VisitorReference {
  readonly userIdx?: UserIdx | undefined;
  readonly userId?: string | undefined;
}

/**
 * The append-only log of feedback. Once `append` has resolved, the events survive SIGKILL and power loss.
 * Every implementation runs `testing/event-log.contract.ts`.
 */
export interface EventLog {
  /**
   * Appends all events in one transaction and in order. An event whose id is known of its user is left as it is and
   * reported as `duplicate`, or as `conflict` if it says something else ({@link isSameEvent}).
   *
   * An undo removes the event of its user that `undoes` names, or else the latest one of its `undoType`, or of {@link
   * UNDOABLE}, with its item, together with what repeats it: the same type for the same item, with no like between two
   * dislikes nor a dislike between two likes that holds. It is stored with the id and the item of that event. An undo
   * that names an event which the log does not have is stored as it is, and removes the event when it comes.
   */
  append(events: readonly FeedbackEvent[]): Promise<readonly AppendResult[]>;
  /** One user's events, newest first; at most `limit`. */
  eventsOfUser(userId: string, options: UserEventOptions): Promise<readonly LoggedEvent[]>;
  /**
   * What holds of a user's feedback, of the items with an event after `afterSequence` only; 0 for all. Costs no more
   * for undone and repeated events than an indexed look-up each.
   */
  standingFeedback(userId: string, afterSequence: number): Promise<StandingFeedback>;
  /**
   * Items with an `impression` of the user since `sinceMs` (milliseconds since 1970), in the order of their ids. Reads
   * at most the newest {@link MAX_IMPRESSIONS_READ}.
   */
  impressionsOfUser(userId: string, sinceMs: number): Promise<readonly ShownItem[]>;
  /** When the user's `n`th newest event was received, milliseconds since 1970; undefined with fewer events. */
  timeOfNthNewest(userId: string, n: number): Promise<number | undefined>;
  /**
   * Deletes all events of a user, and remembers by a hash of the id that the user was deleted, so that no training and
   * no server uses what the dataset has of them. Sequences are not given again.
   *
   * @returns How many events were deleted.
   */
  deleteUser(userId: string, atMs: number): Promise<number>;
  /** Returns those of the ids whose user was deleted; the dataset may still have them. */
  deletedAmong(userIds: readonly string[]): Promise<readonly string[]>;
  /**
   * Makes the events of one user those of another, at their places in the log. An event whose id the other user has is
   * given another id.
   *
   * @returns How many events were moved; undefined if none were now, but an earlier call moved this user to that one.
   */
  mergeUsers(from: Pick<Visitor, 'userIdx' | 'userId'>, intoUserId: string, atMs: number): Promise<number | undefined>;
  /** Whether the visitor with that number, or with that id, was merged into that user, and not into another since. */
  wasMerged(from: VisitorReference, intoUserId: string): Promise<boolean>;
  /** All events after `afterSequence` in log order, at most `limit`: for replay. */
  eventsAfter(afterSequence: number, limit: number): Promise<readonly ReplayedEvent[]>;
  close(): Promise<void>;
}

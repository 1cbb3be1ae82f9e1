/** Types of feedback. `undo` cancels one earlier event and is an event itself, so the log only grows. */
export const FEEDBACK_TYPES = ['like', 'dislike', 'watched', 'skip', 'click', 'impression', 'undo'] as const;
export type FeedbackType = (typeof FEEDBACK_TYPES)[number];

/** One raw event. Users and items have external ids, because indices change when the dataset is prepared again. */
export interface FeedbackEvent {
  /** Chosen by the client; an event whose id the log already has is not stored again. */
  readonly eventId: string;
  readonly userId: string;
  readonly itemId: string;
  readonly type: FeedbackType;
  /** Milliseconds since 1970, by the server's clock. */
  readonly atMs: number;
  /** With `undo`: the event to undo, of the same user and item. */
  readonly undoes?: string;
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
}

export interface AppendResult {
  readonly eventId: string;
  readonly status: 'accepted' | 'duplicate';
}

export interface UserEventOptions {
  readonly limit: number;
  /** Only events before this sequence. */
  readonly beforeSequence?: number;
  /** Only events with this item. */
  readonly itemId?: string;
  /** Only events of these types. Leaving out `impression` keeps the answer fast for users with many of them. */
  readonly types?: readonly FeedbackType[];
}

/** An item that a user was shown, and on how many days. */
export interface ShownItem {
  readonly itemId: string;
  /** Number of UTC days; ten impressions on one day count once. */
  readonly days: number;
  /** Time of the last impression, milliseconds since 1970. */
  readonly lastAtMs: number;
}

/**
 * The append-only log of feedback. Once `append` has resolved, the events survive SIGKILL and power loss.
 * Every implementation runs `testing/event-log.contract.ts`.
 */
export interface EventLog {
  /** Appends all events in one transaction; an event whose id is known is left as it is and reported as `duplicate`. */
  append(events: readonly FeedbackEvent[]): Promise<readonly AppendResult[]>;
  /** One user's events, newest first; at most `limit`. */
  eventsOfUser(userId: string, options: UserEventOptions): Promise<readonly LoggedEvent[]>;
  /**
   * Items with an `impression` of the user since `sinceMs` (milliseconds since 1970), in the order of their ids.
   */
  impressionsOfUser(userId: string, sinceMs: number): Promise<readonly ShownItem[]>;
  /** All events after `afterSequence` in log order, at most `limit`: for replay. */
  eventsAfter(afterSequence: number, limit: number): Promise<readonly LoggedEvent[]>;
  close(): Promise<void>;
}

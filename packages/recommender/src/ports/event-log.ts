/** What a user of the product tells us. `undo` takes back one earlier event and is an event itself: the log only grows. */
export const FEEDBACK_TYPES = ['like', 'dislike', 'watched', 'skip', 'click', 'impression', 'undo'] as const;
export type FeedbackType = (typeof FEEDBACK_TYPES)[number];

/** One raw event. Users and items by their external ids: indices change when the data set is prepared anew, ids do not. */
export interface FeedbackEvent {
  /** Chosen by the client; an id that the log already holds is not stored again. */
  readonly eventId: string;
  readonly userId: string;
  readonly itemId: string;
  readonly type: FeedbackType;
  /** Milliseconds since 1970, by the server's clock. */
  readonly atMs: number;
  /** With `undo`: the event it takes back. */
  readonly undoes?: string;
  /** The answer the title was shown in, the row and the position in it (from 0). */
  readonly requestId?: string;
  readonly rowId?: string;
  readonly position?: number;
  /** Where the title was drawn at random for its place: the chance with which it was, in (0, 1]. */
  readonly propensity?: number;
}

/** An event with its place in the log. */
export interface LoggedEvent extends FeedbackEvent {
  /** Ascends by 1 or more per event, in the order of appending. */
  readonly sequence: number;
}

export interface AppendResult {
  readonly eventId: string;
  readonly status: 'accepted' | 'duplicate';
}

export interface UserEventOptions {
  readonly limit: number;
  /** Only events before this place in the log. */
  readonly beforeSequence?: number;
  /** Only events of these types. Leaving out `impression` keeps the answer fast for users with many of them. */
  readonly types?: readonly FeedbackType[];
}

/** A title that a user was shown, on how many days. */
export interface ShownItem {
  readonly itemId: string;
  /** Days, as UTC cuts them: somebody who looks again ten times in an evening was shown it once. */
  readonly days: number;
  /** When it was shown last, milliseconds since 1970. */
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
   * Titles that the user was shown (`impression`) since that moment, in milliseconds; in the order of their ids.
   */
  impressionsOfUser(userId: string, sinceMs: number): Promise<readonly ShownItem[]>;
  /** All events after `afterSequence` in log order, at most `limit`: for replay. */
  eventsAfter(afterSequence: number, limit: number): Promise<readonly LoggedEvent[]>;
  close(): Promise<void>;
}

import type { FeedbackState } from '../log/feedback-state.ts';

/** What was made of a user's state. */
export interface Remembered {
  /** About how much memory it takes. */
  readonly bytes: number;
}

/**
 * Remembers what was made of the latest users' states. Belongs to one engine. Entries may be forgotten at any time; the
 * state is found by identity, and is another object once an event has changed it.
 */
export interface StateMemory {
  get(state: FeedbackState): Remembered | undefined;
  set(state: FeedbackState, made: Remembered): void;
}

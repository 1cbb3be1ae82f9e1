/**
 * Called between the steps of long work: lets other work run if this one has held the thread for some milliseconds.
 * Numerics, models and recommender have no timers, so the caller passes it in.
 */
export type Pause = () => Promise<void>;

/** For callers that need not let anything else run. */
export const NO_PAUSE: Pause = () => Promise.resolve();

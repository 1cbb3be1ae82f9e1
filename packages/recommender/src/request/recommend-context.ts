/** A wait that can be called off. */
export interface Timeout {
  /** Resolves when the time is up; never, if the wait was called off before. */
  readonly expired: Promise<void>;
  /** Calls the wait off, so that nothing of it is left running. May come after the time is up. */
  cancel(): void;
}

/** What recommending may know of the outside world, and how much it may take. */
export interface RecommendContext {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Sources that have not answered after so many milliseconds are left out; see `candidates/retrieve.ts`. */
  readonly deadlineMs: number;
  /** Starts a wait of so many milliseconds; every one started is called off again. */
  readonly timeout: (ms: number) => Timeout;
}

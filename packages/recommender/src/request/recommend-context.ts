import type { Pause } from '@matinee/numerics';

/** A wait that can be cancelled. */
export interface Timeout {
  /** Resolves when the time is up; never resolves if the wait is cancelled first. */
  readonly expired: Promise<void>;
  /** Cancels the wait and releases its timer. May be called after the time is up. */
  cancel(): void;
}

/** The clock, timer and time limit of a request. */
export interface RecommendContext {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Sources that take more milliseconds are left out; see `candidates/retrieve.ts`. */
  readonly deadlineMs: number;
  /**
   * Returns the total milliseconds for which the machine has let the thread wait although it had work. They do not
   * count towards the deadline: a source is not slow because something else has the processor. Absent where it is
   * unknown.
   */
  readonly starvedMs?: () => number;
  /** Starts a wait of this many milliseconds; every wait started is cancelled in the end. */
  readonly timeout: (ms: number) => Timeout;
  /**
   * Called between sources, stages and reasons, for the trial of a release, for which nobody waits. Requests have none,
   * because they would take longer by what runs in between.
   */
  readonly pause?: Pause;
}

/** Waits for every source, however long it takes: where nobody waits, and equal data must give equal answers. */
export const PATIENT_CONTEXT: RecommendContext = {
  now: () => 0,
  deadlineMs: Number.POSITIVE_INFINITY,
  timeout: () => ({ expired: new Promise<void>(() => undefined), cancel: () => undefined }),
};

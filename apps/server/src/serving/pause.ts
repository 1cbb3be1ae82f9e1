import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Pause } from '@matinee/numerics';

/** Requests wait this long for a job beside them, and for the step of the job that is running. */
const LONGEST_SLICE_MS = 5;

/**
 * Returns a pause that lets the event loop turn once the thread may have been held for {@link LONGEST_SLICE_MS}.
 *
 * @param now Returns monotonic milliseconds.
 */
export function createPause(now: () => number): Pause {
  let turnedAt = Number.NEGATIVE_INFINITY;
  return async () => {
    if (now() - turnedAt < LONGEST_SLICE_MS) return;
    await nextTurn();
    turnedAt = now();
  };
}

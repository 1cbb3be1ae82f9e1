import { setImmediate as nextTick } from 'node:timers/promises';

/** A busy server accepts one connection per turn of the event loop; it gets at least this long between two requests. */
const MIN_TAKE_IN_MS = 2;
/** A connection is accepted in one turn of the event loop and read in the next. */
const QUIET_TICKS = 2;

/**
 * Lets the event loop accept waiting connections before more work begins. While a model computes on this thread,
 * requests queue in the kernel, where they are neither seen nor counted, and only accepted requests can be refused.
 * This takes no longer than the last computation blocked the thread, so that refusing uses at most half of the time.
 *
 * @param now Returns monotonic milliseconds.
 * @param requestCount Returns the number of requests seen so far.
 */
export async function takeInRequests(now: () => number, requestCount: () => number): Promise<void> {
  const blockedSince = now();
  await nextTick();
  const startedAt = now();
  const longestMs = Math.max(MIN_TAKE_IN_MS, startedAt - blockedSince);
  for (let quiet = 0; quiet < QUIET_TICKS && now() - startedAt < longestMs; ) {
    const before = requestCount();
    await nextTick();
    quiet = requestCount() === before ? quiet + 1 : 0;
  }
}

import { openSync, readSync } from 'node:fs';

/** The scheduler's figures of the main thread: nanoseconds on a processor, nanoseconds of waiting for one, turns. */
const SCHEDULER_FILE = '/proc/self/schedstat';
const MAX_BYTES = 100;

/**
 * Returns the function that tells for how many milliseconds in total this process's main thread has had to wait for a
 * processor: other work had it. Undefined where the system does not say (it is Linux's). A call takes microseconds.
 *
 * @param file For tests.
 */
export function starvedMsOfMainThread(file: string = SCHEDULER_FILE): (() => number) | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    return undefined;
  }
  const bytes = Buffer.alloc(MAX_BYTES);
  const read = (): number => {
    const text = bytes.toString('latin1', 0, readSync(descriptor, bytes, 0, MAX_BYTES, 0));
    return Number(/^\d+ (\d+) \d+/.exec(text)?.[1] ?? Number.NaN) / 1e6;
  };
  try {
    return Number.isNaN(read()) ? undefined : read;
  } catch {
    return undefined;
  }
}

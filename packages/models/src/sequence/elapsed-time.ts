/** Elapsed time in half octaves of seconds: the last bucket holds everything from about 70 years. */
export const TIME_BUCKETS = 64;

/** The upper half of an octave starts at √2 times its foot. */
const OCTAVE_MIDDLES = Int32Array.from({ length: 31 }, (_, octave) => Math.floor(Math.SQRT2 * 2 ** octave));
const LONGEST = 2 ** 31 - 2;

/**
 * Bucket of an elapsed time: two an octave of 1 + seconds, so the resolution is relative from seconds to decades.
 *
 * @returns In [0, {@link TIME_BUCKETS}).
 * @remarks Called thousands of times for a request with a long history.
 */
export function timeBucket(seconds: number): number {
  const duration = seconds >= LONGEST ? LONGEST + 1 : seconds > 0 ? (seconds | 0) + 1 : 1;
  const octave = 31 - Math.clz32(duration);
  return 2 * octave + (duration > OCTAVE_MIDDLES[octave] ? 1 : 0);
}

/** Of each place of a batch: when its item was engaged with, and when the next item is requested; 0 in the padding. */
export interface TimedPlaces {
  /** Seconds since 1970. */
  readonly times: Float64Array;
  /** Seconds since 1970. */
  readonly targetTimes: Float64Array;
}

/** Bucket of the time from each item to the moment its successor is requested; 0 in the padding. */
export function waitsOf({ times, targetTimes }: TimedPlaces): Int32Array {
  const waits = new Int32Array(times.length);
  for (let row = 0; row < waits.length; row++) {
    if (targetTimes[row] !== 0) waits[row] = timeBucket(targetTimes[row] - times[row]);
  }
  return waits;
}

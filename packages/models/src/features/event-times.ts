/** Interest halves in so many days where it is said to fade. */
const ACTIVITY_HALF_LIFE_DAYS = 90;
const HALF_LIFE_SECONDS = ACTIVITY_HALF_LIFE_DAYS * 86_400;

/** What is left of an event's count after so many seconds. */
export function fading(seconds: number): number {
  return 2 ** (-seconds / HALF_LIFE_SECONDS);
}

/** Binary search in `times[start … end)`, ascending. */
export function firstNotBefore(times: Float64Array, start: number, end: number, moment: number): number {
  let low = start;
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle] < moment) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Interest halves in so many days where it is said to fade. */
const ACTIVITY_HALF_LIFE_DAYS = 90;
const HALF_LIFE_SECONDS = ACTIVITY_HALF_LIFE_DAYS * 86_400;

/** What is left of an event's count after so many seconds. */
export function fading(seconds: number): number {
  return 2 ** (-seconds / HALF_LIFE_SECONDS);
}

/**
 * First position of `times[start … end)`, ascending, whose time is not before the moment; `end` where all are.
 *
 * @remarks O(log distance from the end): requests ask about what is latest, which for most items is nothing at all.
 */
export function firstNotBefore(times: Float64Array, start: number, end: number, moment: number): number {
  let high = end;
  let step = 1;
  while (high - step >= start && times[high - step] >= moment) {
    high -= step;
    step *= 2;
  }
  let low = Math.max(start, high - step);
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle] < moment) low = middle + 1;
    else high = middle;
  }
  return low;
}

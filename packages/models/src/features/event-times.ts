/** Half-life of an event's count, in days. */
const ACTIVITY_HALF_LIFE_DAYS = 90;
const HALF_LIFE_SECONDS = ACTIVITY_HALF_LIFE_DAYS * 86_400;

/** The remaining count of an event after `seconds`: 2^(−seconds / half-life). */
export function fading(seconds: number): number {
  return 2 ** (-seconds / HALF_LIFE_SECONDS);
}

/**
 * First position of `times[start … end)`, ascending, whose time is not before `moment`; `end` if all are.
 *
 * @remarks O(log distance from the end), because requests mostly need the latest events.
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

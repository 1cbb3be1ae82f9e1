import { fading, firstNotBefore } from './event-times.ts';

/** Sorted times in an array with spare capacity: only the first `count` are filled. */
interface Moments {
  count: number;
  times: Float64Array;
}

/** An item's later events. */
interface LaterEvents extends Moments {
  /** As in `ItemActivity`, continuing from the item's last count there. */
  fadedCounts: Float32Array;
}

/**
 * Events after the arrays of an `ItemActivity` end, added one by one in a running server. The only part of the features
 * that is mutable.
 */
export interface LaterActivity {
  readonly byItem: Map<number, LaterEvents>;
  /** Times of all events of all items. */
  readonly moments: Moments;
  /** Incremented by every event that is added or removed. */
  changes: number;
  /** The item's last event in the `ItemActivity`; undefined if there is none. */
  readonly lastBefore: (item: number) => { readonly time: number; readonly fadedCount: number } | undefined;
}

export function createLaterActivity(lastBefore: LaterActivity['lastBefore']): LaterActivity {
  return { byItem: new Map(), moments: { count: 0, times: new Float64Array(16) }, changes: 0, lastBefore };
}

/** Adds an event: O(1) for the latest, O(later events) for an earlier one. */
export function addLater(later: LaterActivity, item: number, time: number): void {
  const { byItem, moments } = later;
  later.changes++;
  let events = byItem.get(item);
  if (events === undefined) {
    events = { count: 0, times: new Float64Array(2), fadedCounts: new Float32Array(2) };
    byItem.set(item, events);
  }
  insert(moments, time);
  const place = insert(events, time);
  if (events.fadedCounts.length < events.times.length) events.fadedCounts = grown(events.fadedCounts);
  fadeFrom(place, item, events, later);
}

/** Removes one event at that time; does nothing if there is none. */
export function removeLater(later: LaterActivity, item: number, time: number): void {
  const events = later.byItem.get(item);
  const place = events === undefined ? -1 : remove(events, time);
  if (events === undefined || place < 0) return;
  later.changes++;
  remove(later.moments, time);
  if (events.count === 0) later.byItem.delete(item);
  else fadeFrom(place, item, events, later);
}

/** The same recurrence and rounding as in `buildItemActivity`. */
function fadeFrom(
  place: number,
  item: number,
  { count, times, fadedCounts }: LaterEvents,
  { lastBefore }: LaterActivity,
): void {
  const before = lastBefore(item);
  for (let at = place; at < count; at++) {
    const [time, faded] = at === 0 ? [before?.time, before?.fadedCount] : [times[at - 1], fadedCounts[at - 1]];
    fadedCounts[at] = 1 + (time === undefined || faded === undefined ? 0 : faded * fading(times[at] - time));
  }
}

/** @returns Its position: after all events with the same time. */
function insert(moments: Moments, time: number): number {
  if (moments.count === moments.times.length) moments.times = grown(moments.times);
  const { count, times } = moments;
  let place = count;
  while (place > 0 && times[place - 1] > time) place--;
  times.copyWithin(place + 1, place, count);
  times[place] = time;
  moments.count++;
  return place;
}

/** @returns Its former position; −1 if there was none. */
function remove(moments: Moments, time: number): number {
  const { count, times } = moments;
  const place = firstNotBefore(times, 0, count, time);
  if (place === count || times[place] !== time) return -1;
  times.copyWithin(place, place + 1, count);
  moments.count--;
  return place;
}

function grown<Numbers extends Float64Array | Float32Array>(numbers: Numbers): Numbers {
  const larger = new (numbers.constructor as new (length: number) => Numbers)(2 * numbers.length);
  larger.set(numbers);
  return larger;
}

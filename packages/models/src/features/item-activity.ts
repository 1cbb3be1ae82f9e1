import type { Interactions } from '../data/interactions.ts';
import { markOncePerWindow } from '../retrieval/count-people.ts';
import { fading, firstNotBefore } from './event-times.ts';
import { createLaterActivity, type LaterActivity } from './later-activity.ts';

/**
 * Times at which people engaged with each item, so that counts can be computed as of any time. A person counts once in
 * thirty days, however often they repeat what they do (`markOncePerWindow`). Item i has the positions
 * `pointers[i] … pointers[i + 1] − 1` of every other array, oldest first.
 */
export interface ItemActivity {
  readonly pointers: Int32Array;
  /** Seconds since 1970. */
  readonly times: Float64Array;
  /** Sum of the ratings of these events up to and including this position. */
  readonly ratingSums: Float64Array;
  /** Number of ratings in that sum. */
  readonly ratingCounts: Int32Array;
  /** Events up to and including this one, each counting 2^(−age / half-life) at the time of this one. */
  readonly fadedCounts: Float32Array;
  /** The times of all events of all items, ascending. */
  readonly moments: Float64Array;
  /** Events after all of these, in a running server. */
  readonly later?: LaterActivity;
}

/** Counts of an item's people strictly before a time. */
export interface ActivityBefore {
  count: number;
  lastDay: number;
  lastWeek: number;
  lastMonth: number;
  lastQuarter: number;
  /** See {@link fading}. */
  faded: number;
  ratingSum: number;
  ratingCount: number;
  /** Days since the first event; NaN before it. */
  ageDays: number;
}

const DAY = 86_400;

/** Builds the activity with counting sorts over the interactions, which must be sorted by time. */
export function buildItemActivity(interactions: Interactions, itemCount: number): ItemActivity {
  const { count, itemIndices, timestamps, ratings } = interactions;
  const isCounted = markOncePerWindow(interactions, itemCount);
  const pointers = new Int32Array(itemCount + 1);
  for (let row = 0; row < count; row++) pointers[itemIndices[row] + 1] += isCounted[row];
  for (let item = 0; item < itemCount; item++) pointers[item + 1] += pointers[item];
  const total = pointers[itemCount];
  const activity = {
    pointers,
    times: new Float64Array(total),
    ratingSums: new Float64Array(total),
    ratingCounts: new Int32Array(total),
    fadedCounts: new Float32Array(total),
    moments: new Float64Array(total),
  };
  let moment = 0;
  const cursor = pointers.slice(0, itemCount);
  for (let row = 0; row < count; row++) {
    if (isCounted[row] === 0) continue;
    const item = itemIndices[row];
    const at = cursor[item]++;
    const isFirst = at === pointers[item];
    const rating = ratings?.[row] ?? Number.NaN;
    const isRated = !Number.isNaN(rating);
    activity.times[at] = timestamps[row];
    activity.moments[moment++] = timestamps[row];
    activity.ratingSums[at] = (isFirst ? 0 : activity.ratingSums[at - 1]) + (isRated ? rating : 0);
    activity.ratingCounts[at] = (isFirst ? 0 : activity.ratingCounts[at - 1]) + (isRated ? 1 : 0);
    activity.fadedCounts[at] =
      1 + (isFirst ? 0 : activity.fadedCounts[at - 1] * fading(timestamps[row] - activity.times[at - 1]));
  }
  return activity;
}

/**
 * The time up to which events are known at `asOf`: just after the last event before `asOf`, but not later than `asOf`.
 * When counts stop at training time, "the last month" is then the last counted month instead of an empty one. Rankers
 * are trained shortly after the counts stop but serve long after.
 */
export function knownUntil({ moments, later }: ItemActivity, asOf: number): number {
  const lastLater = later === undefined ? NEVER : lastBefore(later.moments.times, later.moments.count, asOf);
  const last = Math.max(lastLater, lastBefore(moments, moments.length, asOf));
  return last === NEVER ? asOf : Math.min(asOf, last + 1);
}

const NEVER = Number.NEGATIVE_INFINITY;

function lastBefore(times: Float64Array, count: number, moment: number): number {
  const before = firstNotBefore(times, 0, count, moment);
  return before === 0 ? NEVER : times[before - 1];
}

/** Returns the activity with support for adding later events one by one, without rebuilding it. */
export function withLaterEvents(activity: ItemActivity): ItemActivity & { readonly later: LaterActivity } {
  const { pointers, times, fadedCounts } = activity;
  const later = createLaterActivity((item) => {
    const last = pointers[item + 1] - 1;
    return last < pointers[item] ? undefined : { time: times[last], fadedCount: fadedCounts[last] };
  });
  return { ...activity, later };
}

/**
 * Reads an item's counts strictly before `asOf`; later events are ignored.
 *
 * Until the next event arrives all requests read at one time ({@link knownUntil}) and mostly the same items, so the
 * counts of the latest time are cached.
 *
 * @param into Overwritten, to avoid an allocation per candidate.
 * @remarks O(log events of the item) for the first read.
 */
export function readActivity(activity: ItemActivity, item: number, asOf: number, into: ActivityBefore): void {
  const { isCounted, counts } = countsAt(activity, asOf);
  const base = item * COUNTS;
  if (isCounted[item] === 1) {
    into.count = counts[base];
    into.lastDay = counts[base + 1];
    into.lastWeek = counts[base + 2];
    into.lastMonth = counts[base + 3];
    into.lastQuarter = counts[base + 4];
    into.faded = counts[base + 5];
    into.ratingSum = counts[base + 6];
    into.ratingCount = counts[base + 7];
    into.ageDays = counts[base + 8];
    return;
  }
  countBefore(activity, item, asOf, into);
  isCounted[item] = 1;
  counts[base] = into.count;
  counts[base + 1] = into.lastDay;
  counts[base + 2] = into.lastWeek;
  counts[base + 3] = into.lastMonth;
  counts[base + 4] = into.lastQuarter;
  counts[base + 5] = into.faded;
  counts[base + 6] = into.ratingSum;
  counts[base + 7] = into.ratingCount;
  counts[base + 8] = into.ageDays;
}

/** Number of fields of an {@link ActivityBefore}. */
const COUNTS = 9;

/** Cached counts of one time. */
interface CountsAt {
  asOf: number;
  /** `changes` of the later events. */
  changes: number;
  readonly isCounted: Uint8Array;
  /** [items, {@link COUNTS}]; valid where `isCounted` is 1. */
  readonly counts: Float64Array;
}

const latestCounts = new WeakMap<ItemActivity, CountsAt>();

function countsAt(activity: ItemActivity, asOf: number): CountsAt {
  const changes = activity.later?.changes ?? 0;
  let latest = latestCounts.get(activity);
  if (latest === undefined) {
    const itemCount = activity.pointers.length - 1;
    latest = { asOf, changes, isCounted: new Uint8Array(itemCount), counts: new Float64Array(itemCount * COUNTS) };
    latestCounts.set(activity, latest);
  }
  if (latest.asOf !== asOf || latest.changes !== changes) {
    latest.asOf = asOf;
    latest.changes = changes;
    latest.isCounted.fill(0);
  }
  return latest;
}

function countBefore(activity: ItemActivity, item: number, asOf: number, into: ActivityBefore): void {
  const { pointers, times, ratingSums, ratingCounts, fadedCounts } = activity;
  const start = pointers[item];
  const end = firstNotBefore(times, start, pointers[item + 1], asOf);
  const since = (seconds: number): number => end - firstNotBefore(times, start, end, asOf - seconds);
  const last = end - 1;
  const isMet = end > start;
  into.count = end - start;
  into.lastDay = since(DAY);
  into.lastWeek = since(7 * DAY);
  into.lastMonth = since(30 * DAY);
  into.lastQuarter = since(90 * DAY);
  into.faded = isMet ? fadedCounts[last] * fading(asOf - times[last]) : 0;
  into.ratingSum = isMet ? ratingSums[last] : 0;
  into.ratingCount = isMet ? ratingCounts[last] : 0;
  into.ageDays = isMet ? (asOf - times[start]) / DAY : Number.NaN;
  if (activity.later !== undefined) addLaterEvents(activity.later, item, asOf, into);
}

function addLaterEvents({ byItem }: LaterActivity, item: number, asOf: number, into: ActivityBefore): void {
  const events = byItem.get(item);
  if (events === undefined) return;
  const { times, fadedCounts } = events;
  const end = firstNotBefore(times, 0, events.count, asOf);
  if (end === 0) return;
  const since = (seconds: number): number => end - firstNotBefore(times, 0, end, asOf - seconds);
  into.count += end;
  into.lastDay += since(DAY);
  into.lastWeek += since(7 * DAY);
  into.lastMonth += since(30 * DAY);
  into.lastQuarter += since(90 * DAY);
  into.faded = fadedCounts[end - 1] * fading(asOf - times[end - 1]);
  if (Number.isNaN(into.ageDays)) into.ageDays = (asOf - times[0]) / DAY;
}

/** A buffer for {@link readActivity}. */
export function emptyActivity(): ActivityBefore {
  return {
    count: 0,
    lastDay: 0,
    lastWeek: 0,
    lastMonth: 0,
    lastQuarter: 0,
    faded: 0,
    ratingSum: 0,
    ratingCount: 0,
    ageDays: Number.NaN,
  };
}

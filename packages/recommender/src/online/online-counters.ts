import type { ItemIndex } from '@matinee/models/data';
import { isEstablished } from '../log/established.ts';
import { createLogClock, type LogClock, startOfLog } from '../log/log-clock.ts';
import { createPersonalCounts, type PersonalCounts, type Weighed } from '../log/once-per-person.ts';
import { type LogFold, subjectOf } from '../log/read-log.ts';
import { createBucketCounts } from './bucket-counts.ts';
import { type CoView, createCoViews, type Engagement } from './co-views.ts';

/** How many people did something with one item lately; one person counts once a day. */
export interface ItemCounts {
  /** With a like, a watch or a click. */
  lastHour: number;
  lastDay: number;
  lastWeek: number;
  /** Of the last week. */
  impressions: number;
  likes: number;
  skips: number;
}

/** Recent events of all users, by item. */
export interface OnlineCounters extends LogFold {
  /** @param into Overwritten. */
  read(itemIndex: ItemIndex, nowMs: number, into: ItemCounts): void;
  /** Items that the same users engaged with within hours, most users first. */
  engagedWith(itemIndex: ItemIndex, limit: number): readonly CoView[];
  /**
   * What people engaged with in the last week, as far as it is remembered. @param isMember By id: is in the dataset.
   */
  engagementsOfWeek(nowMs: number, isMember: (userId: string) => boolean): RecentEngagements;
}

/** The engagements of a week in which no person weighs much. */
export interface RecentEngagements {
  /** By item, without items that had none; many engagements of one person weigh less each. */
  readonly byItem: ReadonlyMap<number, number>;
  /** Number of engagements in it. */
  readonly count: number;
  /** Number of engagements of visitors who have not come back on a later day: they are not in it. */
  readonly leftOut: number;
}

/** Types that count as engagements, whatever weights a release gives them; the strongest counts. */
const ENGAGEMENT_STRENGTH = { like: 3, watched: 2, click: 1, dislike: 0, skip: 0, impression: 0 } as const;
/** What one person weighs at most among the engagements of a week. */
const MAX_WEIGHT_OF_PERSON = 20;

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;

/** A place for {@link OnlineCounters.read} to write into. */
export function emptyCounts(): ItemCounts {
  return { lastHour: 0, lastDay: 0, lastWeek: 0, impressions: 0, likes: 0, skips: 0 };
}

/**
 * Counts the events of the log in log time: one person counts once for an item and day. O(1) per event; memory is
 * bounded by the buckets of a week (see `bucket-counts.ts`), the pairs of users and items of a day and the latest
 * engagements (`co-views.ts`), however long the log is.
 *
 * @param indexOf Item index of an external id, −1 for unknown: `vocabulary.indexOf`.
 */
export function createOnlineCounters(indexOf: (itemId: string) => number): OnlineCounters {
  const engagements = createBucketCounts();
  const impressions = createBucketCounts();
  const likes = createBucketCounts();
  const skips = createBucketCounts();
  const coViews = createCoViews();
  let clock: LogClock | undefined;
  let throughSequence = 0;
  const timeOf: LogClock['timeOf'] = (event) => clock?.timeOf(event) ?? 0;
  const onceADay = (strengthOf: (event: Weighed) => number): PersonalCounts =>
    createPersonalCounts({ windowDays: 1, strengthOf, clock: { timeOf } });
  const engagedOnce = onceADay(({ type }) => ENGAGEMENT_STRENGTH[type]);
  const countedAlone = (
    [
      ['impression', impressions],
      ['like', likes],
      ['skip', skips],
    ] as const
  ).map(([counted, buckets]) => ({ once: onceADay(({ type }) => (type === counted ? 1 : 0)), buckets }));
  // Never before the last event: a clock may have been set back since.
  const toLogTimeMs = (nowMs: number): number =>
    clock === undefined ? nowMs : 1000 * Math.max(nowMs / 1000 - clock.gapAt(nowMs / 1000), clock.state().latest);
  return {
    throughSequence: () => throughSequence,
    apply(step) {
      const { event } = step;
      throughSequence = event.sequence;
      // The counts need no dataset: their clock starts with the first event.
      clock ??= createLogClock({
        ...startOfLog(Number.NEGATIVE_INFINITY),
        latest: (event.receivedMs ?? event.atMs) / 1000,
      });
      const time = clock.advance(event);
      const { userId, itemId } = subjectOf(step);
      const itemIndex = indexOf(itemId);
      if (itemIndex < 0) return;
      // What happened before the week that counts "lately" look back on changes none of them.
      const oldestMs = (clock.state().latest - WEEK / 1000) * 1000;
      for (const { once, buckets } of countedAlone) {
        for (const change of once.changesOf(step, time)) {
          if (change.time * 1000 > oldestMs) buckets.count(itemIndex, change.time * 1000, change.sign);
        }
      }
      for (const change of engagedOnce.changesOf(step, time)) {
        const atMs = change.time * 1000;
        if (!(atMs > oldestMs)) continue;
        engagements.count(itemIndex, atMs, change.sign);
        if (change.sign > 0) coViews.add(userId, itemIndex, atMs);
        else coViews.remove(userId, itemIndex, atMs);
      }
    },
    read(itemIndex, nowMs, into) {
      const now = toLogTimeMs(nowMs);
      into.lastHour = engagements.within(itemIndex, HOUR, now);
      into.lastDay = engagements.within(itemIndex, DAY, now);
      into.lastWeek = engagements.within(itemIndex, WEEK, now);
      into.impressions = impressions.within(itemIndex, WEEK, now);
      into.likes = likes.within(itemIndex, WEEK, now);
      into.skips = skips.within(itemIndex, WEEK, now);
    },
    engagedWith: (itemIndex, limit) => coViews.of(itemIndex, limit),
    engagementsOfWeek: (nowMs, isMember) => weighPeople(coViews.engagements(), toLogTimeMs(nowMs), isMember),
  };
}

function weighPeople(
  engagements: Iterable<Engagement>,
  nowMs: number,
  isMember: (userId: string) => boolean,
): RecentEngagements {
  const people = new Map<string, { firstMs: number; lastMs: number; readonly items: ItemIndex[] }>();
  for (const { userId, itemIndex, atMs } of engagements) {
    const person = people.get(userId) ?? { firstMs: atMs, lastMs: atMs, items: [] };
    person.firstMs = Math.min(person.firstMs, atMs);
    person.lastMs = Math.max(person.lastMs, atMs);
    if (atMs > nowMs - WEEK) person.items.push(itemIndex);
    people.set(userId, person);
  }
  const byItem = new Map<number, number>();
  let count = 0;
  let leftOut = 0;
  for (const [userId, { firstMs, lastMs, items }] of people) {
    if (!isEstablished(isMember(userId), firstMs / 1000, lastMs / 1000)) {
      leftOut += items.length;
      continue;
    }
    count += items.length;
    const weight = Math.min(1, MAX_WEIGHT_OF_PERSON / items.length);
    for (const itemIndex of items) byItem.set(itemIndex, (byItem.get(itemIndex) ?? 0) + weight);
  }
  return { byItem, count, leftOut };
}

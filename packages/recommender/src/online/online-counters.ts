import type { ItemIndex } from '@matinee/models/data';
import { countedEventOf, type LogFold } from '../log/read-log.ts';
import type { FeedbackType } from '../ports/event-log.ts';
import { createBucketCounts } from './bucket-counts.ts';
import { type CoView, createCoViews } from './co-views.ts';

/** Recent events of all users with one item. */
export interface ItemCounts {
  /** Likes, watches and clicks. */
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
  /** Engagements of the last week by item, without items that had none. */
  engagementsOfWeek(nowMs: number): ReadonlyMap<number, number>;
}

/** Types that count as engagements, whatever weights a release gives them. */
const ENGAGEMENTS: ReadonlySet<FeedbackType> = new Set(['like', 'watched', 'click']);

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;

/** A place for {@link OnlineCounters.read} to write into. */
export function emptyCounts(): ItemCounts {
  return { lastHour: 0, lastDay: 0, lastWeek: 0, impressions: 0, likes: 0, skips: 0 };
}

/**
 * Counts the events of the log. O(1) per event; memory is bounded by the buckets of a week (see `bucket-counts.ts`) and
 * the latest engagements (`co-views.ts`), however long the log is.
 *
 * @param indexOf Item index of an external id, −1 for unknown: `vocabulary.indexOf`.
 */
export function createOnlineCounters(indexOf: (itemId: string) => number): OnlineCounters {
  const engagements = createBucketCounts();
  const impressions = createBucketCounts();
  const likes = createBucketCounts();
  const skips = createBucketCounts();
  const coViews = createCoViews();
  let throughSequence = 0;
  return {
    throughSequence: () => throughSequence,
    apply(step) {
      throughSequence = step.event.sequence;
      const counted = countedEventOf(step);
      if (counted === undefined) return;
      const { event, sign } = counted;
      const { type, userId, atMs } = event;
      const itemIndex = indexOf(event.itemId);
      if (itemIndex < 0) return;
      if (type === 'impression') impressions.count(itemIndex, atMs, sign);
      if (type === 'like') likes.count(itemIndex, atMs, sign);
      if (type === 'skip') skips.count(itemIndex, atMs, sign);
      if (!ENGAGEMENTS.has(type)) return;
      engagements.count(itemIndex, atMs, sign);
      if (sign > 0) coViews.add(userId, itemIndex, atMs);
      else coViews.remove(userId, itemIndex, atMs);
    },
    read(itemIndex, nowMs, into) {
      into.lastHour = engagements.within(itemIndex, HOUR, nowMs);
      into.lastDay = engagements.within(itemIndex, DAY, nowMs);
      into.lastWeek = engagements.within(itemIndex, WEEK, nowMs);
      into.impressions = impressions.within(itemIndex, WEEK, nowMs);
      into.likes = likes.within(itemIndex, WEEK, nowMs);
      into.skips = skips.within(itemIndex, WEEK, nowMs);
    },
    engagedWith: (itemIndex, limit) => coViews.of(itemIndex, limit),
    engagementsOfWeek(nowMs) {
      const counts = new Map<number, number>();
      for (const itemIndex of engagements.items()) {
        const count = engagements.within(itemIndex, WEEK, nowMs);
        if (count > 0) counts.set(itemIndex, count);
      }
      return counts;
    },
  };
}

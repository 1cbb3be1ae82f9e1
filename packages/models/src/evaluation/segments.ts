import type { EvaluationQuery } from '../splits/split.ts';
import { isTied } from '../splits/user-timelines.ts';
import type { ItemStatistics } from './item-statistics.ts';

/** Segments of users by the number of interactions in the query's history. */
export const USER_SEGMENTS = [
  { name: 'cold users', meaning: 'fewer than 5 interactions in the history', from: 0 },
  { name: 'warm users', meaning: '5 to 99 interactions in the history', from: 5 },
  { name: 'heavy users', meaning: '100 or more interactions in the history', from: 100 },
] as const;

const HOUR = 3600;

/**
 * Segments of queries by the time since the user's last event. The first two are all queries, divided by whether the
 * order of target and history is chance; the other three divide all queries again, by the wait.
 */
export const WAIT_SEGMENTS: readonly {
  readonly name: string;
  readonly meaning: string;
  includes(query: EvaluationQuery): boolean;
}[] = [
  {
    name: 'tied queries',
    meaning: 'the target has the timestamp of the last event, so which of them is the target is chance',
    includes: isTied,
  },
  { name: 'untied queries', meaning: 'the target is later than every event', includes: (query) => !isTied(query) },
  { name: 'in session', meaning: 'up to one hour after the last event', includes: (query) => waitOf(query) <= HOUR },
  {
    name: 'same day',
    meaning: 'more than one hour after the last event, and up to 24',
    includes: (query) => waitOf(query) > HOUR && waitOf(query) <= 24 * HOUR,
  },
  {
    name: 'returning',
    meaning: 'more than 24 hours after the last event, or without one',
    includes: (query) => waitOf(query) > 24 * HOUR,
  },
];

/** Seconds since the last event of the history; +Infinity without one. */
function waitOf({ history, asOf }: EvaluationQuery): number {
  return asOf - (history.timestamps.at(-1) ?? Number.NEGATIVE_INFINITY);
}

/**
 * Segments of targets by popularity in training. Items are ordered by their number of training users; the head is the
 * fewest items with half of all users, the torso the items with the next 30 %, the tail the rest. Cold: not in
 * training.
 */
export const ITEM_SEGMENTS = [
  { name: 'head items', meaning: 'the most popular items that together hold the first 50 % of training' },
  { name: 'torso items', meaning: 'the items that hold the next 30 %' },
  { name: 'tail items', meaning: 'the items that hold the last 20 %' },
  { name: 'cold items', meaning: 'items that training does not hold' },
] as const;

const HEAD_SHARE = 0.5;
const TORSO_SHARE = 0.8;

/** Position in {@link USER_SEGMENTS}. */
export function userSegmentOf({ history }: Pick<EvaluationQuery, 'history'>): number {
  const known = history.itemIndices.length;
  return known < USER_SEGMENTS[1].from ? 0 : known < USER_SEGMENTS[2].from ? 1 : 2;
}

/** Position in {@link ITEM_SEGMENTS} of every item; items of equal popularity are ordered by index. */
export function itemSegments({ usersOfItem }: ItemStatistics): Uint8Array {
  const order = Int32Array.from(usersOfItem.keys()).sort((a, b) => usersOfItem[b] - usersOfItem[a] || a - b);
  let total = 0;
  for (const users of usersOfItem) total += users;
  const segments = new Uint8Array(usersOfItem.length);
  let before = 0;
  for (const item of order) {
    if (usersOfItem[item] === 0) segments[item] = 3;
    else segments[item] = before < HEAD_SHARE * total ? 0 : before < TORSO_SHARE * total ? 1 : 2;
    before += usersOfItem[item];
  }
  return segments;
}

import type { EvaluationQuery } from '../splits/split.ts';
import type { ItemStatistics } from './item-statistics.ts';

/** Segments of users by the number of interactions in the query's history. */
export const USER_SEGMENTS = [
  { name: 'cold users', meaning: 'fewer than 5 interactions in the history', from: 0 },
  { name: 'warm users', meaning: '5 to 99 interactions in the history', from: 5 },
  { name: 'heavy users', meaning: '100 or more interactions in the history', from: 100 },
] as const;

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

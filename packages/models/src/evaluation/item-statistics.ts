import type { Interactions } from '../data/interactions.ts';
import { buildUserTimelines } from '../splits/user-timelines.ts';

/** Each item's popularity in training. Never counted on the evaluated interactions. */
export interface ItemStatistics {
  /** Users with at least one interaction. */
  readonly userCount: number;
  /** Distinct users who met each item; length `itemCount`. */
  readonly usersOfItem: Int32Array;
}

export function countUsersOfItems(train: Interactions, itemCount: number): ItemStatistics {
  let largestUser = -1;
  for (const user of train.userIndices) if (user > largestUser) largestUser = user;
  const timelines = buildUserTimelines({ interactions: train, userCount: largestUser + 1, itemCount });
  const usersOfItem = new Int32Array(itemCount);
  let userCount = 0;
  for (let user = 0; user < timelines.userCount; user++) {
    if (timelines.pointers[user + 1] > timelines.pointers[user]) userCount++;
  }
  for (let position = 0; position < train.count; position++) {
    usersOfItem[timelines.itemIndices[position]] += timelines.isFirst[position];
  }
  return { userCount, usersOfItem };
}

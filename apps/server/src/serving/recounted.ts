import { createOnlineCounters, type OnlineCounters } from '@matinee/recommender';
import type { LogFollower } from './follow-log.ts';

/** Counters that can be made anew from the log, for when events have gone from it. */
export interface RecountedCounters extends Omit<OnlineCounters, 'apply'> {
  /** Counts the whole log again; until then the earlier counts are read. */
  recount(): Promise<void>;
}

/** @param indexOf Item index of an external id, −1 for unknown. */
export async function createRecountedCounters(
  log: LogFollower,
  indexOf: (itemId: string) => number,
): Promise<RecountedCounters> {
  let counters = createOnlineCounters(indexOf);
  await log.follow(counters);
  return {
    throughSequence: () => counters.throughSequence(),
    read: (itemIndex, nowMs, into) => counters.read(itemIndex, nowMs, into),
    engagedWith: (itemIndex, limit) => counters.engagedWith(itemIndex, limit),
    engagementsOfWeek: (nowMs, isMember) => counters.engagementsOfWeek(nowMs, isMember),
    async recount() {
      const next = createOnlineCounters(indexOf);
      await log.follow(next);
      await log.catchUp();
      log.unfollow(counters);
      counters = next;
    },
  };
}

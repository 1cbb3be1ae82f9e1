import type { Pause } from '@matinee/numerics';
import { createOnlineCounters, emptyCounts, type FeedbackEvent, type OnlineCounters } from '@matinee/recommender';
import { createMemoryEventLog } from '@matinee/recommender/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { followLog, type LogFollower } from './follow-log.ts';

const nowMs = Date.UTC(2026, 0, 1);
const indexOf = (itemId: string): number => Number(itemId.slice(1));
const like = (eventId: string, itemId = 'm1'): FeedbackEvent => ({
  eventId,
  userId: `user-of-${eventId}`,
  itemId,
  type: 'like',
  atMs: nowMs,
});

const followers: LogFollower[] = [];
afterEach(() => Promise.all(followers.splice(0).map((follower) => follower.close())));

function follow(log: Parameters<typeof followLog>[0], onError = (): void => undefined, pause?: Pause) {
  const counters = createOnlineCounters(indexOf);
  const follower = followLog(log, onError, pause && { pause });
  followers.push(follower);
  void follower.follow(counters);
  return { follower, counters };
}

/** A promise that is resolved from outside. */
function createGate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

function likesOf(counters: OnlineCounters, itemIndex = 1): number {
  const counts = emptyCounts();
  counters.read(itemIndex, nowMs, counts);
  return counts.likes;
}

describe('followLog', () => {
  it('has applied, when it resolves, all events that were in the log at the call', async () => {
    const log = createMemoryEventLog();
    const { follower, counters } = follow(log);
    const isCounted = async (count: number): Promise<void> => {
      await log.append([like(`event-${count}`)]);
      const before = (await log.eventsAfter(0, 1000)).length;
      await follower.catchUp();
      expect(likesOf(counters)).toBeGreaterThanOrEqual(before);
    };
    await Promise.all(Array.from({ length: 50 }, (_, count) => isCounted(count)));
    expect([likesOf(counters), follower.throughSequence()]).toEqual([50, 50]);
  });

  it('comes to the same in every process over one log, with undos of what another wrote', async () => {
    const log = createMemoryEventLog();
    const [first, second] = [follow(log), follow(log)];
    await log.append([like('a'), like('b', 'm2')]);
    await first.follower.catchUp();
    await log.append([{ ...like('a'), eventId: 'undo-a', type: 'undo', undoes: 'a' }, like('c')]);
    await Promise.all([first.follower.catchUp(), second.follower.catchUp()]);
    for (const { counters } of [first, second]) expect([likesOf(counters), likesOf(counters, 2)]).toEqual([1, 1]);
  });

  it('brings a fold that comes late up to date, without counting anything twice for the others', async () => {
    const log = createMemoryEventLog();
    const { follower, counters } = follow(log);
    await log.append([like('a'), like('b')]);
    const running = follower.catchUp();
    const late = createOnlineCounters(indexOf);
    await follower.follow(late);
    await Promise.all([running, follower.catchUp()]);
    expect([likesOf(counters), likesOf(late)]).toEqual([2, 2]);
    follower.unfollow(late);
    await log.append([like('c')]);
    await follower.catchUp();
    expect([likesOf(counters), likesOf(late)]).toEqual([3, 2]);
  });

  it('keeps the others up to date while a fold that comes late reads a long log', async () => {
    const log = createMemoryEventLog();
    const [slow, go] = [createGate(), createGate()];
    const state: { isPaused: boolean } = { isPaused: false };
    const pause = async (): Promise<void> => {
      if (!state.isPaused) return;
      state.isPaused = false;
      slow.open();
      await go.opened;
    };
    const { follower, counters } = follow(log, undefined, pause);
    await log.append(Array.from({ length: 50 }, (_, event) => like(`event-${event}`)));
    await follower.catchUp();
    const late = createOnlineCounters(indexOf);
    state.isPaused = true;
    const following = follower.follow(late);
    await slow.opened;
    await log.append([like('meanwhile')]);
    await follower.catchUp();
    expect([likesOf(counters), likesOf(late)]).toEqual([51, 1]);
    go.open();
    await following;
    await follower.catchUp();
    expect(likesOf(late)).toBe(51);
  });

  it('says once that the log cannot be read, and goes on where it stood when it can', async () => {
    const log = createMemoryEventLog();
    const disk: { isBroken: boolean } = { isBroken: false };
    const errors: unknown[] = [];
    const fails = async (): Promise<never> => {
      throw new Error('disk full');
    };
    const { follower, counters } = follow(
      { ...log, eventsAfter: (...query) => (disk.isBroken ? fails() : log.eventsAfter(...query)) },
      (...error: unknown[]) => errors.push(...error),
    );
    await log.append([like('a')]);
    await follower.catchUp();
    disk.isBroken = true;
    await log.append([like('b')]);
    await follower.catchUp();
    await follower.catchUp();
    expect([likesOf(counters), errors.length]).toEqual([1, 1]);
    disk.isBroken = false;
    await follower.catchUp();
    expect(likesOf(counters)).toBe(2);
  });
});

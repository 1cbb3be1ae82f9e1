import { createVocabulary } from '@matinee/models/data';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readLog } from '../log/read-log.ts';
import type { FeedbackEvent } from '../ports/event-log.ts';
import { logEvents } from '../testing/log-events.ts';
import { createMemoryEventLog } from '../testing/memory-event-log.ts';
import { createCoViews } from './co-views.ts';
import { createOnlineCounters, emptyCounts, type ItemCounts, type OnlineCounters } from './online-counters.ts';

const ITEMS = 5;
const START = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;
const { indexOf } = createVocabulary(Array.from({ length: ITEMS }, (_, item) => `m${item}`));
const events = logEvents({ userCount: 3, itemCount: ITEMS, startMs: START, stepMs: 9 * HOUR });

/** Everything that counters tell, as of a moment behind all events. */
function dump(counters: OnlineCounters, nowMs: number): unknown {
  return Array.from({ length: ITEMS }, (_, item) => {
    const counts = emptyCounts();
    counters.read(item, nowMs, counts);
    return { counts, together: counters.engagedWith(item, 10) };
  });
}

async function count(log: readonly FeedbackEvent[], restarts: readonly number[] = []): Promise<OnlineCounters> {
  const eventLog = createMemoryEventLog();
  let counters = createOnlineCounters(indexOf);
  for (const [index, event] of log.entries()) {
    await eventLog.append([event]);
    // A process that starts again has nothing but the log.
    if (restarts.includes(index)) counters = createOnlineCounters(indexOf);
    for await (const step of readLog(eventLog, counters.throughSequence())) counters.apply(step);
  }
  return counters;
}

const endOf = (log: readonly FeedbackEvent[]): number => Math.max(START, ...log.map(({ atMs }) => atMs)) + 1;

/** The log with nothing in place of undos and what they took back, but the time that they state. */
async function asIfNeverSaid(log: readonly FeedbackEvent[]): Promise<FeedbackEvent[]> {
  const eventLog = createMemoryEventLog();
  await eventLog.append(log);
  const stored = await eventLog.eventsAfter(0, 1000);
  const undone = new Set(stored.flatMap(({ eventId, undoneBy }) => (undoneBy === undefined ? [] : [eventId])));
  return log.map((event) => {
    const { eventId, userId, type, atMs } = event;
    const isNothing = type === 'undo' || undone.has(eventId);
    return isNothing ? { eventId, userId, itemId: 'nothing', type: 'impression', atMs } : event;
  });
}

/** Log times in milliseconds: no event is before the one before it. */
function ascendingTimes(log: readonly FeedbackEvent[]): number[] {
  let latest = Number.NEGATIVE_INFINITY;
  return log.map(({ atMs }) => {
    latest = Math.max(latest, atMs);
    return latest;
  });
}

describe('createOnlineCounters', () => {
  it('comes to the same from the log, wherever a process stopped and began again', () =>
    fc.assert(
      fc.asyncProperty(events, fc.array(fc.nat(60)), async (log, restarts) => {
        const replayed = dump(await count(log), endOf(log));
        expect(dump(await count(log, restarts), endOf(log))).toEqual(replayed);
      }),
      { numRuns: 60 },
    ));

  it('takes back exactly what is undone', () =>
    fc.assert(
      fc.asyncProperty(events, async (log) => {
        expect(dump(await count(log), endOf(log))).toEqual(dump(await count(await asIfNeverSaid(log)), endOf(log)));
      }),
      { numRuns: 100 },
    ));

  it('counts what a look at every event counts: people, each once a day', () =>
    fc.assert(
      fc.asyncProperty(events, async (log) => {
        const [counters, nowMs] = [await count(log), endOf(log)];
        const said = await asIfNeverSaid(log);
        const times = ascendingTimes(log);
        /** Of each person and day, when the first of their strongest events was. */
        const of = (types: readonly string[], ms: number, itemId: string): number => {
          const best = new Map<string, { strength: number; atMs: number }>();
          for (const [at, event] of said.entries()) {
            const strength = event.itemId === itemId ? types.indexOf(event.type) + 1 : 0;
            const key = `${event.userId} ${Math.floor(times[at]! / (24 * HOUR))}`;
            if (strength > (best.get(key)?.strength ?? 0)) best.set(key, { strength, atMs: times[at]! });
          }
          const bucketOf = (atMs: number): number => Math.floor(atMs / 300_000) * 300_000;
          return [...best.values()].filter(({ atMs }) => bucketOf(atMs) > nowMs - ms).length;
        };
        for (let item = 0; item < ITEMS; item++) {
          const engagements = ['click', 'watched', 'like'];
          const counts = emptyCounts();
          counters.read(item, nowMs, counts);
          expect(counts).toEqual({
            lastHour: of(engagements, HOUR, `m${item}`),
            lastDay: of(engagements, 24 * HOUR, `m${item}`),
            lastWeek: of(engagements, 168 * HOUR, `m${item}`),
            impressions: of(['impression'], 168 * HOUR, `m${item}`),
            likes: of(['like'], 168 * HOUR, `m${item}`),
            skips: of(['skip'], 168 * HOUR, `m${item}`),
          } satisfies ItemCounts);
        }
      }),
      { numRuns: 60 },
    ));

  const liked = (userId: string, item: number, atMs: number): FeedbackEvent => ({
    ...{ eventId: `${userId}-${item}-${atMs}`, userId, itemId: `m${item}`, type: 'like', atMs },
  });

  it.each([
    ['in 1970', Date.UTC(1970, 0, 2)],
    ['ten years ahead', START + 3650 * 24 * HOUR],
  ])('goes on counting after an event of a clock that was %s', async (_, wrongMs) => {
    const honest = Array.from({ length: 6 }, (_each, at) => liked(`u${at}`, 1, START + at * HOUR));
    for (const wrong of [
      [liked('u9', 2, wrongMs), ...honest],
      [honest[0]!, liked('u9', 2, wrongMs), ...honest.slice(1)],
    ]) {
      const counts = emptyCounts();
      (await count(wrong)).read(1, START + 5.5 * HOUR, counts);
      expect([counts.likes, counts.lastWeek]).toEqual([6, 6]);
    }
  });

  it('measures a week by established people, of whom none weighs much, and says what it left out', async () => {
    const burst = Array.from({ length: 50 }, (_, at) => liked(`new-${at}`, 3, START + 30 * HOUR + at));
    const back = [liked('back', 1, START), liked('back', 2, START + 30 * HOUR)];
    const week = (await count([...back, ...burst, liked('member', 4, START + 31 * HOUR)])).engagementsOfWeek(
      START + 32 * HOUR,
      (userId) => userId === 'member',
    );
    expect(week).toEqual({
      byItem: new Map([
        [1, 1],
        [2, 1],
        [4, 1],
      ]),
      count: 3,
      leftOut: 50,
    });
  });

  it('tells what the same people engaged with within hours', async () => {
    const said = (user: string, item: number, hours: number): FeedbackEvent => ({
      eventId: `${user}-${item}-${hours}`,
      userId: user,
      itemId: `m${item}`,
      type: 'watched',
      atMs: START + hours * HOUR,
    });
    const counters = await count([
      ...['ada', 'bob'].flatMap((user) => [said(user, 0, 0), said(user, 1, 1), said(user, 1, 1.5)]),
      said('bob', 2, 2),
      said('cyd', 0, 3),
      said('cyd', 3, 12),
    ]);
    expect(counters.engagedWith(0, 10)).toEqual([
      { itemIndex: 1, userCount: 2 },
      { itemIndex: 2, userCount: 1 },
    ]);
    expect(counters.engagedWith(0, 1)).toHaveLength(1);
    expect(counters.engagedWith(3, 10)).toEqual([]);
  });
});

describe('createCoViews', () => {
  it('remembers no more than its capacity, and what it remembers stays right', () =>
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(3), fc.nat(4)), { maxLength: 60 }), (engagements) => {
        const small = createCoViews(10);
        const fresh = createCoViews(1000);
        for (const [at, [user, item]] of engagements.entries()) small.add(`u${user}`, item, at);
        for (const [at, [user, item]] of engagements.slice(-10).entries()) fresh.add(`u${user}`, item, at);
        for (let item = 0; item < 5; item++) expect(small.of(item, 10)).toEqual(fresh.of(item, 10));
      }),
      { numRuns: 200 },
    ));
});

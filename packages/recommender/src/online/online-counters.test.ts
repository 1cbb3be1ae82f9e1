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

/** The log without its undos and what they took back. */
function asIfNeverSaid(log: readonly FeedbackEvent[]): FeedbackEvent[] {
  const undone = new Set(log.map(({ undoes }) => undoes));
  return log.filter(({ eventId, type }) => type !== 'undo' && !undone.has(eventId));
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
        expect(dump(await count(log), endOf(log))).toEqual(dump(await count(asIfNeverSaid(log)), endOf(log)));
      }),
      { numRuns: 100 },
    ));

  it('counts what a look at every event counts', () =>
    fc.assert(
      fc.asyncProperty(events, async (log) => {
        const [counters, nowMs] = [await count(log), endOf(log)];
        const said = asIfNeverSaid(log);
        for (let item = 0; item < ITEMS; item++) {
          const of = (types: string[], ms: number): number =>
            said.filter(({ itemId, type, atMs }) => {
              const bucket = Math.floor(atMs / 300_000) * 300_000;
              return itemId === `m${item}` && types.includes(type) && bucket > nowMs - ms;
            }).length;
          const engagements = ['like', 'watched', 'click'];
          const counts = emptyCounts();
          counters.read(item, nowMs, counts);
          expect(counts).toEqual({
            lastHour: of(engagements, HOUR),
            lastDay: of(engagements, 24 * HOUR),
            lastWeek: of(engagements, 168 * HOUR),
            impressions: of(['impression'], 168 * HOUR),
            likes: of(['like'], 168 * HOUR),
            skips: of(['skip'], 168 * HOUR),
          } satisfies ItemCounts);
        }
      }),
      { numRuns: 60 },
    ));

  it('tells what the same people turned to within hours', async () => {
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

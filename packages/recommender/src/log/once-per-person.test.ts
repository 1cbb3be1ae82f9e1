import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FeedbackEvent, FeedbackType } from '../ports/event-log.ts';
import { logEvents } from '../testing/log-events.ts';
import { createMemoryEventLog } from '../testing/memory-event-log.ts';
import { createLogClock, startOfLog } from './log-clock.ts';
import { createPersonalCounts } from './once-per-person.ts';
import { readLog } from './read-log.ts';

const START = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;
const STRENGTH: Partial<Record<FeedbackType, number>> = { like: 3, watched: 2, click: 1 };
const said = (
  eventId: string,
  type: FeedbackType,
  hours: number,
  parts: Partial<FeedbackEvent> = {},
): FeedbackEvent => ({
  ...{ eventId, userId: 'ada', itemId: 'm1', type, atMs: START + hours * HOUR },
  ...parts,
});

/** The events that a log keeps: all but undos without effect. */
async function storedOf(events: readonly FeedbackEvent[]): Promise<readonly FeedbackEvent[]> {
  const log = createMemoryEventLog();
  const results = await log.append(events);
  return events.filter((_, at) => results[at]?.status === 'accepted');
}

/** Ids of the events that count in the end, with their log times. */
async function countingIn(events: readonly FeedbackEvent[]): Promise<Map<string, number>> {
  const log = createMemoryEventLog();
  await log.append(events);
  const clock = createLogClock(startOfLog(START / 1000));
  const counts = createPersonalCounts({ windowDays: 1, strengthOf: ({ type }) => STRENGTH[type] ?? 0, clock });
  const counting = new Map<string, number>();
  for await (const step of readLog(log, 0)) {
    for (const { event, time, sign } of counts.changesOf(step, clock.advance(step.event))) {
      const { eventId } = events[event.sequence - 1]!;
      if (sign > 0) {
        expect(counting.has(eventId)).toBe(false);
        counting.set(eventId, time);
      } else {
        expect(counting.get(eventId)).toBe(time);
        counting.delete(eventId);
      }
    }
  }
  return counting;
}

describe('createPersonalCounts', () => {
  it('counts a person once for a title and day, however often they repeat it', async () => {
    const repeated = Array.from({ length: 50 }, (_, at) => said(`e${at}`, 'like', at / 10));
    expect([...(await countingIn(repeated)).keys()]).toEqual(['e0']);
    const others = [said('bob', 'like', 6, { userId: 'bob' }), said('other', 'like', 7, { itemId: 'm2' })];
    expect([...(await countingIn([...repeated, ...others, said('next', 'like', 30)])).keys()]).toEqual([
      ...['e0', 'bob', 'other', 'next'],
    ]);
  });

  it('counts the strongest of several, and what is left of them after an undo', async () => {
    const events = [said('click', 'click', 0), said('like', 'like', 1), said('watched', 'watched', 2)];
    const undo = (id: string, hours: number) => said(`undo-${id}`, 'undo', hours, { undoes: id });
    expect([...(await countingIn(events)).keys()]).toEqual(['like']);
    expect([...(await countingIn([...events, undo('like', 3)])).keys()]).toEqual(['watched']);
    // Days later, when the counts of that day are remembered nowhere.
    const later = [...events, said('next', 'click', 72), undo('like', 73), undo('watched', 74)];
    expect([...(await countingIn(later)).keys()]).toEqual(['next', 'click']);
  });

  it('comes to what a look at every event that holds comes to, in any order of undos', () =>
    fc.assert(
      fc.asyncProperty(
        logEvents({ userCount: 2, itemCount: 2, startMs: START, stepMs: 9 * HOUR, hasOwnTimes: true }),
        async (generated) => {
          const events = await storedOf(generated);
          const clock = createLogClock(startOfLog(START / 1000));
          const times = events.map((event, at) => clock.advance({ ...event, sequence: at + 1 }));
          const log = createMemoryEventLog();
          await log.append(events);
          const undone = new Set(
            (await log.eventsAfter(0, 1000)).map((e) => (e.undoneBy === undefined ? '' : e.eventId)),
          );
          const best = new Map<string, { id: string; strength: number; time: number }>();
          for (const [at, { userId, itemId, type, eventId }] of events.entries()) {
            const strength = STRENGTH[type] ?? 0;
            if (strength === 0 || undone.has(eventId)) continue;
            const key = `${userId} ${itemId} ${Math.floor(times[at]! / 86_400)}`;
            if (strength > (best.get(key)?.strength ?? 0)) best.set(key, { id: eventId, strength, time: times[at]! });
          }
          const expected = new Map(Array.from(best.values(), ({ id, time }) => [id, time]));
          expect(await countingIn(events)).toEqual(expected);
        },
      ),
      { numRuns: 200 },
    ));
});

import { createVocabulary, DEFAULT_CONFIDENCE_RULE } from '@matinee/models/data';
import { describe, expect, it } from 'vitest';
import type { FeedbackEvent } from '../ports/event-log.ts';
import { createMemoryEventLog } from '../testing/memory-event-log.ts';
import { createSmallWorld } from '../testing/small-world.ts';
import { surveyLog } from './survey-log.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const { dataset } = await createSmallWorld();
const START = ((dataset.events.timestamps.at(-1) ?? 0) + 60) * 1000;

const like = (userId: string, item: number, afterMs: number): Omit<FeedbackEvent, 'eventId'> => ({
  ...{ userId, itemId: `m${item}`, type: 'like', atMs: START + afterMs },
});

async function survey(events: readonly Omit<FeedbackEvent, 'eventId'>[], of = dataset) {
  const log = createMemoryEventLog();
  const sorted = [...events].sort((a, b) => a.atMs - b.atMs);
  await log.append(sorted.map((event, at) => ({ ...event, eventId: `e${at}` })));
  const surveyed = await surveyLog({
    ...{ log, dataset: of, rule: DEFAULT_CONFIDENCE_RULE, throughSequence: Number.POSITIVE_INFINITY },
  });
  const eventsOf = (userId: string): number => surveyed.events.filter(({ event }) => event.userId === userId).length;
  return { ...surveyed, eventsOf };
}

describe('surveyLog', () => {
  it('leaves out visitors until they have come back on a later day, and says so', async () => {
    const burst = Array.from({ length: 40 }, (_, visitor) => like(`new-${visitor}`, 7, 1000 + visitor)).flat();
    const { events, leftOut, eventsOf } = await survey([
      ...burst,
      like('back', 8, 0),
      like('back', 9, 25 * HOUR),
      like('u3', 7, 2 * HOUR),
    ]);
    expect(events).toHaveLength(3);
    expect([eventsOf('back'), eventsOf('u3')]).toEqual([2, 1]);
    expect(leftOut).toMatchObject({ newPeople: 40, eventsOfNewPeople: 40, eventsOverLimit: 0 });
  });

  it('learns from visitors who come back where there is nobody else yet, and not from many with one title', async () => {
    const nobody = { ...dataset, users: createVocabulary([]), events: { ...dataset.events, count: 0 } };
    const visitors = Array.from({ length: 80 }, (_, visitor) => `visitor-${visitor}`);
    const events = visitors.flatMap((visitor, at) => [
      like(visitor, 7, at * HOUR),
      like(visitor, 8 + at, at * HOUR + 2 * DAY),
    ]);
    const { events: counted, leftOut } = await survey(events, nobody);
    const pushed = counted.filter(({ event }) => event.itemId === 'm7').length;
    expect([counted.length - pushed, pushed]).toEqual([80, 50]);
    expect(leftOut.eventsOverShare).toBe(30);
  });

  it('takes a limited number of events of one person, of a day and in all', async () => {
    const days = Array.from({ length: 12 }, (_, day) => day);
    const flood = (userId: string) =>
      days.flatMap((day) =>
        Array.from({ length: 60 }, (_, at) => like(userId, (day * 60 + at) % 240, day * DAY + at * 60_000)),
      );
    const { eventsOf, leftOut } = await survey([...flood('u1'), ...flood('flooder')]);
    expect(eventsOf('u1')).toBeLessThanOrEqual(500);
    expect(eventsOf('flooder')).toBeLessThanOrEqual(100);
    expect(leftOut.eventsOverLimit).toBeGreaterThanOrEqual(200);
  });

  it('takes few events of young visitors with a title that members do not know, and all of the same people in time', async () => {
    const visitors = Array.from({ length: 30 }, (_, visitor) => `visitor-${visitor}`);
    const push = visitors.flatMap((visitor) => [like(visitor, 238, HOUR), like(visitor, 0, 2 * DAY)]);
    const pushed = ({ events }: Awaited<ReturnType<typeof survey>>): number =>
      events.filter(({ event }) => event.itemId === 'm238').length;
    const early = await survey(push);
    expect(pushed(early)).toBe(3);
    expect(early.leftOut.eventsOverShare).toBeGreaterThanOrEqual(27);
    // Nothing happens for at most a day at a time: the month passes with the events of others.
    const month = Array.from({ length: 32 }, (_, day) => like('u2', day, (3 + day) * DAY));
    const back = visitors.map((visitor) => like(visitor, 6, 36 * DAY));
    expect(pushed(await survey([...push, ...month, ...back]))).toBe(30);
  });

  it('bounds what visitors add to a title by what members think of it', async () => {
    const visitors = Array.from({ length: 24 }, (_, visitor) => `visitor-${visitor}`);
    const popular = [0, 1, 2, 3, 4, 5];
    const { events } = await survey(
      visitors.flatMap((visitor, at) => [
        like(visitor, popular[at % 6]!, 0),
        like(visitor, 200, HOUR),
        like(visitor, 12 + (at % 6), 2 * DAY),
      ]),
    );
    const countOf = (item: number): number => events.filter(({ event }) => event.itemId === `m${item}`).length;
    expect(countOf(200)).toBeLessThan(10);
    expect(countOf(0)).toBeGreaterThanOrEqual(3);
  });
});

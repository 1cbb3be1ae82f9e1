import { EMPTY_HISTORY } from '@matinee/models/data';
import { describe, expect, it } from 'vitest';
import { readLog } from '../log/read-log.ts';
import type { FeedbackEvent } from '../ports/event-log.ts';
import { createMemoryEventLog } from '../testing/memory-event-log.ts';
import { createSmallWorld } from '../testing/small-world.ts';
import { createLiveEngine } from './live-engine.ts';

const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;
const NOW = Date.UTC(2026, 0, 10);
const { dataset, release } = await createSmallWorld();

const like = (eventId: string, userId: string, item: number, atMs: number): FeedbackEvent => ({
  ...{ eventId, userId, itemId: `m${item}`, type: 'like', atMs },
});

/** All titles by the live popularity after a log, and their scores. */
async function popularAfter(events: readonly FeedbackEvent[]) {
  const log = createMemoryEventLog();
  await log.append(events);
  const { engine, live } = createLiveEngine(dataset, release);
  for await (const step of readLog(log, 0)) live.apply(step);
  const { model } = engine.release.sources.find(({ name }) => name === 'recent-popularity')!;
  const { itemIndices, scores } = await model.retrieve({ history: EMPTY_HISTORY, asOf: 0, userIndex: -1 }, 240);
  return { order: [...itemIndices], scores: new Map(Array.from(itemIndices, (item, at) => [item, scores[at]!])) };
}

describe('createLiveEvents', () => {
  const likes = Array.from({ length: 30 }, (_, at) =>
    like(`e${at}`, `u${at}`, [7, 20, 101][at % 3]!, NOW + at * 60_000),
  );

  it.each([
    ['in 1970', Date.UTC(1970, 0, 2)],
    ['in 1999', Date.UTC(1999, 0, 2)],
    ['in 2019', Date.UTC(2019, 0, 2)],
    ['ten years ahead', NOW + 10 * YEAR],
  ])('orders titles as if a first event had never been whose clock was %s', async (_, wrongMs) => {
    // A title that is not in the data: all that the event could change is the time.
    const wrong = { ...like('wrong', 'u80', 0, wrongMs), itemId: 'unknown' };
    expect((await popularAfter([wrong, ...likes])).order).toEqual((await popularAfter(likes)).order);
  });

  it('gives a like no more weight for a clock that was ten years ahead', async () => {
    const before = await popularAfter([]);
    const wrong = like('wrong', 'u80', 150, NOW + 10 * YEAR);
    for (const events of [
      [wrong, ...likes],
      [...likes, wrong],
      [...likes.slice(0, 9), wrong, ...likes.slice(9)],
    ]) {
      const { scores } = await popularAfter(events);
      expect((scores.get(150) ?? 0) - (before.scores.get(150) ?? 0)).toBeLessThan(1.05);
    }
  });

  it('counts a member once for a title in a month, however often they like it', async () => {
    const repeated = Array.from({ length: 100 }, (_, at) => like(`again${at}`, 'u1', 33, NOW + at * 6 * HOUR));
    const before = (await popularAfter([])).scores.get(33) ?? 0;
    expect(((await popularAfter(repeated)).scores.get(33) ?? 0) - before).toBeLessThan(2.1);
  });

  it('lets all young visitors together add little to a title, and takes it back exactly', async () => {
    const many = Array.from({ length: 500 }, (_, at) => like(`v${at}`, `visitor-${at}`, 234, NOW + at));
    const before = await popularAfter([]);
    const gain = ((await popularAfter(many)).scores.get(234) ?? 0) - (before.scores.get(234) ?? 0);
    expect(gain).toBeGreaterThan(2);
    expect(gain).toBeLessThan(4);
    const undos = many.map(
      (event): FeedbackEvent => ({ ...event, eventId: `undo-${event.eventId}`, type: 'undo', undoes: event.eventId }),
    );
    expect(await popularAfter([...many, ...undos])).toEqual(before);
  });
});

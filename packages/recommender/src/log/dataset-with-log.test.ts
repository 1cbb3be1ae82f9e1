import { buildInteractions, EMPTY_HISTORY, EVENT_TYPES } from '@matinee/models/data';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createLiveEngine } from '../online/live-engine.ts';
import type { FeedbackEvent } from '../ports/event-log.ts';
import { logEvents } from '../testing/log-events.ts';
import { createMemoryEventLog } from '../testing/memory-event-log.ts';
import { createSmallWorld, type SmallWorld } from '../testing/small-world.ts';
import { datasetWithLog } from './dataset-with-log.ts';
import { readLog } from './read-log.ts';

const HOUR = 3_600_000;
const YEAR = 365 * 86_400;
const [LIKE, WATCH, CLICK] = (['like', 'watch', 'click'] as const).map((type) => EVENT_TYPES.indexOf(type));
/** Behind the end of the small world. */
const START = Date.UTC(2018, 9, 20);
const digest = (bytes: Uint8Array): string => String(bytes.reduce((sum, byte) => (sum * 31 + byte) % 1e9, 7));

async function logOf(events: readonly FeedbackEvent[]) {
  const log = createMemoryEventLog();
  await log.append(events);
  return log;
}

describe('a user of the dataset who was deleted', () => {
  it('is in no training on the dataset and the log, which is another one then', async () => {
    const { dataset } = await createSmallWorld();
    const log = createMemoryEventLog();
    const before = await datasetWithLog(dataset, log, digest);
    await log.append([{ eventId: 'e1', userId: 'u3', itemId: 'm5', type: 'like', atMs: 1_600_000_000_000 }]);
    await log.deleteUser('u3', 1);
    const after = await datasetWithLog(dataset, log, digest);
    expect(after.dataset.events.count).toBe(before.dataset.events.count - 24);
    expect(after.dataset.events.userIndices).not.toContain(dataset.users.indexOf('u3'));
    expect(after.dataset.users.ids).toEqual(before.dataset.users.ids);
    expect(after.dataset.hash).not.toBe(before.dataset.hash);
  });
});

describe('datasetWithLog', () => {
  let world: SmallWorld;
  beforeAll(async () => {
    world = await createSmallWorld();
  });

  it('has the events of the log behind its own that live counts have as well, without what was taken back', () =>
    fc.assert(
      fc.asyncProperty(logEvents({ userCount: 4, itemCount: 240, startMs: START, stepMs: HOUR }), async (events) => {
        const { dataset, release } = world;
        const log = await logOf(events);
        const joined = await datasetWithLog(dataset, log, digest);
        const { count, timestamps, itemIndices, types } = joined.dataset.events;
        expect(joined.log.eventCount).toBe(count - dataset.events.count);
        expect(timestamps.every((time, row) => row === 0 || time >= (timestamps[row - 1] ?? 0))).toBe(true);
        expect(joined.dataset.events.userIndices.subarray(0, dataset.events.count)).toEqual(dataset.events.userIndices);
        expect(buildInteractions(joined.dataset.events).count).toBe(count);
        const { live, engine } = createLiveEngine(dataset, release);
        for await (const step of readLog(log, 0)) live.apply(step);
        const isPositive = (row: number): boolean => [LIKE, WATCH, CLICK].includes(types[row]!);
        const rows = Array.from({ length: count - dataset.events.count }, (_, at) => dataset.events.count + at);
        expect(live.engagementCount()).toBe(rows.filter(isPositive).length);
        const popular = engine.release.sources.find(({ name }) => name === 'recent-popularity')!.model;
        const counted = new Float32Array(engine.itemCount);
        await popular.scoreAll({ history: EMPTY_HISTORY, asOf: 0, userIndex: -1 }, counted);
        const before = new Float32Array(engine.itemCount);
        const trained = release.sources.find(({ name }) => name === 'recent-popularity')!.model;
        await trained.scoreAll({ history: EMPTY_HISTORY, asOf: 0, userIndex: -1 }, before);
        for (const row of new Set(rows.filter(isPositive).map((each) => itemIndices[each]!))) {
          const ofItem = rows.filter((each) => isPositive(each) && itemIndices[each] === row);
          const gain = ofItem.reduce((sum, each) => sum + 2 ** ((timestamps[each]! - release.trainedAsOf) / YEAR), 0);
          expect(counted[row]! - (Number.isNaN(before[row]!) ? 0 : before[row]!)).toBeCloseTo(gain, 2);
        }
      }),
      { numRuns: 40 },
    ));

  it('counts nothing twice where the release stopped in the middle of a person’s repeated events', async () => {
    const { dataset, release } = world;
    const say = (eventId: string, hours: number, parts: Partial<FeedbackEvent> = {}): FeedbackEvent => ({
      ...{ eventId, userId: 'u5', itemId: 'm3', type: 'like', atMs: START + hours * HOUR },
      ...parts,
    });
    const log = await logOf([
      say('a', 0),
      say('b', 1, { itemId: 'm4' }),
      say('again', 2),
      say('back', 3, { type: 'undo', undoes: 'a' }),
      say('anew', 4),
      say('other', 5, { itemId: 'm5' }),
    ]);
    const { log: trained } = await datasetWithLog(dataset, log, digest, { throughSequence: 2 });
    const { live } = createLiveEngine(dataset, { ...release, log: trained });
    for await (const step of readLog(log, live.throughSequence())) live.apply(step);
    expect(live.engagementCount()).toBe(1);
    const whole = await datasetWithLog(dataset, log, digest);
    expect(whole.log.eventCount).toBe(trained.eventCount + 1);
  });

  it('takes the log up to a place, keeps users of the data set where they are, and has a hash of its own', async () => {
    const { dataset } = world;
    const say = (eventId: string, userId: string, hours: number): FeedbackEvent => ({
      ...{ eventId, userId, itemId: `m${hours}`, type: 'like', atMs: START + hours * HOUR },
    });
    const log = await logOf([
      ...[say('a', 'u5', 0), say('b', 'visitor', 1), say('c', 'visitor', 2)],
      ...[say('d', 'u5', 26), say('e', 'visitor', 27), say('f', 'late', 28)],
    ]);
    const { dataset: joined, log: trained } = await datasetWithLog(dataset, log, digest, { throughSequence: 5 });
    expect(Array.from(joined.events.userIndices.subarray(-5))).toEqual([5, 90, 90, 5, 90]);
    expect(joined.users.ids.slice(89)).toEqual(['u89', 'visitor']);
    expect(trained).toMatchObject({ throughSequence: 5, eventCount: 5 });
    const hashes = await Promise.all(
      [3, 4, 5].map(async (at) => (await datasetWithLog(dataset, log, digest, { throughSequence: at })).dataset.hash),
    );
    expect(new Set([dataset.hash, ...hashes]).size).toBe(4);
  });

  it('has titles that arrived behind its own, and what people did with them', async () => {
    const { dataset } = world;
    const log = await logOf([{ eventId: 'a', userId: 'u5', itemId: 'late', type: 'like', atMs: START }]);
    const late = { id: 'late', title: 'Latecomer', genres: ['Drama'] };
    const { dataset: joined } = await datasetWithLog(dataset, log, digest, { newItems: [late] });
    expect(joined.items.vocabulary.ids.slice(239)).toEqual(['m239', 'late']);
    expect(joined.events.itemIndices.at(-1)).toBe(240);
    const without = await datasetWithLog(dataset, log, digest);
    expect(without.log.eventCount).toBe(0);
    const renamed = await datasetWithLog(dataset, log, digest, { newItems: [{ ...late, title: 'Renamed' }] });
    expect(new Set([without, renamed, { dataset: joined }].map(({ dataset: { hash } }) => hash)).size).toBe(3);
  });

  it('joins ratings and shares by what follows from them, and events at their own times', async () => {
    const { dataset } = world;
    const end = dataset.events.timestamps[dataset.events.count - 1]!;
    const say = (eventId: string, days: number, parts: Partial<FeedbackEvent>): FeedbackEvent => ({
      ...{ eventId, userId: 'u5', itemId: `m${eventId}`, type: 'like', atMs: START + days * 24 * HOUR },
      ...parts,
    });
    const log = await logOf([
      say('1', 0, { rating: 5 }),
      say('2', 1, { type: 'click', share: 0.5 }),
      say('3', 2, { type: 'watched', share: 0.75, atMs: 1000 * (end - 86_400), receivedMs: START + 48 * HOUR }),
    ]);
    const { events, items } = (await datasetWithLog(dataset, log, digest)).dataset;
    const rowOf = (itemId: string) => {
      for (let row = events.count - 1; row >= 0; row--) {
        const isOfUser = events.userIndices[row] === dataset.users.indexOf('u5');
        if (isOfUser && events.itemIndices[row] === items.vocabulary.indexOf(itemId) && events.types[row] !== 0)
          return { type: EVENT_TYPES[events.types[row]!], value: events.values[row]!, time: events.timestamps[row]! };
      }
      return undefined;
    };
    expect(rowOf('m1')).toMatchObject({ type: 'like', value: Number.NaN });
    expect(rowOf('m2')).toMatchObject({ type: 'watch', value: 0.5 });
    expect(rowOf('m3')).toMatchObject({ type: 'watch', value: 0.75, time: end - 86_400 });
    expect(events.timestamps.every((time, row) => row === 0 || time >= events.timestamps[row - 1]!)).toBe(true);
  });
});

import { buildInteractions } from '@matinee/models/data';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { FeedbackEvent } from '../ports/event-log.ts';
import { logEvents } from '../testing/log-events.ts';
import { createMemoryEventLog } from '../testing/memory-event-log.ts';
import { createSmallWorld, type SmallWorld } from '../testing/small-world.ts';
import { datasetWithLog } from './dataset-with-log.ts';

const HOUR = 3_600_000;
const START = Date.UTC(2018, 6, 20);
const digest = (bytes: Uint8Array): string => String(bytes.reduce((sum, byte) => (sum * 31 + byte) % 1e9, 7));

async function logOf(events: readonly FeedbackEvent[]) {
  const log = createMemoryEventLog();
  await log.append(events);
  return log;
}

describe('datasetWithLog', () => {
  let world: SmallWorld;
  beforeAll(async () => {
    world = await createSmallWorld();
  });

  it('has the events of the log behind its own, without what was taken back', () =>
    fc.assert(
      fc.asyncProperty(logEvents({ userCount: 4, itemCount: 240, startMs: START, stepMs: HOUR }), async (events) => {
        const { dataset } = world;
        const undone = new Set(events.map(({ undoes }) => undoes));
        const kept = events.filter(
          ({ eventId, type, itemId }) =>
            !['undo', 'impression'].includes(type) && !undone.has(eventId) && itemId !== 'm240',
        );
        const joined = await datasetWithLog(dataset, await logOf(events), digest);
        const { count, timestamps } = joined.dataset.events;
        expect([count, joined.log.eventCount]).toEqual([dataset.events.count + kept.length, kept.length]);
        expect(timestamps.every((time, row) => row === 0 || time >= (timestamps[row - 1] ?? 0))).toBe(true);
        expect(joined.dataset.events.userIndices.subarray(0, dataset.events.count)).toEqual(dataset.events.userIndices);
        expect(buildInteractions(joined.dataset.events).count).toBe(count);
      }),
      { numRuns: 40 },
    ));

  it('takes the log up to a place, keeps users of the data set where they are, and has a hash of its own', async () => {
    const { dataset } = world;
    const say = (eventId: string, userId: string): FeedbackEvent => ({
      ...{ eventId, userId, itemId: 'm3', type: 'like', atMs: START },
    });
    const log = await logOf([say('a', 'u5'), say('b', 'visitor'), say('c', 'visitor'), say('d', 'late')]);
    const { dataset: joined, log: trained } = await datasetWithLog(dataset, log, digest, { throughSequence: 3 });
    expect(Array.from(joined.events.userIndices.subarray(-3))).toEqual([5, 90, 90]);
    expect(joined.users.ids.slice(89)).toEqual(['u89', 'visitor']);
    expect(trained).toMatchObject({ throughSequence: 3, eventCount: 3 });
    const hashes = await Promise.all(
      [2, 3, 4].map(async (at) => (await datasetWithLog(dataset, log, digest, { throughSequence: at })).dataset.hash),
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
});

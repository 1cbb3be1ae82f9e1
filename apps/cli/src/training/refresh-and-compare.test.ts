import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createVocabulary, type Dataset } from '@matinee/models/data';
import type { Release } from '@matinee/models/release';
import { createRandom } from '@matinee/numerics';
import { createItemFacts, type FeedbackEvent } from '@matinee/recommender';
import { createMemoryEventLog, createSmallWorld } from '@matinee/recommender/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProgress } from '../terminal/progress.ts';
import { openWorkspace, type Workspace } from '../workspace/workspace.ts';
import { type Refreshed, refreshAndCompare } from './refresh-and-compare.ts';
import { trainAndSaveRelease } from './train-and-save-release.ts';

const HOUR = 3_600_000;
const GENRES = 6;
/** A title that nobody in the data has rated. */
const PUSHED = 238;
const { dataset } = await createSmallWorld();
const START = ((dataset.events.timestamps.at(-1) ?? 0) + 3600) * 1000;

type Sent = Omit<FeedbackEvent, 'eventId'>;
const like = (userId: string, item: number, afterMs: number): Sent => ({
  ...{ userId, itemId: `m${item}`, type: 'like', atMs: START + afterMs },
});

/** Members, and visitors who come back, like titles of one genre each over ten days, popular ones first. */
function honestEvents(): Sent[] {
  const random = createRandom(3);
  const people = [
    ...Array.from({ length: 60 }, (_, at) => `u${at}`),
    ...Array.from({ length: 12 }, (_, at) => `v${at}`),
  ];
  return people.flatMap((userId, person) =>
    Array.from({ length: 8 }, (_, at) =>
      like(
        userId,
        Math.floor(random.next() ** 2 * 38) * GENRES + (person % GENRES),
        (at * 30 + random.integer(10)) * HOUR,
      ),
    ),
  );
}

/** New visitors who like one title and nine others within four seconds. */
function burst(count = 400): Sent[] {
  const random = createRandom(4);
  return Array.from({ length: count }, (_, visitor) =>
    [PUSHED, ...Array.from({ length: 9 }, () => random.integer(200))].map((item) =>
      like(`new-${visitor}`, item, 60 * HOUR + random.integer(4000)),
    ),
  ).flat();
}

let home: string;
let workspace: Workspace;
let release: Release;
const lines: string[] = [];
const stream = { isTTY: false, write: (text: string) => lines.push(text) } as unknown as NodeJS.WriteStream;
const progress = createProgress({ json: false, stream, signal: new AbortController().signal });
beforeAll(async () => {
  home = await mkdtemp(path.join(os.tmpdir(), 'matinee-refresh-'));
  workspace = openWorkspace(home);
  release = await trainAndSaveRelease({ dataset, workspace, progress, seed: 1 });
});
afterAll(() => rm(home, { recursive: true }));

async function refresh(events: readonly Sent[], of = { dataset, release }): Promise<Refreshed> {
  const eventLog = createMemoryEventLog();
  const sorted = [...events].sort((a, b) => a.atMs - b.atMs);
  await eventLog.append(sorted.map((event, at) => ({ ...event, eventId: `e${at}` })));
  return refreshAndCompare({
    ...{ ...of, workspace, eventLog, progress, seed: 1 },
    facts: createItemFacts(240, () => undefined),
    newItems: {
      add: async () => undefined,
      readAll: async () => [],
      change: async () => [],
      readChanges: async () => [],
      close: async () => undefined,
    },
  });
}

describe('refreshAndCompare', () => {
  it('lets a release take over that has learned from people who come back', async () => {
    const { takesOver, refusals, release: refreshed, comparison } = await refresh(honestEvents());
    expect([takesOver, refusals]).toEqual([true, []]);
    expect(refreshed.log?.leftOut).toMatchObject({ newPeople: 0 });
    expect(comparison.decisive.queries).toBeGreaterThan(20);
  });

  it('learns from the visitors of a service that began with a catalogue alone, and finds more than without', async () => {
    const firstDay: Dataset = {
      ...dataset,
      name: 'first-day',
      hash: 'f'.repeat(64),
      users: createVocabulary([]),
      events: {
        count: 0,
        userIndices: new Int32Array(0),
        itemIndices: new Int32Array(0),
        timestamps: new Float64Array(0),
        values: new Float32Array(0),
        types: new Uint8Array(0),
      },
    };
    const first = await trainAndSaveRelease({ dataset: firstDay, workspace, progress, seed: 1 });
    const {
      takesOver,
      comparison,
      members,
      release: refreshed,
    } = await refresh(honestEvents(), {
      dataset: firstDay,
      release: first,
    });
    expect([takesOver, members.members]).toEqual([true, 0]);
    expect(refreshed.log?.eventCount).toBeGreaterThan(300);
    expect(comparison.queries).toBeGreaterThan(50);
    expect(comparison.later.ndcg).toBeGreaterThan(1.2 * comparison.earlier.ndcg);
  });

  it('learns nothing from four hundred accounts of four seconds, and says what it left out', async () => {
    await expect(refresh(burst())).rejects.toMatchObject({
      code: 'NOTHING_NEW',
      message: expect.stringMatching(/left out: \d+ events of 400 visitors who have not come back on a later day/),
    });
  });

  it('learns from honest people what it would have learned without such a burst', async () => {
    const honest = await refresh(honestEvents());
    const both = await refresh([...honestEvents(), ...burst()]);
    expect(both.release.log?.leftOut).toMatchObject({ newPeople: 400 });
    expect(both.release.log?.eventCount).toBe(honest.release.log?.eventCount);
    expect(both.comparison.queries).toBe(honest.comparison.queries);
    expect(lines.join('')).toContain('of 400 visitors who have not come back on a later day');
  });

  it('does not bring a title to people that four hundred visitors push who come back the next day', async () => {
    const back = Array.from({ length: 400 }, (_, visitor) => like(`new-${visitor}`, visitor % 200, 90 * HOUR));
    const { release: refreshed, members } = await refresh([...honestEvents(), ...burst(), ...back]);
    const { eventsOverShare = 0 } = refreshed.log?.leftOut ?? {};
    expect(eventsOverShare).toBeGreaterThan(4000);
    expect(members.widestEntry).toBeLessThanOrEqual(0.2);
  });
});

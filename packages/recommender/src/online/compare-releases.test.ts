import type { NamedSource } from '@matinee/models/blend';
import type { Dataset } from '@matinee/models/data';
import type { Release } from '@matinee/models/release';
import { createRandom } from '@matinee/numerics';
import { beforeAll, describe, expect, it } from 'vitest';
import type { EventLog, FeedbackEvent } from '../ports/event-log.ts';
import { listWithin } from '../recommend.ts';
import { createMemoryEventLog } from '../testing/memory-event-log.ts';
import { createSmallWorld } from '../testing/small-world.ts';
import { compareReleases, isSignificantlyWorse } from './compare-releases.ts';
import { createDriftMeter } from './drift.ts';
import { holdBackEngagements } from './hold-back-engagements.ts';
import { createLiveEngine } from './live-engine.ts';
import { monitorRelease } from './monitor-release.ts';

const listItems = listWithin({
  now: () => 0,
  deadlineMs: 1000,
  timeout: () => ({ expired: new Promise<void>(() => undefined), cancel: () => undefined }),
});
const GENRES = 6;
const ENGAGEMENT_COUNT = 120;

/** Visitors of one camp each, who turn to titles of their genre, popular ones first. */
async function visitorsLog({ events, items }: Dataset): Promise<EventLog> {
  const random = createRandom(5);
  const log = createMemoryEventLog();
  const startMs = ((events.timestamps.at(-1) ?? 0) + 10) * 1000;
  for (let at = 0; at < ENGAGEMENT_COUNT; at++) {
    const visitor = at % 20;
    const item = random.integer(16) * GENRES + (visitor % GENRES);
    const event = { eventId: `e${at}`, userId: `visitor-${visitor}`, itemId: items.vocabulary.ids[item] as string };
    await log.append([{ ...event, type: 'watched', atMs: startMs + at * 1000 } satisfies FeedbackEvent]);
  }
  return log;
}

/** Finds what it should find last. */
function upsideDown(release: Release): Release {
  const turned = ({ model, ...source }: NamedSource): NamedSource => ({
    ...source,
    model: {
      ...model,
      kind: `not-${model.kind}`,
      async retrieve(query, n, excluded) {
        const all = await model.retrieve(query, model.itemCount, excluded);
        return {
          itemIndices: all.itemIndices.slice().reverse().subarray(0, n),
          scores: all.scores.slice().sort().reverse().subarray(0, n),
        };
      },
    },
  });
  return { ...release, version: 'upside-down', sources: release.sources.map(turned) };
}

describe('compareReleases', () => {
  let dataset: Dataset;
  let release: Release;
  let log: EventLog;
  beforeAll(async () => {
    ({ dataset, release } = await createSmallWorld());
    log = await visitorsLog(dataset);
  });
  const compare = (later: Release, afterSequence: number) =>
    compareReleases(createLiveEngine(dataset, release), createLiveEngine(dataset, later), {
      ...{
        users: dataset.users,
        log,
        listItems,
        afterSequence,
        engagementCount: ENGAGEMENT_COUNT - afterSequence,
        maxQueries: 60,
      },
      checkpoint: () => Promise.resolve(),
    });

  it('finds no difference between a release and itself', async () => {
    const comparison = await compare(release, 20);
    expect(comparison.queries).toBeGreaterThan(40);
    expect(comparison.users).toBe(20);
    expect(comparison.later).toEqual(comparison.earlier);
    expect(comparison.later.recall).toBeGreaterThan(0.3);
    expect(comparison.difference).toEqual({ value: 0, low: 0, high: 0 });
    expect(isSignificantlyWorse(comparison)).toBe(false);
  });

  it('tells one that is worse, on what lies behind the cut alone', async () => {
    const comparison = await compare(upsideDown(release), 60);
    expect(comparison.queries).toBeLessThanOrEqual(60);
    expect(isSignificantlyWorse(comparison)).toBe(true);
  });

  it('says nothing without a question', async () => {
    const comparison = await compare(upsideDown(release), ENGAGEMENT_COUNT);
    expect(comparison).toMatchObject({ queries: 0, users: 0, difference: null });
    expect(isSignificantlyWorse(comparison)).toBe(false);
  });

  describe('monitorRelease', () => {
    const monitor = (later: Release, afterSequence = 0) =>
      monitorRelease([createLiveEngine(dataset, release), createLiveEngine(dataset, later)], afterSequence, {
        ...{ users: dataset.users, log, listItems },
      });

    it('sees a release fall, and then asks no more', async () => {
      const watched = monitor(upsideDown(release));
      expect(await watched.readOn(10)).toMatchObject({ state: 'monitoring' });
      expect(watched.state().comparison.queries).toBe(10);
      const again = monitor(upsideDown(release));
      const { state, comparison } = await again.readOn(1000);
      expect([state, comparison.queries]).toEqual(['fallen', 50]);
      expect(await again.readOn(1000)).toEqual(again.state());
    });

    it('leaves one that does as well alone, and what was before the swap out', async () => {
      expect(await monitor(release).readOn(1000)).toMatchObject({ state: 'monitoring' });
      const later = monitor(release, 100);
      await later.readOn(1000);
      expect(later.state().comparison.queries).toBeLessThanOrEqual(20);
    });
  });

  it('cuts the log so that the latest fifth of what is new is held back', async () => {
    const { engine } = createLiveEngine(dataset, release);
    expect(await holdBackEngagements(log, 0, engine.rule)).toEqual({
      throughSequence: 96,
      trainEngagements: 96,
      heldBackEngagements: 24,
    });
    expect(await holdBackEngagements(log, 117, engine.rule)).toEqual({
      throughSequence: 120,
      trainEngagements: 3,
      heldBackEngagements: 0,
    });
    expect(await holdBackEngagements(log, 120, engine.rule)).toMatchObject({
      trainEngagements: 0,
      throughSequence: 120,
    });
  });

  it('measures how far people are from the data set', () => {
    const { engine } = createLiveEngine(dataset, release);
    const meter = createDriftMeter(engine);
    const measure = (engagements: ReadonlyMap<number, number>) => meter(engagements, engine.catalogue);
    expect(measure(new Map())).toEqual({ engagementCount: 0, genres: null, popularity: null });
    const same = measure(new Map(engine.ratings.interactionCounts.entries()));
    expect(same.genres).toBeCloseTo(0);
    expect(same.popularity).toBeCloseTo(0);
    // One genre's rare titles only.
    const far = measure(new Map([[228, 50]]));
    expect(far.genres).toBeGreaterThan(0.7);
    expect(far.popularity).toBeGreaterThan(1);
  });
});

import type { NamedSource } from '@matinee/models/blend';
import { type Dataset, DEFAULT_CONFIDENCE_RULE, weightOfFeedback } from '@matinee/models/data';
import type { Release } from '@matinee/models/release';
import { createRandom } from '@matinee/numerics';
import { beforeAll, describe, expect, it } from 'vitest';
import { surveyLog } from '../log/survey-log.ts';
import type { EventLog, FeedbackEvent } from '../ports/event-log.ts';
import { listWithin } from '../recommend.ts';
import { createMemoryEventLog } from '../testing/memory-event-log.ts';
import { createSmallWorld } from '../testing/small-world.ts';
import { compareReleases, isSignificantlyWorse } from './compare-releases.ts';
import { createDriftMeter } from './drift.ts';
import { holdBackEngagements } from './hold-back-engagements.ts';
import { createLiveEngine } from './live-engine.ts';
import { monitorRelease } from './monitor-release.ts';
import type { RecentEngagements } from './online-counters.ts';

const listItems = listWithin({
  now: () => 0,
  deadlineMs: 1000,
  timeout: () => ({ expired: new Promise<void>(() => undefined), cancel: () => undefined }),
});
const GENRES = 6;
const VISITORS = 30;
const ENGAGEMENT_COUNT = 240;
const HOUR = 3_600_000;

/** Visitors of one camp each, who watch titles of their genre every other day, popular ones first. */
async function visitorsLog({ events, items }: Dataset): Promise<EventLog> {
  const random = createRandom(5);
  const log = createMemoryEventLog();
  const startMs = ((events.timestamps.at(-1) ?? 0) + 10) * 1000;
  for (let at = 0; at < ENGAGEMENT_COUNT; at++) {
    const visitor = at % VISITORS;
    const item = random.integer(16) * GENRES + (visitor % GENRES);
    const event = { eventId: `e${at}`, userId: `visitor-${visitor}`, itemId: items.vocabulary.ids[item] as string };
    await log.append([{ ...event, type: 'watched', atMs: startMs + at * 2 * HOUR } satisfies FeedbackEvent]);
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
  let startMs: number;
  beforeAll(async () => {
    ({ dataset, release } = await createSmallWorld());
    startMs = (dataset.events.timestamps.at(-1) ?? 0) * 1000;
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
    const comparison = await compare(release, VISITORS);
    expect(comparison.queries).toBeGreaterThan(40);
    expect(comparison.leftOut).toBe(0);
    // Nobody of them is a member, so all decide.
    expect(comparison.decisive.queries).toBe(comparison.queries);
    expect(comparison.users).toBeGreaterThan(20);
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

  it('asks nothing of visitors on their first day, and says how much it left out', async () => {
    const comparison = await compare(release, 0);
    // The first event of each of them.
    expect(comparison.leftOut).toBe(VISITORS);
  });

  it('asks few queries of one person, and lets members alone decide', async () => {
    const events = Array.from({ length: 100 }, (_, at): FeedbackEvent => {
      const userId = at < 60 ? 'u3' : at < 64 ? 'visitor' : `u${at % 30}`;
      return {
        eventId: `busy${at}`,
        userId,
        itemId: `m${(at * 7) % 230}`,
        type: 'watched',
        atMs: startMs + at * 20 * HOUR,
      };
    });
    const busy = createMemoryEventLog();
    await busy.append(events);
    const comparison = await compareReleases(createLiveEngine(dataset, release), createLiveEngine(dataset, release), {
      ...{ users: dataset.users, log: busy, listItems, afterSequence: 0, engagementCount: 100, maxQueries: 100 },
      checkpoint: () => Promise.resolve(),
    });
    expect(comparison.queries).toBeLessThanOrEqual(10 + 40);
    expect(comparison.decisive.queries).toBeLessThan(comparison.queries);
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
      const later = monitor(release, ENGAGEMENT_COUNT - 20);
      await later.readOn(1000);
      expect(later.state().comparison.queries).toBeLessThanOrEqual(20);
    });
  });

  it('cuts the log so that the latest fifth of what is new is held back', async () => {
    const rule = DEFAULT_CONFIDENCE_RULE;
    const survey = await surveyLog({ log, dataset, rule, throughSequence: Number.POSITIVE_INFINITY });
    const cutAfter = (sequence: number) => holdBackEngagements(survey, sequence, (type) => weightOfFeedback(type) > 0);
    const { trainEngagements, heldBackEngagements, throughSequence } = cutAfter(0);
    expect(trainEngagements + heldBackEngagements).toBe(survey.events.length);
    expect(heldBackEngagements).toBe(Math.floor(survey.events.length / 5));
    const sequences = survey.events.map(({ event }) => event.sequence).sort((a, b) => a - b);
    expect(sequences.filter((sequence) => sequence > throughSequence)).toHaveLength(heldBackEngagements);
    expect(cutAfter(sequences.at(-4)!)).toMatchObject({ trainEngagements: 3, heldBackEngagements: 0 });
    expect(cutAfter(ENGAGEMENT_COUNT)).toMatchObject({ trainEngagements: 0, throughSequence: ENGAGEMENT_COUNT });
  });

  it('measures how far people are from the data set', () => {
    const { engine } = createLiveEngine(dataset, release);
    const meter = createDriftMeter(engine);
    const measure = (engagements: RecentEngagements) => meter(engagements, engine.catalogue);
    const recent = (byItem: ReadonlyMap<number, number>) => ({ byItem, count: byItem.size, leftOut: 7 });
    expect(measure(recent(new Map()))).toEqual({ engagementCount: 0, leftOut: 7, genres: null, popularity: null });
    const same = measure(recent(new Map(engine.ratings.interactionCounts.entries())));
    expect(same.genres).toBeCloseTo(0);
    expect(same.popularity).toBeCloseTo(0);
    // One genre's rare titles only.
    const far = measure(recent(new Map([[228, 50]])));
    expect(far.genres).toBeGreaterThan(0.7);
    expect(far.popularity).toBeGreaterThan(1);
  });
});

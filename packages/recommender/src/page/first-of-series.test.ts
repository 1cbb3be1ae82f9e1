import { createRandom } from '@matinee/numerics';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createEngine, type Engine } from '../engine/engine.ts';
import { createItemFacts } from '../facts/item-facts.ts';
import { EMPTY_FEEDBACK, type FeedbackState } from '../log/feedback-state.ts';
import { recommendList, recommendPage } from '../recommend.ts';
import { hydrate, type RecommendInput } from '../request/query.ts';
import type { RecommendContext } from '../request/recommend-context.ts';
import { createSmallWorld } from '../testing/small-world.ts';
import { firstOfSeriesFirst } from './first-of-series.ts';

const context: RecommendContext = {
  now: () => 0,
  deadlineMs: 1000,
  timeout: () => ({ expired: new Promise<void>(() => undefined), cancel: () => undefined }),
};
const ASK: RecommendInput = { userIndex: -1, feedback: EMPTY_FEEDBACK, asOf: 1_600_000_000 };
const PARTS = 3;

/**
 * Series of three: items 3n, 3n + 1 and 3n + 2 are "Saga n", "Saga n II" and "Saga n III"; earlier items are better
 * known.
 */
let engine: Engine;
/** The same, but the first of each series is the least known. */
let upsideDown: Engine;
beforeAll(async () => {
  const { dataset, release } = await createSmallWorld();
  const { items } = dataset;
  const count = items.titles.length;
  const genres = items.genres.map(() => Int32Array.of(0));
  const named = (partOf: (item: number) => [saga: number, part: number]): Engine => {
    const titles = items.titles.map((_, item) => {
      const [saga, part] = partOf(item);
      return `${'ABCDEFGHIJ'[saga % 10]}${'aeiou'[Math.floor(saga / 10) % 5]}${'klmnp'[Math.floor(saga / 50)]} Saga${['', ' II', ' III'][part]}`;
    });
    const years = Int32Array.from({ length: count }, (_, item) => 1980 + partOf(item)[1]);
    return createEngine({ ...dataset, items: { ...items, titles, years, genres } }, release);
  };
  engine = named((item) => [Math.floor(item / PARTS), item % PARTS]);
  upsideDown = named((item) => [item % (count / PARTS), PARTS - 1 - Math.floor(item / (count / PARTS))]);
});

const listOf = async (of: Engine, input: RecommendInput, limit: number) =>
  (await recommendList(of, input, limit, context)).items.map(({ candidate }) => candidate.itemIndex);

/** Later parts whose first is neither known nor before them in the list, though nothing keeps it out. */
function missingFirsts(of: Engine, items: readonly number[], known: ReadonlySet<number> = new Set()): number[] {
  return items.filter((item, at) => {
    const first = of.series.firstOf(item);
    return first !== undefined && !known.has(first) && !items.slice(0, at).includes(first);
  });
}

describe('the first of a series in a list', () => {
  it('stands before a later part, in a list of the same length without repeats', async () => {
    for (const userIndex of [-1, 0, 7, 31]) {
      const items = await listOf(upsideDown, { ...ASK, userIndex }, 20);
      expect(items).toHaveLength(20);
      expect(new Set(items).size).toBe(20);
      expect(
        missingFirsts(upsideDown, items, new Set(upsideDown.histories.of(Math.max(0, userIndex)).itemIndices)),
      ).toEqual([]);
      expect(items.some((item) => upsideDown.series.firstOf(item) !== undefined)).toBe(true);
    }
  });

  it('says why it stands there, and debug says from where it came', async () => {
    const { items, trace } = await recommendList(upsideDown, ASK, 20, context);
    const firsts = items.filter(({ beforeInSeries }) => beforeInSeries !== undefined);
    expect(firsts.length).toBeGreaterThan(0);
    for (const { candidate, beforeInSeries } of firsts) {
      expect(upsideDown.series.firstOf(beforeInSeries!)).toBe(candidate.itemIndex);
      expect(trace.moves).toContainEqual(expect.objectContaining({ itemIndex: candidate.itemIndex, reason: 'series' }));
      expect(Number.isFinite(candidate.score)).toBe(true);
      expect(candidate.sources.length).toBeGreaterThan(0);
    }
  });

  it('is left out where the user knows it', async () => {
    const [first] = await listOf(upsideDown, ASK, 20);
    const later = (await listOf(upsideDown, ASK, 20)).find((item) => upsideDown.series.firstOf(item) === first);
    expect(later).toBeDefined();
    const said = { taste: null, watched: false, skipped: false, clicked: false, atMs: 1_599_999_000_000 };
    for (const each of [{ watched: true }, { taste: 'like' }, { taste: 'dislike' }] as const) {
      const feedback: FeedbackState = { byItem: new Map([[first!, { ...said, ...each }]]) };
      const items = await listOf(upsideDown, { ...ASK, feedback }, 20);
      expect(items).not.toContain(first);
      expect(items).toHaveLength(20);
    }
  });

  it('stays out where a rule keeps it out, and the later part stays', async () => {
    const before = await listOf(upsideDown, ASK, 20);
    const firsts = before.filter((item) => upsideDown.series.firstOf(item) === undefined);
    const excluded = { ...ASK, rules: { exclude: firsts } };
    const items = await listOf(upsideDown, excluded, 20);
    expect(items.filter((item) => firsts.includes(item))).toEqual([]);
    expect(items.some((item) => firsts.includes(upsideDown.series.firstOf(item) ?? -1))).toBe(true);
    const facts = createItemFacts(upsideDown.itemCount, (item) => ({
      maturity: { age: firsts.includes(item) ? 17 : 0, source: 'listed' },
    }));
    const viewer = { maturityCap: 7, needsKnownMaturity: true, hidden: new Set<number>() };
    const forKids = await listOf({ ...upsideDown, facts }, { ...ASK, viewer }, 20);
    expect(forKids.filter((item) => firsts.includes(item))).toEqual([]);
    expect(forKids).toHaveLength(20);
  });

  it('stands on the page before a later part or in another row, with its reason, and once', async () => {
    for (const userIndex of [-1, 3]) {
      const { sections, query } = await recommendPage(upsideDown, { ...ASK, userIndex }, context);
      const shown = sections.flatMap(({ placements }) => placements);
      const items = shown.map(({ itemIndex }) => itemIndex);
      expect(new Set(items).size).toBe(items.length);
      const known = new Set(query.base.itemIndices);
      for (const item of items) {
        const first = upsideDown.series.firstOf(item);
        if (first !== undefined && !known.has(first)) expect(items).toContain(first);
      }
      const reasons = await Promise.all(shown.map(({ explain }) => explain()));
      const named = reasons.flatMap((reason, at) =>
        reason.code === 'first_of_series' ? [[items[at], reason.itemIndex]] : [],
      );
      expect(named.length).toBeGreaterThan(0);
      for (const [first, later] of named) expect(upsideDown.series.firstOf(later!)).toBe(first);
    }
  });

  it('changes nothing where no title is a part of a series', async () => {
    const plain = createEngine((await createSmallWorld()).dataset, engine.release);
    const { trace } = await recommendList(plain, ASK, 20, context);
    expect(trace.moves).toEqual([]);
  });
});

describe('firstOfSeriesFirst', () => {
  it('keeps every title once, and puts each first before its later parts, whatever the order', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 0, max: 60 }), (seed, length) => {
        const random = createRandom(seed);
        const titles = random
          .shuffle(Array.from({ length: engine.itemCount }, (_, itemIndex) => ({ itemIndex })))
          .slice(0, length);
        const codes = Uint8Array.from({ length: engine.itemCount }, () => (random.next() < 0.2 ? 1 : 0));
        const allowed = titles.filter(({ itemIndex }) => codes[itemIndex] === 0);
        const result = firstOfSeriesFirst(allowed, {
          engine,
          query: hydrate(engine, ASK),
          verdicts: { codes },
          place: (itemIndex) => ({ itemIndex }),
        });
        const items = result.titles.map(({ itemIndex }) => itemIndex);
        expect(new Set(items).size).toBe(items.length);
        for (const { itemIndex } of allowed) expect(items).toContain(itemIndex);
        expect(items.filter((item) => codes[item] !== 0)).toEqual([]);
        expect(missingFirsts(engine, items).filter((item) => codes[engine.series.firstOf(item)!] === 0)).toEqual([]);
        for (const { itemIndex, to } of result.moves) expect(items[to]).toBe(itemIndex);
      }),
    );
  });
});

import { datasetFromRows, type EventRow, type ItemRow } from '@matinee/models/data';
import { trainRelease } from '@matinee/models/release';
import { describe, expect, it } from 'vitest';
import type { Engine } from './engine/engine.ts';
import { titlesToAskAbout } from './lists/onboarding.ts';
import { similarTitles } from './lists/similar.ts';
import { EMPTY_FEEDBACK, type FeedbackState, foldFeedback } from './log/feedback-state.ts';
import { createLiveEngine } from './online/live-engine.ts';
import { MIN_ROW_LENGTH, ROW_LENGTH, type Section } from './page/rows/section.ts';
import type { FeedbackType } from './ports/event-log.ts';
import { recommendList, recommendPage } from './recommend.ts';
import type { RecommendInput } from './request/query.ts';
import type { RecommendContext } from './request/recommend-context.ts';
import { tryOut } from './try-out.ts';

const GENRES = ['Action', 'Comedy', 'Drama', 'Horror', 'Sci-Fi'];
/** Item `i` has genre `i % 5`, and is of one of five decades. */
const ITEMS: readonly ItemRow[] = Array.from({ length: 40 }, (_, at) => ({
  id: `m${at}`,
  title: `${GENRES[at % 5]} ${at}`,
  year: 1975 + Math.floor(at / 5) * 6,
  genres: [GENRES[at % 5]!],
}));
const ALL = Array.from(ITEMS.keys());
const DRAMAS = ALL.filter((item) => item % 5 === 2);
const NOW = 1_700_000_000;

const context: RecommendContext = {
  now: () => 0,
  deadlineMs: 1000,
  timeout: () => ({ expired: new Promise<void>(() => undefined), cancel: () => undefined }),
};

async function engineOf(events: readonly EventRow[], items: readonly ItemRow[] = ITEMS): Promise<Engine> {
  const dataset = datasetFromRows(events, { items });
  const release = await trainRelease(
    dataset,
    { generation: 'v1' },
    {
      seed: 1,
      digest: (bytes) => `${bytes.length}`.padStart(64, '0'),
      checkpoint: () => Promise.resolve(),
      stage: (_, work) => work({ checkpoint: () => Promise.resolve(), summary: () => undefined }),
    },
  );
  return createLiveEngine(dataset, release).engine;
}

/** The first `count` items, one event each. */
const eventsOf = (count: number): readonly EventRow[] =>
  ALL.slice(0, count).map((item) => ({ user: `u${item}`, item: `m${item}`, time: NOW - 1000 + item, value: 5 }));

function say(engine: Engine, ...statements: readonly (readonly [FeedbackType, number])[]): FeedbackState {
  const events = statements.map(([type, item], at) => ({
    ...{ eventId: `e${at}`, userId: 'visitor', itemId: `m${item}`, type, atMs: NOW * 1000 + at },
  }));
  return foldFeedback(events, engine.catalogue.vocabulary.indexOf);
}
const visitor = (feedback = EMPTY_FEEDBACK): RecommendInput => ({ userIndex: -1, feedback, asOf: NOW });
const itemsOf = (sections: readonly Section[]): number[] =>
  sections.flatMap(({ placements }) => placements.map(({ itemIndex }) => itemIndex));
const sorted = (items: readonly number[]): number[] => [...items].sort((a, b) => a - b);
const listOf = async (engine: Engine, input: RecommendInput, limit = 100) =>
  (await recommendList(engine, input, limit, context)).items;
const reasonsOf = (sections: readonly Section[]) =>
  Promise.all(
    sections.flatMap(({ placements }) =>
      placements.map(async ({ itemIndex, explain }) => ({ itemIndex, why: await explain() })),
    ),
  );

describe('a catalogue in which nothing has happened', () => {
  it('is a page of every title, each row long enough, with something of all genres and decades first', async () => {
    const engine = await engineOf([]);
    const { sections } = await recommendPage(engine, visitor(), context);
    expect(sorted(itemsOf(sections))).toEqual(ALL);
    expect(sections.map(({ id }) => id)).toEqual([
      'from_the_catalogue',
      ...[0, 1, 2, 3, 4].map((genre) => `from_the_catalogue:genre-${genre}`),
    ]);
    for (const { placements } of sections) expect(placements.length).toBeGreaterThanOrEqual(MIN_ROW_LENGTH);
    const [common, ...ofGenres] = sections.map((section) => itemsOf([section]));
    const first = common!.slice(0, 10);
    expect(first.slice(0, 5).map((item) => engine.catalogue.years[item])).toEqual([2017, 2017, 2017, 2017, 2017]);
    expect(new Set(first.map((item) => item % 5)).size).toBe(5);
    expect(new Set(first.map((item) => Math.floor(engine.catalogue.years[item]! / 10))).size).toBe(2);
    for (const [genre, items] of ofGenres.entries()) {
      expect(items.every((item) => item % 5 === genre)).toBe(true);
      const years = items.map((item) => engine.catalogue.years[item]!);
      expect(years).toEqual([...years].sort((a, b) => b - a));
    }
  });

  it('gives no reason but what the catalogue says', async () => {
    const engine = await engineOf([]);
    const { sections } = await recommendPage(engine, visitor(), context);
    for (const { itemIndex, why } of await reasonsOf(sections)) {
      const { genres, year } = ITEMS[itemIndex]!;
      expect(why).toEqual({ code: 'from_the_catalogue', genres, year });
    }
    const [first] = await listOf(engine, visitor(), 1);
    expect(first).toMatchObject({ section: 'from_the_catalogue', explanation: { code: 'from_the_catalogue' } });
  });

  it('shows more of a genre in the response to the first like, and less after a dislike', async () => {
    const engine = await engineOf([]);
    const liked = visitor(say(engine, ['like', DRAMAS[0]!]));
    const others = DRAMAS.slice(1);
    const list = await listOf(engine, liked);
    expect(sorted(list.slice(0, others.length).map(({ candidate }) => candidate.itemIndex))).toEqual(others);
    expect(list).toHaveLength(ALL.length - 1);
    const { sections } = await recommendPage(engine, liked, context);
    const taste = sections.filter(({ kind }) => kind === 'similar_to_your_taste');
    expect(sections[0]).toBe(taste[0]);
    expect(sorted(itemsOf(taste))).toEqual(others);
    for (const { why } of await reasonsOf(taste)) {
      expect(why).toEqual({ code: 'similar_to_your_taste', genres: ['Drama'] });
    }
    expect(sorted(itemsOf(sections))).toEqual(ALL.filter((item) => item !== DRAMAS[0]));
    const disliked = await listOf(engine, visitor(say(engine, ['dislike', DRAMAS[0]!])));
    expect(sorted(disliked.slice(-others.length).map(({ candidate }) => candidate.itemIndex))).toEqual(others);
  });

  it('has similar titles of the genre, titles to begin with, and passes its trial', async () => {
    const engine = await engineOf([]);
    const similar = await similarTitles(engine, visitor(), DRAMAS[0]!, 12, context);
    expect(sorted(similar.titles)).toEqual(DRAMAS.slice(1));
    const { titles } = await titlesToAskAbout(engine, visitor(), 10, context);
    expect(new Set(titles.map((item) => item % 5)).size).toBe(5);
    await expect(tryOut(engine, NOW, context)).resolves.toBeUndefined();
  });

  it('keeps to the rules and to boosts', async () => {
    const engine = await engineOf([]);
    const exclude = [0, 1, 2, 3];
    const factorOf = (item: number): number => (item % 5 === 3 ? 9 : 1);
    const list = await listOf(engine, { ...visitor(), rules: { exclude, factorOf } });
    const shown = list.map(({ candidate }) => candidate.itemIndex);
    expect(sorted(shown)).toEqual(ALL.slice(4));
    const placeOf = (genre: number): number =>
      shown.reduce((sum, item, place) => sum + (item % 5 === genre ? place : 0), 0);
    expect(placeOf(3)).toBeLessThan(placeOf(2));
  });

  it.each([
    ['neither genres nor years', ITEMS.map(({ id, title }) => ({ id, title: title! }))],
    ['three titles', ITEMS.slice(0, 3)],
  ])('is one row of all where there are %s', async (_, items) => {
    const engine = await engineOf([], items);
    const { sections } = await recommendPage(engine, visitor(), context);
    expect(sections.map(({ id }) => id)).toEqual(['from_the_catalogue']);
    expect(sorted(itemsOf(sections))).toEqual(Array.from(items.keys()));
  });
});

describe('a catalogue in which little has happened', () => {
  it.each([1, 3, 10, 25])('keeps every title within reach with %i events, and calls popular what is', async (count) => {
    const engine = await engineOf(eventsOf(count));
    for (const feedback of [EMPTY_FEEDBACK, say(engine, ['like', DRAMAS[6]!])]) {
      const seen = [...feedback.byItem.keys()];
      const { sections } = await recommendPage(engine, visitor(feedback), context);
      expect(sorted(itemsOf(sections))).toEqual(ALL.filter((item) => !seen.includes(item)));
      expect(new Set(itemsOf(sections)).size).toBe(itemsOf(sections).length);
      for (const { placements } of sections) expect(placements.length).toBeGreaterThanOrEqual(MIN_ROW_LENGTH);
      for (const { itemIndex, why } of await reasonsOf(sections)) {
        if (why.code === 'trending_now') expect(itemIndex).toBeLessThan(count);
        if (why.code === 'similar_to_your_taste') expect(itemIndex % 5).toBe(2);
      }
    }
  });

  it('shows the other titles of the genre that a newcomer likes, among them those that nobody has met', async () => {
    const engine = await engineOf(eventsOf(10));
    const list = await listOf(engine, visitor(say(engine, ['like', DRAMAS[6]!])), ROW_LENGTH);
    const shown = list.map(({ candidate }) => candidate.itemIndex);
    expect(DRAMAS.filter((item) => item !== DRAMAS[6] && !shown.includes(item))).toEqual([]);
  });

  it('adds nothing where the sources find enough', async () => {
    const many = Array.from({ length: 150 }, (_, at) => ({ ...ITEMS[at % 40]!, id: `m${at}` }));
    const events = many
      .slice(0, 120)
      .map(({ id }, at) => ({ user: `u${at % 30}`, item: id, time: NOW - at, value: 4 }));
    const engine = await engineOf(events, many);
    const { sections } = await recommendPage(engine, visitor(), context);
    expect(sections.filter(({ kind }) => kind === 'from_the_catalogue')).toEqual([]);
  });
});

import type { RetrievalModel } from '@matinee/models/retrieval';
import { defined } from '@matinee/numerics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Explanation } from './candidates/explain.ts';
import { createEngine, type Engine, sourceGoodFor } from './engine/engine.ts';
import { EMPTY_FEEDBACK, type FeedbackState, foldFeedback } from './log/feedback-state.ts';
import { MIN_ROW_LENGTH, ROW_LENGTH, type Section } from './page/rows/section.ts';
import type { FeedbackEvent, FeedbackType } from './ports/event-log.ts';
import { explainTitle, inspectRequest, recommendList, recommendPage } from './recommend.ts';
import { hasWatched, type Query, type RecommendInput } from './request/query.ts';
import type { RecommendContext } from './request/recommend-context.ts';
import { createSmallWorld } from './testing/small-world.ts';

const { dataset, release } = await createSmallWorld();
const engine = createEngine(dataset, release);
const AS_OF = 1_700_000_000;
const neverExpires: RecommendContext['timeout'] = () => ({
  expired: new Promise<void>(() => undefined),
  cancel: () => undefined,
});
const context: RecommendContext = { now: () => 0, deadlineMs: 100, timeout: neverExpires };

const say = (...statements: [type: FeedbackType, itemIndex: number, undoes?: string][]): FeedbackState => {
  const events = statements.map(
    ([type, itemIndex, undoes], index): FeedbackEvent => ({
      eventId: `e${index}`,
      userId: 'anybody',
      itemId: `m${itemIndex}`,
      type,
      atMs: AS_OF * 1000 + index,
      ...defined({ undoes }),
    }),
  );
  // As the log marks what an undo has removed.
  const logged = events.map((event) => {
    const undo = events.findIndex(({ undoes }) => undoes === event.eventId);
    return undo < 0 ? event : { ...event, undoneBy: undo + 1 };
  });
  return foldFeedback(logged, dataset.items.vocabulary.indexOf);
};
const inputOf = (userIndex: number, feedback = EMPTY_FEEDBACK, exclude: number[] = []): RecommendInput => ({
  userIndex,
  feedback,
  asOf: AS_OF,
  rules: { exclude },
});
const listOf = async (input: RecommendInput, limit = 100): Promise<number[]> =>
  (await recommendList(engine, input, limit, context)).items.map(({ candidate }) => candidate.itemIndex);
const pageOf = (input: RecommendInput) => recommendPage(engine, input, context);
/** A page as plain values: rows, titles, reasons. */
const describePage = async (input: RecommendInput): Promise<unknown> =>
  Promise.all(
    (await pageOf(input)).sections.map(async ({ id, placements }) => ({
      id,
      titles: await Promise.all(
        placements.map(async ({ itemIndex, explain }) => ({ itemIndex, why: await explain() })),
      ),
    })),
  );
const itemsOf = (sections: readonly Pick<Section, 'placements'>[]): number[] =>
  sections.flatMap(({ placements }) => placements.map(({ itemIndex }) => itemIndex));
const neighborsOf = async (itemIndex: number): Promise<number[]> => {
  const history = {
    itemIndices: Int32Array.of(itemIndex),
    timestamps: Float64Array.of(AS_OF),
    weights: Float32Array.of(1),
  };
  const knn = sourceGoodFor(engine, 'neighbors')!.model;
  const { itemIndices } = await knn.retrieve({ history, asOf: AS_OF, userIndex: -1 }, 240);
  return Array.from(itemIndices);
};
const NEW_VISITOR = -1;

const anyFeedback = fc
  .array(
    fc.tuple(
      fc.constantFrom<FeedbackType>('like', 'dislike', 'watched', 'skip', 'click', 'impression'),
      fc.integer({ min: 0, max: 239 }),
    ),
    { maxLength: 10 },
  )
  .map((statements) => say(...statements));
const anyUser = fc.integer({ min: -1, max: 89 });

describe('recommendList', () => {
  it('gives the same answer to the same question', async () => {
    const input = inputOf(4, say(['like', 10]));
    expect(await recommendList(engine, input, 20, context)).toEqual(await recommendList(engine, input, 20, context));
  });

  it('never shows what the user has seen, watched, rated or skipped, nor what the request excludes', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyUser,
        anyFeedback,
        fc.array(fc.integer({ min: 0, max: 239 })),
        async (user, feedback, exclude) => {
          const input = inputOf(user, feedback, exclude);
          const hidden = new Set([...exclude, ...(user < 0 ? [] : engine.histories.of(user).itemIndices)]);
          for (const [item, said] of feedback.byItem) {
            if (said.watched || said.skipped || said.taste !== null) hidden.add(item);
          }
          const shown = [...(await listOf(input)), ...itemsOf((await pageOf(input)).sections)];
          expect(shown.filter((item) => hidden.has(item))).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('keeps a title out even if a source returns it against the mask', async () => {
    const stubborn: RetrievalModel = {
      ...release.sources[0]!.model,
      retrieve: async () => ({ itemIndices: Int32Array.of(10, 11), scores: Float32Array.of(2, 1) }),
    };
    const leaky = createEngine(dataset, { ...release, sources: [{ name: 'leaky', model: stubborn, weight: 1 }] });
    const { items } = await recommendList(leaky, inputOf(NEW_VISITOR, say(['watched', 10])), 10, context);
    const shown = items.map(({ candidate }) => candidate.itemIndex);
    expect(shown[0]).toBe(11);
    expect(shown).not.toContain(10);
  });

  it('answers without a source that fails, and names it', async () => {
    const broken: RetrievalModel = {
      ...sourceGoodFor(engine, 'neighbors')!.model,
      retrieve: async () => {
        throw new Error('out of memory');
      },
    };
    const sources = release.sources.map((source) =>
      source.name === 'item-knn' ? { ...source, model: broken } : source,
    );
    const { items, trace } = await recommendList(
      createEngine(dataset, { ...release, sources }),
      inputOf(3),
      10,
      context,
    );
    expect(items).toHaveLength(10);
    expect(trace.sources.filter(({ error }) => error !== undefined)).toEqual([
      { name: 'item-knn', candidateCount: 0, ms: 0, error: 'out of memory' },
    ]);
  });

  it('does not ask sources once the deadline has passed', async () => {
    let ms = 0;
    const slow = { ...context, now: () => (ms += 30) };
    const { items, trace } = await recommendList(engine, inputOf(3), 10, slow);
    expect(items).toHaveLength(10);
    expect(trace.sources.at(-1)).toMatchObject({ name: 'user-knn', error: 'not asked: 100 ms had passed' });
  });

  it('counts by rule what is kept out of the catalogue', async () => {
    const { trace } = await recommendList(engine, inputOf(0, say(['skip', 238], ['watched', 239])), 10, context);
    expect(trace.removed).toEqual({ seen: 24, watched: 1, skipped: 1 });
    expect(trace.historyLength).toBe(26);
  });

  it('lifts the neighbours of a liked title in the very next answer', async () => {
    const before = await listOf(inputOf(NEW_VISITOR), 240);
    const after = await listOf(inputOf(NEW_VISITOR, say(['like', 9])), 240);
    const neighbors = (await neighborsOf(9)).slice(0, 10);
    const meanPlace = (list: number[]) =>
      neighbors.reduce((sum, item) => sum + (list.includes(item) ? list.indexOf(item) : list.length), 0) / 10;
    expect(meanPlace(after)).toBeLessThan(meanPlace(before));
  });

  it('sinks the neighbours of a skipped title', async () => {
    const liked = say(['like', 9], ['like', 15]);
    const skipped = say(['like', 9], ['like', 15], ['skip', 21]);
    const scoresOf = async (feedback: FeedbackState) => {
      const { items } = await recommendList(engine, inputOf(NEW_VISITOR, feedback), 240, context);
      return new Map(
        items.map(({ candidate }) => {
          const found = candidate.sources.find(({ source }) => source.name === 'item-knn');
          return [candidate.itemIndex, found?.score ?? 0];
        }),
      );
    };
    const before = await scoresOf(liked);
    const after = await scoresOf(skipped);
    for (const item of (await neighborsOf(21)).filter((neighbor) => before.has(neighbor) && after.has(neighbor))) {
      expect(after.get(item)).toBeLessThan(before.get(item)!);
    }
    expect(after.has(21)).toBe(false);
  });

  it('refuses a release that was trained on other data', () => {
    expect(() => createEngine({ ...dataset, hash: 'another' }, release)).toThrow(/run: matinee train/);
  });
});

describe('inspectRequest', () => {
  it('keeps what led to the list: what each source found, the pool, and the list’s own order', async () => {
    const input = inputOf(4, say(['like', 10]));
    const { found, pool, ranked, features } = await inspectRequest(engine, input, context);
    expect(found.map(({ name }) => name)).toEqual(release.sources.map(({ name }) => name));
    expect(ranked.map(({ itemIndex }) => itemIndex)).toEqual(await listOf(input, pool.itemIndices.length));
    expect([...pool.itemIndices].sort()).toEqual(ranked.map(({ itemIndex }) => itemIndex).sort());
    expect(features).toBeUndefined();
  });
});

describe('undo', () => {
  it('restores exactly the page and the list from before', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyUser,
        fc.constantFrom<FeedbackType>('like', 'dislike', 'watched', 'skip'),
        fc.integer({ min: 0, max: 239 }),
        async (user, type, item) => {
          const before = inputOf(user, say(['like', 30], ['skip', 31]));
          const after = inputOf(user, say(['like', 30], ['skip', 31], [type, item], ['undo', item, 'e2']));
          expect(await describePage(after)).toEqual(await describePage(before));
          expect(await listOf(after)).toEqual(await listOf(before));
        },
      ),
      { numRuns: 20 },
    );
  });
});

describe('recommendPage', () => {
  it('shows no title twice and no row of fewer than four', async () => {
    await fc.assert(
      fc.asyncProperty(anyUser, anyFeedback, async (user, feedback) => {
        const { sections } = await pageOf(inputOf(user, feedback));
        const items = itemsOf(sections);
        expect(new Set(items).size).toBe(items.length);
        for (const { placements } of sections) expect(placements.length).toBeGreaterThanOrEqual(MIN_ROW_LENGTH);
        expect(new Set(sections.map(({ id }) => id)).size).toBe(sections.length);
      }),
      { numRuns: 60 },
    );
  });

  it('gives every reason truly', async () => {
    await fc.assert(
      fc.asyncProperty(anyUser, anyFeedback, async (user, feedback) => {
        const { sections, query } = await pageOf(inputOf(user, feedback));
        for (const { placements } of sections) {
          for (const { itemIndex, explain } of placements.slice(0, ROW_LENGTH)) {
            await expectTrue(itemIndex, await explain(), query);
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  it('fills the rows about one title with that title’s neighbours only', async () => {
    const { sections } = await pageOf(inputOf(5, say(['like', 40], ['watched', 41])));
    const about = sections.filter(({ kind }) => kind === 'because_you_watched');
    expect(about.map(({ anchor }) => anchor)).toEqual([40, 41]);
    for (const { anchor, placements } of about) {
      const neighbors = new Set(await neighborsOf(anchor!));
      for (const { itemIndex, explain } of placements) {
        expect(neighbors.has(itemIndex)).toBe(true);
        expect(await explain()).toEqual({ code: 'because_you_watched', itemIndex: anchor });
      }
    }
  });

  it('shows a new visitor what is popular, by genre too, and some of every genre', async () => {
    const { sections } = await pageOf(inputOf(NEW_VISITOR));
    const [popular, ...others] = sections;
    expect(popular).toMatchObject({ id: 'popular_right_now', kind: 'popular_right_now' });
    const ofGenre = others.filter(({ genre }) => genre !== undefined);
    expect(new Set(ofGenre.map(({ genre }) => genre)).size).toBe(3);
    for (const { id, kind, genre, placements } of ofGenre) {
      expect([id, kind]).toEqual([`popular_right_now:genre-${genre}`, 'popular_right_now']);
      for (const { itemIndex, explain } of placements) {
        expect(engine.catalogue.genres[itemIndex]).toContain(genre);
        expect((await explain()).code).toBe('trending_now');
      }
    }
    const [mixed, ...none] = others.filter(({ genre }) => genre === undefined);
    expect([mixed!.kind, none]).toEqual(['mixed_discovery', []]);
    // What has no row of its own stands in the mixed one.
    const mixedGenres = mixed!.placements.slice(0, 6).map(({ itemIndex }) => itemIndex % 6);
    expect(new Set([...ofGenre.map(({ genre }) => genre), ...mixedGenres]).size).toBe(6);
  });

  it('shows rows by genre to nobody of whom something is known', async () => {
    const { sections } = await pageOf(inputOf(NEW_VISITOR, say(['like', 9])));
    expect(sections.filter(({ genre }) => genre !== undefined)).toEqual([]);
  });

  it('follows a visitor’s first like with a row of its neighbours', async () => {
    const { sections } = await pageOf(inputOf(NEW_VISITOR, say(['like', 9])));
    expect(sections.map(({ kind }) => kind)).toContain('from_your_recent_intent');
    // The only title of the intent names no second row about the same thing.
    expect(sections.map(({ kind }) => kind)).not.toContain('because_you_watched');
  });

  it('discovers only titles outside the short head that several personal sources speak for', async () => {
    const { sections } = await pageOf(inputOf(7));
    const discovered = sections.find(({ kind }) => kind === 'mixed_discovery')!.placements;
    for (const { itemIndex } of discovered) expect(engine.isHead[itemIndex]).toBe(0);
  });

  it('does not name a title that was only clicked as watched', async () => {
    const { query, sections } = await pageOf(inputOf(NEW_VISITOR, say(['click', 12])));
    expect(hasWatched(query, 12)).toBe(false);
    const reasons = await Promise.all(sections.flatMap(({ placements }) => placements.map(({ explain }) => explain())));
    expect(reasons.map(({ code }) => code)).not.toContain('because_you_watched');
  });
});

describe('the slate', () => {
  const idsOf = async (input: RecommendInput): Promise<Record<string, number[]>> =>
    Object.fromEntries((await pageOf(input)).sections.map(({ id, placements }) => [id, itemsOf([{ placements }])]));

  it('shows no title twice and no row too short, however much it is varied, rotated or explored', async () => {
    const anySlate = fc.record({
      diversity: fc.constantFrom(0, 0.1, 1),
      shownDays: fc.array(fc.tuple(fc.nat({ max: 239 }), fc.integer({ min: 1, max: 2 }))).map((days) => new Map(days)),
      exploration: fc.record({ share: fc.constantFrom(0, 0.05, 1), seed: fc.string() }),
    });
    await fc.assert(
      fc.asyncProperty(anyUser, anyFeedback, anySlate, async (user, feedback, slate) => {
        const { sections, trace } = await pageOf({ ...inputOf(user, feedback), ...slate });
        const items = itemsOf(sections);
        expect(new Set(items).size).toBe(items.length);
        for (const { placements } of sections) expect(placements.length).toBeGreaterThanOrEqual(MIN_ROW_LENGTH);
        const drawn = sections.flatMap(({ placements }) => placements.filter(({ propensity }) => propensity));
        const explored = trace.moves.filter(({ reason }) => reason === 'exploration');
        expect(drawn.map(({ itemIndex, propensity }) => [itemIndex, propensity]).sort()).toEqual(
          explored.map(({ itemIndex, propensity }) => [itemIndex, propensity]).sort(),
        );
      }),
      { numRuns: 30 },
    );
  });

  it('shows somebody who comes back other titles in the places where they looked, and the same to the same log', async () => {
    const before = await idsOf(inputOf(5));
    const looked = Object.values(before).flatMap((row) => row.slice(0, 6));
    const input = { ...inputOf(5), shownDays: new Map(looked.map((item) => [item, 1])) };
    const after = await idsOf(input);
    for (const [id, row] of Object.entries(after)) {
      const still = row.slice(0, 6).filter((item) => before[id]!.slice(0, 6).includes(item));
      expect(still.length, id).toBeLessThan(3);
    }
    expect(await idsOf(input)).toEqual(after);
  });

  it('lets nothing sink that was opened', async () => {
    const clicked = say(['click', 12]);
    const shownDays = new Map([[12, 2]]);
    expect(await idsOf({ ...inputOf(NEW_VISITOR, clicked), shownDays })).toEqual(
      await idsOf(inputOf(NEW_VISITOR, clicked)),
    );
  });

  it('says of each row what moved where and why', async () => {
    const { sections, trace } = await pageOf({ ...inputOf(5), diversity: 0.5 });
    const rows = new Set(sections.map(({ id }) => id));
    expect(trace.moves.length).toBeGreaterThan(10);
    for (const { row, reason } of trace.moves) {
      expect(rows).toContain(row);
      expect(['diversity', 'calibration']).toContain(reason);
    }
    const plain = await pageOf({ ...inputOf(5), diversity: 0 });
    expect(plain.trace.moves).toEqual([]);
  });

  it('leaves a list in the order of the ranker, unless it is asked for diversity', async () => {
    const [plain, varied] = [await listOf(inputOf(5), 20), await listOf({ ...inputOf(5), diversity: 0.5 }, 20)];
    expect(await listOf({ ...inputOf(5), diversity: 0, shownDays: new Map([[plain[0]!, 2]]) }, 20)).toEqual(plain);
    expect(varied).not.toEqual(plain);
    const pairsOfAGenre = (list: readonly number[]): number =>
      list
        .slice(0, 10)
        .reduce((sum, item, at) => sum + list.slice(0, at).filter((other) => other % 6 === item % 6).length, 0);
    expect(pairsOfAGenre(varied)).toBeLessThan(pairsOfAGenre(plain));
  });
});

describe('explainTitle', () => {
  it('says nothing of a title that a rule keeps out', async () => {
    const seen = engine.histories.of(0).itemIndices[0]!;
    expect(await explainTitle(engine, inputOf(0), seen, context)).toBeUndefined();
    const [best] = await listOf(inputOf(0));
    expect(await explainTitle(engine, inputOf(0), best!, context)).toBeDefined();
  });
});

async function expectTrue(itemIndex: number, reason: Explanation, query: Query): Promise<void> {
  const source = (kind: string) => (engine as Engine).release.sources.find(({ model }) => model.kind === kind)!.model;
  switch (reason.code) {
    case 'because_you_watched':
      expect(Array.from(query.retrieval.history.itemIndices)).toContain(reason.itemIndex);
      expect(hasWatched(query, reason.itemIndex)).toBe(true);
      expect(await neighborsOf(reason.itemIndex)).toContain(itemIndex);
      break;
    case 'similar_to_your_taste': {
      const own = Array.from(dataset.items.genres[itemIndex]!, (genre) => dataset.items.genreNames[genre]);
      expect(own).toEqual(expect.arrayContaining([...reason.genres]));
      const { history } = query.retrieval;
      const ofHistory = Array.from(history.itemIndices.keys())
        .filter((position) => history.weights[position]! > 0)
        .map((position) => dataset.items.genreNames[history.itemIndices[position]! % 6]);
      for (const genre of reason.genres) expect(ofHistory).toContain(genre);
      break;
    }
    case 'popular_among_similar':
      expect(reason.userCount).toBe(source('user-knn').evidence!(query.retrieval, itemIndex).userCount);
      expect(reason.userCount).toBeLessThanOrEqual(engine.ratings.interactionCounts[itemIndex]!);
      break;
    case 'trending_now':
      if (reason.interactionCount !== undefined) {
        expect(reason.interactionCount).toBe(
          source('recent-popularity').evidence!(query.retrieval, itemIndex).interactionCount,
        );
        expect(reason.interactionCount).toBeGreaterThan(0);
      }
  }
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEngine, type Engine } from '../engine/engine.ts';
import type { Remembered } from '../engine/state-memory.ts';
import { createItemFacts } from '../facts/item-facts.ts';
import { EMPTY_FEEDBACK, type FeedbackState } from '../log/feedback-state.ts';
import { recommendList, recommendPage } from '../recommend.ts';
import type { RecommendInput } from '../request/query.ts';
import { PATIENT_CONTEXT } from '../request/recommend-context.ts';
import { createSmallWorld } from '../testing/small-world.ts';

const { dataset, release } = await createSmallWorld();
const AS_OF = 1_700_000_000;

const engineWithMemory = (facts = createItemFacts(240, () => undefined)) => {
  const remembered = new Map<FeedbackState, Remembered>();
  const engine: Engine = { ...createEngine(dataset, release, facts), kept: remembered };
  return { engine, remembered };
};

const feedbackOf = (...liked: readonly number[]): FeedbackState => ({
  byItem: new Map(
    liked.map((item, at) => [
      item,
      { taste: 'like', watched: false, skipped: false, clicked: false, atMs: AS_OF * 1000 + at },
    ]),
  ),
});

const inputOf = (feedback: FeedbackState, more: Partial<RecommendInput> = {}): RecommendInput => ({
  userIndex: 3,
  feedback,
  asOf: AS_OF,
  ...more,
});

const listOf = async (engine: Engine, input: RecommendInput) => {
  const { items, trace } = await recommendList(engine, input, 40, PATIENT_CONTEXT);
  return {
    items: items.map(({ candidate: { itemIndex, score, sources }, explanation }) => ({
      itemIndex,
      score,
      sources: sources.map(({ source: { name }, rank, contribution }) => ({ name, rank, contribution })),
      explanation,
    })),
    isFoundAnew: 'retrieve' in trace.stagesMs,
  };
};

const pageOf = async (engine: Engine, input: RecommendInput) => {
  const { sections } = await recommendPage(engine, input, PATIENT_CONTEXT);
  return Promise.all(
    sections.map(async ({ id, placements }) => ({
      id,
      titles: await Promise.all(placements.map(async ({ itemIndex, explain }) => [itemIndex, await explain()])),
    })),
  );
};

describe('kept candidates', () => {
  it('are found once for a list, a page and a list again', async () => {
    const { engine } = engineWithMemory();
    const feedback = feedbackOf(5, 17);
    expect((await listOf(engine, inputOf(feedback))).isFoundAnew).toBe(true);
    await pageOf(engine, inputOf(feedback));
    expect((await listOf(engine, inputOf(feedback))).isFoundAnew).toBe(false);
  });

  it('give the answers that finding them anew gives, whatever is said in between', async () => {
    const { engine } = engineWithMemory();
    const forgetful: Engine = { ...engine };
    Reflect.deleteProperty(forgetful, 'kept');
    const step = fc.record({
      liked: fc.uniqueArray(fc.nat(239), { maxLength: 3 }),
      exclude: fc.uniqueArray(fc.nat(239), { maxLength: 3 }),
      fatigued: fc.uniqueArray(fc.nat(239), { maxLength: 3 }),
      hidden: fc.uniqueArray(fc.nat(239), { maxLength: 3 }),
      userIndex: fc.constantFrom(-1, 3, 4),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 4 }), async (steps) => {
        const states = new Map<string, FeedbackState>();
        for (const { liked, exclude, fatigued, hidden, userIndex } of [...steps, ...steps]) {
          const name = `${userIndex} ${liked.join()}`;
          const feedback = states.get(name) ?? feedbackOf(...liked);
          states.set(name, feedback);
          const input = inputOf(feedback, {
            userIndex,
            fatigued,
            rules: { exclude },
            viewer: { needsKnownMaturity: false, hidden: new Set(hidden) },
          });
          expect((await listOf(engine, input)).items).toEqual((await listOf(forgetful, input)).items);
          expect(await pageOf(engine, input)).toEqual(await pageOf(forgetful, input));
        }
      }),
      { numRuns: 15 },
    );
  });

  it.each<[string, Partial<RecommendInput>]>([
    ['excludes a title', { rules: { exclude: [7] } }],
    ['has another filter', { rules: { exclude: [], filter: () => 1 } }],
    ['boosts titles', { rules: { exclude: [], factorOf: () => 2 } }],
    ['is tired of a title', { fatigued: [9] }],
    ['may not see a title', { viewer: { needsKnownMaturity: false, hidden: new Set([11]) } }],
    ['wants novelty', { goals: { liked: 0, satisfied: 0, novelty: 1 } }],
    ['asks why in full', { explainScore: true }],
    ['comes a minute later', { asOf: AS_OF + 60 }],
    ['is for another user', { userIndex: 4 }],
  ])('are not used where a request %s', async (_, more) => {
    const { engine } = engineWithMemory();
    const feedback = feedbackOf(5, 17);
    await listOf(engine, inputOf(feedback));
    expect((await listOf(engine, inputOf(feedback, more))).isFoundAnew).toBe(true);
  });

  it('are not used after the next event of the user', async () => {
    const { engine } = engineWithMemory();
    await listOf(engine, inputOf(feedbackOf(5)));
    const after = await listOf(engine, inputOf(feedbackOf(5, 8)));
    expect(after.isFoundAnew).toBe(true);
    expect(after.items.map(({ itemIndex }) => itemIndex)).not.toContain(8);
  });

  it('are shared by all visitors of whom nothing is known', async () => {
    const { engine, remembered } = engineWithMemory();
    await listOf(engine, inputOf({ byItem: new Map() }, { userIndex: -1 }));
    expect((await listOf(engine, inputOf(EMPTY_FEEDBACK, { userIndex: -1 }))).isFoundAnew).toBe(false);
    expect(remembered.size).toBe(1);
  });

  it('keep the boosts of the operator and their moves', async () => {
    const { engine } = engineWithMemory(createItemFacts(240, (item) => ({ isOriginal: item % 7 === 0 })));
    for (const feedback of [feedbackOf(5, 17), feedbackOf(), feedbackOf(3), feedbackOf(40, 41, 80)]) {
      const first = await recommendList(engine, inputOf(feedback), 60, PATIENT_CONTEXT);
      const again = await recommendList(engine, inputOf(feedback), 60, PATIENT_CONTEXT);
      expect('retrieve' in again.trace.stagesMs).toBe(false);
      expect(again.trace.moves.length).toBeGreaterThan(0);
      expect(again.trace.moves).toEqual(first.trace.moves);
      const boostsOf = ({ items }: typeof first) =>
        items.map(({ candidate: { itemIndex, boost, score } }) => [itemIndex, boost, score]);
      expect(boostsOf(again)).toEqual(boostsOf(first));
    }
  });

  it('are forgotten where a source failed', async () => {
    const { engine, remembered } = engineWithMemory();
    const [broken, ...others] = engine.release.sources;
    const model = { ...broken!.model, retrieve: () => Promise.reject(new Error('broken')) };
    Reflect.deleteProperty(model, 'retrieveAndScore');
    const faulty: Engine = { ...engine, release: { ...release, sources: [{ ...broken!, model }, ...others] } };
    await listOf(faulty, inputOf(feedbackOf(5)));
    expect(remembered.size).toBe(0);
  });
});

import { type FamilyTraits, popularityFamily } from '@matinee/models/retrieval';
import { describe, expect, it } from 'vitest';
import { createEngine } from '../engine/engine.ts';
import { EMPTY_FEEDBACK, foldFeedback } from '../log/feedback-state.ts';
import { hydrate } from '../request/query.ts';
import { createSmallWorld } from '../testing/small-world.ts';
import type { CandidateSource } from './candidate.ts';
import { explainByRule } from './explain-by-rule.ts';

const { dataset, release } = await createSmallWorld();
const LIKED = 12;
const CLICKED = 18;
const feedback = foldFeedback(
  [
    { eventId: 'e1', userId: 'u', itemId: `m${LIKED}`, type: 'like', atMs: 1e12 },
    { eventId: 'e2', userId: 'u', itemId: `m${CLICKED}`, type: 'click', atMs: 1e12 + 1 },
  ],
  dataset.items.vocabulary.indexOf,
);

/** A source of a role, of which these items of the history move every title, the strongest first. */
function source(role: FamilyTraits['role'], movedBy: readonly number[] = [], explains = 'omission'): CandidateSource {
  const { traits } = popularityFamily;
  return {
    source: {
      name: `${role} ${explains}`,
      weight: 1,
      model: {
        traits: { ...traits, role, explains: explains as FamilyTraits['explains'] },
        contributors: async (_query: unknown, _item: unknown, limit: number) =>
          movedBy.slice(0, limit).map((itemIndex, at) => ({ itemIndex, contribution: 1 - at / 10 })),
      } as never,
    },
    rank: 1,
    score: 1,
    contribution: 1,
  };
}

const engine = createEngine(dataset, release);
const query = hydrate(engine, { userIndex: -1, feedback, asOf: 1e9 + 10 });
const reasonOf = (...sources: CandidateSource[]) =>
  explainByRule({ ...engine, release: { ...release, sources: sources.map((each) => each.source) } }, query, {
    itemIndex: 7,
    sources,
  });

describe('explainByRule', () => {
  it('names what moves the sequence model most, of what was watched or liked', async () => {
    const because = { code: 'because_you_watched', itemIndex: LIKED };
    expect(await reasonOf(source('two-tower'), source('sequence', [LIKED]))).toEqual(because);
    expect(await reasonOf(source('sequence', [CLICKED, LIKED]))).toEqual(because);
  });

  it('asks the model that resumes, also where another sequence model found the title', async () => {
    const resumed = source('sequence', [LIKED], 'resumed');
    const other = source('sequence', []);
    const sources = [other];
    const both = { ...engine, release: { ...release, sources: [other.source, resumed.source] } };
    expect(await explainByRule(both, query, { itemIndex: 7, sources })).toEqual({
      code: 'because_you_watched',
      itemIndex: LIKED,
    });
  });

  it('lets the next rule speak where nothing true moves the sequence model', async () => {
    const unmoved = source('sequence', [CLICKED]);
    expect(await reasonOf(unmoved, source('two-tower'))).toEqual({ code: 'similar_to_your_taste', genres: [] });
    expect(await reasonOf(unmoved, source('collaborative'))).toEqual({ code: 'popular_among_similar' });
    expect(await reasonOf(unmoved, source('prior'))).toEqual({ code: 'trending_now' });
  });

  it('goes by kind, whichever source contributed most', async () => {
    const [tower, neighbours, popular] = [source('two-tower'), source('collaborative'), source('prior')];
    expect((await reasonOf(popular, neighbours, tower)).code).toBe('similar_to_your_taste');
    expect((await reasonOf(popular, neighbours)).code).toBe('popular_among_similar');
    expect((await reasonOf(popular)).code).toBe('trending_now');
  });

  it('lets the next rule speak where the sequence model fails', async () => {
    const failing = source('sequence');
    failing.source.model.contributors = () => Promise.reject(new Error('broken'));
    expect((await reasonOf(failing, source('prior'))).code).toBe('trending_now');
  });
});

describe('a history without times', () => {
  const { events } = dataset;
  const untimed = { ...dataset, events: { ...events, timestamps: new Float64Array(events.count) } };
  const engineWithoutTimes = createEngine(untimed, release);

  it('has nothing recent, so neither a reason nor a row says so', async () => {
    const member = hydrate(engineWithoutTimes, { userIndex: 3, feedback: EMPTY_FEEDBACK, asOf: 10 });
    const [watched] = member.base.itemIndices;
    expect([member.intentItems, member.isOrdered]).toEqual([[], false]);
    const sources = [source('sequence', [watched!]), source('two-tower')];
    const { code } = await explainByRule(engineWithoutTimes, member, { itemIndex: 7, sources });
    expect(code).toBe('similar_to_your_taste');
  });

  it('has what the log adds', async () => {
    const member = hydrate(engineWithoutTimes, { userIndex: 3, feedback, asOf: 10 });
    expect(member.intentItems).toContain(LIKED);
    const sources = [source('sequence', [LIKED])];
    const { code } = await explainByRule(engineWithoutTimes, member, { itemIndex: 7, sources });
    expect(code).toBe('because_you_watched');
  });
});

import type { NamedSource } from '@matinee/models/blend';
import { buildInteractions, type History } from '@matinee/models/data';
import { findModelFamily } from '@matinee/models/generations';
import type { RetrievalQuery } from '@matinee/models/retrieval';
import { createRandom } from '@matinee/numerics';
import { beforeAll, describe, expect, it } from 'vitest';
import { createEngine, type Engine } from '../engine/engine.ts';
import { EMPTY_FEEDBACK } from '../log/feedback-state.ts';
import { hydrate, type Query } from '../request/query.ts';
import { createSmallWorld } from '../testing/small-world.ts';
import { type Explanation, explainBySource } from './explain.ts';

/** Every family that can win a title, fitted in a moment: how well does not matter, only whether its reasons are its own. */
const BRIEF = { maxEpochs: 2, embeddingDim: 16, validationUsers: 0 };
const FAMILIES: Readonly<Record<string, object>> = {
  'item-knn': {},
  ease: {},
  ials: {},
  'genre-affinity': {},
  'user-knn': {},
  'two-tower': { maxEpochs: 2, embeddingDim: 16, validationUsers: 0 },
  gru4rec: BRIEF,
  sasrec: BRIEF,
  'time-transformer': BRIEF,
};
const USERS = [0, 1, 2, 3, 4, 5];
const TITLES = 8;

interface Reason {
  readonly query: Query;
  readonly itemIndex: number;
  readonly explanation: Explanation;
}

describe('the reason a source gives', () => {
  let engine: Engine;
  const sources = new Map<string, NamedSource>();
  beforeAll(async () => {
    const { dataset, release } = await createSmallWorld();
    engine = createEngine(dataset, release);
    const interactions = buildInteractions(dataset.events);
    for (const [kind, config] of Object.entries(FAMILIES)) {
      const family = findModelFamily(kind);
      const model = await family.fit(
        { userCount: engine.userCount, items: dataset.items, interactions, asOf: release.trainedAsOf },
        { ...family.defaults, ...config },
        { random: createRandom(1), checkpoint: async () => undefined },
      );
      sources.set(kind, { name: kind, model, weight: 1 });
    }
  }, 60_000);

  /** What the source says of its own best titles. */
  async function reasonsOf(source: NamedSource): Promise<Reason[]> {
    const reasons: Reason[] = [];
    for (const userIndex of USERS) {
      const asOf = engine.release.trainedAsOf + 60;
      const query = hydrate(engine, { userIndex, feedback: EMPTY_FEEDBACK, asOf });
      const seen = new Uint8Array(engine.itemCount);
      for (const item of query.retrieval.history.itemIndices) seen[item] = 1;
      const { itemIndices } = await source.model.retrieve(query.retrieval, TITLES, seen);
      for (const itemIndex of itemIndices) {
        const explanation = await explainBySource(engine, query, source, itemIndex);
        if (explanation !== undefined) reasons.push({ query, itemIndex, explanation });
      }
    }
    return reasons;
  }

  async function scoreOf({ model }: NamedSource, query: RetrievalQuery, itemIndex: number): Promise<number> {
    const scores = new Float32Array(engine.itemCount);
    await model.scoreAll(query, scores);
    return scores[itemIndex] as number;
  }

  it.each(['item-knn', 'ease', 'ials', 'gru4rec', 'sasrec', 'time-transformer'])(
    '%s: a title falls once the named one is taken out of the history',
    async (kind) => {
      const source = sources.get(kind) as NamedSource;
      const reasons = await reasonsOf(source);
      expect(reasons.length).toBeGreaterThan(USERS.length);
      for (const { query, itemIndex, explanation } of reasons) {
        if (explanation.code !== 'because_you_watched') throw new Error(`gave ${explanation.code}`);
        expect(query.retrieval.history.itemIndices).toContain(explanation.itemIndex);
        const before = await scoreOf(source, query.retrieval, itemIndex);
        const without = { ...query.retrieval, history: removed(query.retrieval.history, explanation.itemIndex) };
        const after = await scoreOf(source, without, itemIndex);
        // Without a score at all, nothing speaks for it any more.
        if (!Number.isNaN(after)) expect(after).toBeLessThan(before);
      }
    },
  );

  it.each(['genre-affinity', 'two-tower'])(
    '%s: the named genres are the title’s, and of titles in the history',
    async (kind) => {
      const reasons = await reasonsOf(sources.get(kind) as NamedSource);
      expect(reasons.length).toBeGreaterThan(USERS.length);
      const { genres, genreNames } = engine.catalogue;
      const genresOf = (item: number): readonly string[] =>
        Array.from(genres[item] ?? [], (genre) => genreNames[genre] as string);
      for (const { query, itemIndex, explanation } of reasons) {
        if (explanation.code !== 'similar_to_your_taste') throw new Error(`gave ${explanation.code}`);
        for (const genre of explanation.genres) {
          expect(genresOf(itemIndex)).toContain(genre);
          expect(Array.from(query.retrieval.history.itemIndices).some((item) => genresOf(item).includes(genre))).toBe(
            true,
          );
        }
      }
    },
  );

  it('genre-affinity: a title falls once all titles of the named genres are taken out', async () => {
    const source = sources.get('genre-affinity') as NamedSource;
    for (const { query, itemIndex, explanation } of await reasonsOf(source)) {
      if (explanation.code !== 'similar_to_your_taste') continue;
      const { genres, genreNames } = engine.catalogue;
      const named = new Set(explanation.genres.map((name) => genreNames.indexOf(name)));
      let { history } = query.retrieval;
      for (const item of history.itemIndices) {
        if (Array.from(genres[item] ?? []).some((genre) => named.has(genre))) history = removed(history, item);
      }
      const before = await scoreOf(source, query.retrieval, itemIndex);
      const after = await scoreOf(source, { ...query.retrieval, history }, itemIndex);
      if (!Number.isNaN(after)) expect(after).toBeLessThan(before);
    }
  });

  it('user-knn: so many people there are, each of them with the title in their history', async () => {
    const reasons = await reasonsOf(sources.get('user-knn') as NamedSource);
    expect(reasons.length).toBeGreaterThan(USERS.length);
    for (const { itemIndex, explanation } of reasons) {
      if (explanation.code !== 'popular_among_similar') throw new Error(`gave ${explanation.code}`);
      const owners = Array.from({ length: engine.userCount }, (_, user) => user).filter((user) =>
        engine.histories.of(user).itemIndices.includes(itemIndex),
      );
      expect(explanation.userCount).toBeGreaterThan(0);
      expect(explanation.userCount).toBeLessThanOrEqual(owners.length);
    }
  });
});

function removed(history: History, item: number): History {
  const kept = Array.from(history.itemIndices.keys()).filter((at) => history.itemIndices[at] !== item);
  return {
    itemIndices: Int32Array.from(kept, (at) => history.itemIndices[at] as number),
    timestamps: Float64Array.from(kept, (at) => history.timestamps[at] as number),
    weights: Float32Array.from(kept, (at) => history.weights[at] as number),
  };
}

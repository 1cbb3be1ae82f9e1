import { describe, expect, it } from 'vitest';
import { popularityFamily } from '../retrieval/popularity.ts';
import type { RetrievalModel } from '../retrieval/retrieval-model.ts';
import { selectTop } from '../retrieval/select-top.ts';
import type { EvaluationQuery, Fold } from '../splits/split.ts';
import { historyOf } from '../testing/tiny-worlds.ts';
import { fitBlendWeights, fitBlendWeightsOfParts } from './fit-blend-weights.ts';

const ITEM_COUNT = 40;
const options = { candidatesPerSource: 20, maxQueries: 100, checkpoint: () => Promise.resolve() };

/** Scores that depend on the request time alone, which the tests use as the query's number. */
function modelOf(scoreOf: (query: number, item: number) => number): RetrievalModel {
  const model: RetrievalModel = {
    kind: 'test',
    traits: popularityFamily.traits,
    itemCount: ITEM_COUNT,
    async scoreAll({ asOf }, scores) {
      for (let item = 0; item < ITEM_COUNT; item++) scores[item] = scoreOf(asOf, item);
    },
    async retrieve(query, n, excluded) {
      const scores = new Float32Array(ITEM_COUNT);
      await model.scoreAll(query, scores);
      return selectTop(scores, n, excluded);
    },
    contributors: async () => [],
    save: () => ({ kind: 'test', version: 1, config: {}, arrays: {} }),
  };
  return model;
}

const targetOf = (query: number): number => (query * 7) % ITEM_COUNT;

function foldOf(queryCount: number, history: readonly number[] = []): Fold {
  const queries: EvaluationQuery[] = Array.from({ length: queryCount }, (_, query) => ({
    userIndex: query,
    history: historyOf(history),
    asOf: query,
    targets: Int32Array.of(targetOf(query)),
  }));
  const empty = historyOf([]);
  return {
    train: { count: 0, userIndices: new Int32Array(0), labels: new Uint8Array(0), ...empty },
    trainAsOf: 0,
    queries,
    availableFrom: new Float64Array(ITEM_COUNT).fill(Number.NEGATIVE_INFINITY),
  };
}

const oracle = modelOf((query, item) => (item === targetOf(query) ? 10 : 1 / (1 + item)));
const noise = modelOf((query, item) => ((item * 31 + query * 17) % ITEM_COUNT) + 1);

describe('fitBlendWeights', () => {
  it('gives the source that knows the answer enough weight to rank it first everywhere', async () => {
    const sources = [
      { name: 'noise', model: noise },
      { name: 'oracle', model: oracle },
    ];
    const { weights, ndcg, ndcgAlone, queryCount } = await fitBlendWeights(sources, foldOf(40), options);
    expect(queryCount).toBe(40);
    expect(ndcg).toBe(1);
    expect(ndcgAlone[1]).toBe(1);
    expect(ndcgAlone[0]).toBeLessThan(0.6);
    expect(weights[1]).toBeGreaterThan(0.5);
    expect(weights[0] + weights[1]).toBeCloseTo(1, 12);
  });

  it('finds a mixture that is better than either source where each knows half of the answers', async () => {
    const knows = (parity: number): RetrievalModel =>
      modelOf((query, item) => (query % 2 === parity && item === targetOf(query) ? 10 : ((item * 13 + query) % 9) + 1));
    const sources = [
      { name: 'even', model: knows(0) },
      { name: 'odd', model: knows(1) },
    ];
    const { weights, ndcg, ndcgAlone } = await fitBlendWeights(sources, foldOf(40), {
      ...options,
      normalization: 'max',
    });
    expect(ndcg).toBeGreaterThan(Math.max(...ndcgAlone));
    expect(Math.min(...weights)).toBeGreaterThan(0);
  });

  it('gives equal weights when no source finds any target', async () => {
    const silent = modelOf(() => Number.NaN);
    const sources = ['a', 'b', 'c', 'd'].map((name) => ({ name, model: silent }));
    const { weights, ndcg } = await fitBlendWeights(sources, foldOf(5), options);
    expect(weights).toEqual([0.25, 0.25, 0.25, 0.25]);
    expect(ndcg).toBe(0);
  });

  it('leaves every source a little weight, for where the others have nothing', async () => {
    const sources = [
      { name: 'silent', model: modelOf(() => Number.NaN) },
      { name: 'oracle', model: oracle },
    ];
    const { weights } = await fitBlendWeights(sources, foldOf(20), options);
    expect(Math.min(...weights)).toBeGreaterThanOrEqual(0.003);
  });

  it('uses at most maxQueries queries, and never retrieves items of the history', async () => {
    const requestTimes: number[] = [];
    const watched = modelOf((_, item) => ITEM_COUNT - item);
    const spy: RetrievalModel = {
      ...watched,
      async retrieve(query, n, excluded) {
        requestTimes.push(query.asOf);
        const list = await watched.retrieve(query, n, excluded);
        expect([...list.itemIndices]).not.toContain(3);
        return list;
      },
    };
    await fitBlendWeights([{ name: 'spy', model: spy }], foldOf(40, [3]), { ...options, maxQueries: 10 });
    expect(requestTimes).toEqual([0, 4, 8, 12, 16, 20, 24, 28, 32, 36]);
  });

  it('gives the same weights every time', async () => {
    const sources = [
      { name: 'noise', model: noise },
      { name: 'oracle', model: oracle },
    ];
    expect(await fitBlendWeights(sources, foldOf(20), options)).toEqual(
      await fitBlendWeights(sources, foldOf(20), options),
    );
  });

  it('gives each part the weights that its queries alone give, and retrieves once for all', async () => {
    let retrievals = 0;
    const first = modelOf((query, item) => (item === targetOf(query) && query % 2 === 0 ? 1 : 1 / (2 + item)));
    const counting: RetrievalModel = {
      ...first,
      retrieve(...query) {
        retrievals++;
        return first.retrieve(...query);
      },
    };
    const second = modelOf((query, item) => (item === targetOf(query) && query % 2 === 1 ? 1 : 1 / (2 + item)));
    const sources = [
      { name: 'even', model: counting },
      { name: 'odd', model: second },
    ];
    const fold = foldOf(40);
    const isEven = ({ asOf }: EvaluationQuery): boolean => asOf % 2 === 0;
    const parts = await fitBlendWeightsOfParts(
      sources,
      fold,
      [{ includes: () => true }, { includes: isEven }],
      options,
    );
    expect(retrievals).toBe(40);
    expect(parts[0]).toEqual(await fitBlendWeights(sources, fold, options));
    const even = { ...fold, queries: fold.queries.filter(isEven) };
    expect(parts[1]).toEqual(await fitBlendWeights(sources, even, options));
    expect(parts[1]?.weights[0]).toBeGreaterThan(0.5);
  });

  it('gives no weight but the even share to sources that are not among those to weigh', async () => {
    const good = modelOf((query, item) => (item === targetOf(query) ? 1 : 1 / (2 + item)));
    const poor = modelOf((_, item) => item);
    const sources = ['good', 'poor', 'poorer'].map((name) => ({ name, model: name === 'good' ? good : poor }));
    const part = { includes: () => true, among: [1, 2] };
    const [all, restricted] = await fitBlendWeightsOfParts(
      sources,
      foldOf(40),
      [{ includes: () => true }, part],
      options,
    );
    expect(all?.weights[0]).toBeGreaterThan(0.5);
    expect(restricted?.weights[0]).toBeCloseTo(0.002, 9);
    expect(restricted?.weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
  });
});

import { beforeAll, describe, expect, it } from 'vitest';
import { retrieveWithScores } from '../blend/collect-candidates.ts';
import { growCatalogue } from '../data/grow-catalogue.ts';
import { vectorsToIndex } from '../release/index-release.ts';
import { growModel } from '../retrieval/grow-model.ts';
import { popularityFamily } from '../retrieval/popularity.ts';
import type { RetrievalQuery } from '../retrieval/retrieval-model.ts';
import { checkerboard, historyOf, itemsOfUser, quietContext, UNMET_ITEM } from '../testing/tiny-worlds.ts';
import { twoTowerFamily } from '../two-tower/two-tower.ts';
import type { TwoTowerModel } from '../two-tower/two-tower-model.ts';
import { chooseIndexKind } from './choose-index-kind.ts';
import { exactIndexFactory } from './exact-index.ts';
import { retrieveByIndex, tableOfVectors } from './retrieve-by-index.ts';
import { indexUsers, similarItems } from './similar.ts';
import type { VectorIndex } from './vector-index.ts';

const config = {
  ...twoTowerFamily.defaults,
  embeddingDim: 16,
  hiddenDim: 16,
  headCount: 2,
  historyLength: 8,
  batchSize: 32,
  maxEpochs: 80,
  learningRate: 0.005,
  validationUsers: 0,
  idDropout: 0.3,
};
const queryOf = (items: readonly number[]): RetrievalQuery => ({
  history: historyOf(items),
  asOf: 3_000_000,
  userIndex: -1,
});

/** Counts its searches. */
function watched(index: VectorIndex): VectorIndex & { searches: number } {
  return {
    kind: index.kind,
    dimension: index.dimension,
    get size() {
      return index.size;
    },
    searches: 0,
    has: index.has,
    search(...args) {
      this.searches++;
      return index.search(...args);
    },
    insert: index.insert,
    remove: index.remove,
    save: index.save,
  };
}

describe('what can be done with vectors', () => {
  let model: TwoTowerModel;
  beforeAll(async () => {
    model = (await twoTowerFamily.fit(checkerboard, config, quietContext())) as TwoTowerModel;
  });

  it('retrieves the same from an index as from all vectors', async () => {
    const { vectors } = model;
    if (vectors === undefined) throw new Error('a two-tower model has vectors');
    const indexed = retrieveByIndex(model, exactIndexFactory.build(tableOfVectors(vectors)));
    const excluded = new Uint8Array(model.itemCount);
    excluded[4] = 1;
    const [fromIndex, fromAll] = [
      await indexed.retrieve(queryOf([0, 2]), 5, excluded),
      await model.retrieve(queryOf([0, 2]), 5, excluded),
    ];
    expect(fromIndex.itemIndices).toEqual(fromAll.itemIndices);
    // The products are summed in another order.
    for (const [place, score] of fromAll.scores.entries()) expect(fromIndex.scores[place]).toBeCloseTo(score, 5);
    expect((await indexed.retrieve(queryOf([]), 5)).itemIndices.length).toBe(0);
    expect(indexed.save()).toEqual(model.save());
  });

  it('says of any item, beside what it retrieves, what scoring everything says', async () => {
    const { vectors } = model;
    if (vectors === undefined) throw new Error('a two-tower model has vectors');
    const index = watched(exactIndexFactory.build(tableOfVectors(vectors)));
    const indexed = retrieveByIndex(model, index);
    const nothing = new Uint8Array(model.itemCount);
    const everything = Int32Array.from({ length: model.itemCount }, (_, item) => model.itemCount - 1 - item);
    for (const items of [[0, 2], [5, 1, 3], []]) {
      const [byIndex, byAll] = [
        await retrieveWithScores(indexed, queryOf(items), 4, nothing),
        await retrieveWithScores(model, queryOf(items), 4, nothing),
      ];
      expect(byIndex.items.itemIndices).toEqual(byAll.items.itemIndices);
      const [scores, expected] = [byIndex, byAll].map(({ writeScores }) => {
        const written = new Float32Array(everything.length);
        writeScores(everything, written);
        return written;
      });
      for (const [place, score] of expected.entries()) {
        if (Number.isNaN(score)) expect(scores[place]).toBeNaN();
        else expect(scores[place]).toBeCloseTo(score, 5);
      }
    }
    expect(index.searches).toBe(2); // a history without an item has no vector to search with
  });

  it('keeps its index as the catalogue grows, from the same model again and again', async () => {
    const { vectors } = model;
    if (vectors === undefined) throw new Error('a two-tower model has vectors');
    const index = watched(exactIndexFactory.build(tableOfVectors(vectors)));
    const indexed = retrieveByIndex(model, index);
    const size = index.size;
    const larger = (...genres: readonly string[]) =>
      genres.reduce(
        (items, genre, at) => growCatalogue(items, [{ id: `new ${at}`, title: `Item new ${at}`, genres: [genre] }]),
        checkerboard.items,
      );
    for (const catalogue of [larger('Drama'), larger('Drama', 'Comedy'), larger('Drama', 'Comedy')]) {
      const grown = await growModel(indexed, catalogue);
      const plain = await growModel(model, catalogue);
      const excluded = new Uint8Array(grown.itemCount);
      const found = await grown.retrieve(queryOf(itemsOfUser(0)), grown.itemCount, excluded);
      expect(found.itemIndices).toContain(model.itemCount);
      expect(found.itemIndices).toEqual((await plain.retrieve(queryOf(itemsOfUser(0)), grown.itemCount)).itemIndices);
    }
    expect([index.size, index.searches]).toEqual([size + 2, 3]);
    // A request may still use the release without the new items.
    const before = await indexed.retrieve(queryOf(itemsOfUser(0)), 100, new Uint8Array(model.itemCount));
    expect(Math.max(...before.itemIndices)).toBeLessThan(model.itemCount);
  });

  it('wants a graph for vectors of unit length in a large catalogue, and for no others', () => {
    const stretched = { width: 1, itemIndices: Int32Array.of(0, 1), values: Float32Array.of(1, 2) };
    const sources = [
      { name: 'towers', weight: 1, model },
      { name: 'lengths differ', weight: 1, model: { ...model, vectors: stretched } },
      { name: 'no vectors', weight: 1, model: { ...model, vectors: undefined } as unknown as TwoTowerModel },
    ];
    expect([...vectorsToIndex({ sources }, () => 'hnsw').keys()]).toEqual(['towers']);
    expect(vectorsToIndex({ sources }).size).toBe(0);
    expect([100_000, 100_001].map(chooseIndexKind)).toEqual(['exact', 'hnsw']);
  });

  it('finds an item the minute it arrives, and no more once it is gone', async () => {
    const { vectors } = model;
    if (vectors === undefined) throw new Error('a two-tower model has vectors');
    const index = exactIndexFactory.build(tableOfVectors(vectors));
    const indexed = retrieveByIndex(model, index);
    const fresh = model.itemCount;
    const [drama, comedy] = [itemsOfUser(0), itemsOfUser(1)];
    index.insert(fresh, await model.vectorsOfNewItems([{ genres: ['Drama'], title: 'Item new' }]));
    const rankOf = async (items: readonly number[]): Promise<number> =>
      (await indexed.retrieve(queryOf(items), fresh + 1)).itemIndices.indexOf(fresh);
    expect(await rankOf(drama)).toBeGreaterThanOrEqual(0);
    expect(await rankOf(drama)).toBeLessThan(await rankOf(comedy));
    index.remove(fresh);
    expect(await rankOf(drama)).toBe(-1);
  });

  it('gives an item without interactions a vector from its content, of length 1, and none to one without content', async () => {
    const vectors = await model.vectorsOfNewItems([{ genres: ['Comedy'] }, { genres: ['Unheard of'] }]);
    expect(Math.hypot(...vectors.subarray(0, 16))).toBeCloseTo(1, 5);
    expect(vectors.subarray(16).every(Number.isNaN)).toBe(true);
    const own = model.vectors?.values.subarray(UNMET_ITEM * 16, (UNMET_ITEM + 1) * 16) ?? [];
    expect(Math.hypot(...own)).toBeCloseTo(1, 5);
  });

  it('finds similar items by direction, never the item itself', () => {
    const vectors = {
      width: 2,
      itemIndices: Int32Array.of(0, 2, 5, 6),
      values: Float32Array.of(1, 0, 9, 1, 0, 3, 1, 1),
    };
    expect([...similarItems(vectors, 0, 3).itemIndices]).toEqual([2, 6, 5]);
    expect([...similarItems(vectors, 0, 3, Uint8Array.of(0, 0, 1, 0, 0, 0, 0)).itemIndices]).toEqual([6, 5]);
    expect(similarItems(vectors, 1, 3).itemIndices.length).toBe(0);
  });

  it('finds people of like taste', async () => {
    const people = [0, 1, 2, 3, 4, 5].map((user) => queryOf(itemsOfUser(user)));
    const index = await indexUsers(model, [...people, queryOf([])]);
    expect(index.size).toBe(6);
    const vector = await model.encode?.(queryOf(itemsOfUser(6)));
    if (vector === undefined) throw new Error('the history has items');
    const nearest = index.search(vector, 3).itemIndices;
    expect([...nearest].map((user) => user % 2)).toEqual([0, 0, 0]);
  });

  it('refuses an index for a model that encodes nothing', async () => {
    const popularity = await popularityFamily.fit(checkerboard, popularityFamily.defaults, quietContext());
    const index = exactIndexFactory.build({ dimension: 1, keys: new Int32Array(0), vectors: new Float32Array(0) });
    expect(() => retrieveByIndex(popularity, index)).toThrow(expect.objectContaining({ code: 'NO_VECTORS' }));
  });
});

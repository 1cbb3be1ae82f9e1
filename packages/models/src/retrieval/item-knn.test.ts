import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeRetrievalFamily } from '../testing/retrieval-model.contract.ts';
import { checkerboard, historyOf, quietContext, randomWorld, worldOf } from '../testing/tiny-worlds.ts';
import type { TrainingData } from '../training/fit-context.ts';
import { type ItemKnnConfig, itemKnnFamily } from './item-knn.ts';

const badConfigs = [{ similarity: 'jaccard' }, { maxNeighbors: 0 }, { shrinkage: -1 }, { b: 2 }];
for (const similarity of ['cosine', 'bm25'] as const) {
  describeRetrievalFamily(itemKnnFamily, {
    name: `item-knn (${similarity})`,
    config: { ...itemKnnFamily.defaults, similarity },
    isPersonal: true,
    answersEmptyHistory: false,
    scoresHistory: true,
    badConfigs,
  });
}

const cosine: ItemKnnConfig = { ...itemKnnFamily.defaults, candidateExponent: 0.5, shrinkage: 0, historyDecay: 0 };

describe('itemKnnFamily', () => {
  it('comes to the cosine that can be computed by hand', async () => {
    // Item 0: users 0, 1. Item 1: users 0, 1, 2. Item 2: user 2.
    const pairs = [
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
      [2, 1],
      [2, 2],
    ];
    const events = pairs.map(([user, item]) => ({ user, item }));
    const data = worldOf(events, { userCount: 3, genresOfItems: [[], [], []] });
    const model = await itemKnnFamily.fit(data, cosine, quietContext());
    const { arrays } = model.save();
    expect([...arrays.pointers]).toEqual([0, 1, 3, 4]);
    expect([...arrays.neighbors]).toEqual([1, 0, 2, 1]);
    const [first, , third] = arrays.similarities;
    expect(first).toBeCloseTo(2 / Math.sqrt(2 * 3), 6);
    expect(third).toBeCloseTo(1 / Math.sqrt(3), 6);
  });

  it('trusts few co-occurrences less, the more it shrinks', async () => {
    const strongest = async (shrinkage: number): Promise<number> => {
      const model = await itemKnnFamily.fit(checkerboard, { ...cosine, shrinkage }, quietContext());
      return model.save().arrays.similarities[0];
    };
    expect(await strongest(20)).toBeLessThan(await strongest(0));
  });

  it('keeps no more than maxNeighbors of an item', async () => {
    const model = await itemKnnFamily.fit(checkerboard, { ...cosine, maxNeighbors: 2 }, quietContext());
    const { pointers } = model.save().arrays;
    for (let item = 0; item < model.itemCount; item++)
      expect(pointers[item + 1] - pointers[item]).toBeLessThanOrEqual(2);
  });

  it('trains on the newest maxTrainingItems of every user', async () => {
    const items = [0, 1, 2].map((item) => ({ user: 0, item }));
    const data = worldOf(items, { userCount: 1, genresOfItems: [[], [], []] });
    const model = await itemKnnFamily.fit(data, { ...cosine, maxTrainingItems: 2 }, quietContext());
    expect([...model.save().arrays.pointers]).toEqual([0, 0, 1, 2]);
  });

  it('names the history items behind a score as seeds, and their contributions sum to it', async () => {
    const model = await itemKnnFamily.fit(checkerboard, cosine, quietContext());
    const query = { history: historyOf([0, 2, 1]), asOf: 0, userIndex: -1 };
    const scores = new Float32Array(model.itemCount);
    await model.scoreAll(query, scores);
    const contributors = await model.contributors(query, 4, 10);
    expect(contributors.map(({ itemIndex }) => itemIndex).sort()).toEqual([0, 2]);
    expect(contributors.reduce((sum, { contribution }) => sum + contribution, 0)).toBeCloseTo(scores[4], 5);
  });

  it('equals the naive product for any data and any settings', async () => {
    const settings = fc.record({
      similarity: fc.constantFrom('cosine' as const, 'bm25' as const),
      maxNeighbors: fc.integer({ min: 1, max: 30 }),
      shrinkage: fc.constantFrom(0, 2.5, 20),
      candidateExponent: fc.constantFrom(0, 0.3, 0.5, 1),
      userDamping: fc.constantFrom(0, 0.5, 1),
      k1: fc.constantFrom(0.5, 100),
      b: fc.constantFrom(0, 0.4, 1),
    });
    await fc.assert(
      fc.asyncProperty(fc.nat(1e6), settings, async (seed, chosen) => {
        const data = randomWorld(seed);
        const config = { ...itemKnnFamily.defaults, ...chosen };
        const { arrays } = (await itemKnnFamily.fit(data, config, quietContext())).save();
        const naive = naiveSimilarities(data, config);
        for (const [item, row] of naive.entries()) {
          const start = arrays.pointers[item];
          const kept = arrays.pointers[item + 1] - start;
          const nearest = row.filter((similarity) => similarity > 0).sort((a, b) => b - a);
          expect(kept).toBe(Math.min(config.maxNeighbors, nearest.length));
          const ofRow = Array.from({ length: kept }, (_, at) => [
            arrays.neighbors[start + at],
            arrays.similarities[start + at],
          ]).sort((a, b) => b[1] - a[1]);
          for (let place = 0; place < kept; place++) {
            const [neighbor, similarity] = ofRow[place] as [number, number];
            // Which item stands at a place may differ where two are all but equal; what it is worth may not.
            expect(similarity).toBeCloseTo(nearest[place], 4);
            expect(similarity / row[neighbor]).toBeCloseTo(1, 4);
          }
        }
      }),
      { numRuns: 150 },
    );
  });
});

/** The definition, written down: dense, all pairs, no ordering tricks. [item][other], 0 on the diagonal. */
function naiveSimilarities({ interactions, userCount, items }: TrainingData, config: ItemKnnConfig): number[][] {
  const itemCount = items.vocabulary.ids.length;
  const weights = Array.from({ length: userCount }, () => new Array<number>(itemCount).fill(0));
  for (let row = 0; row < interactions.count; row++) {
    const weight = interactions.weights[row];
    if (weight > 0) weights[interactions.userIndices[row]][interactions.itemIndices[row]] += weight;
  }
  const lengths = items.vocabulary.ids.map((_, item) => weights.reduce((sum, row) => sum + row[item], 0));
  const meanLength = lengths.reduce((sum, length) => sum + length, 0) / itemCount;
  const { similarity, k1, b, userDamping, candidateExponent, shrinkage } = config;
  const columns = items.vocabulary.ids.map((_, item) =>
    weights.map((row) => {
      const itemsOfUser = row.filter((weight) => weight > 0).length;
      if (row[item] === 0) return 0;
      if (similarity === 'cosine') return row[item] * itemsOfUser ** (-userDamping / 2);
      const rarity = Math.max(1e-6, Math.log(itemCount / (1 + itemsOfUser)));
      return (rarity * row[item] * (k1 + 1)) / (row[item] + k1 * (1 - b + (b * lengths[item]) / meanLength));
    }),
  );
  const dot = (x: number[], y: number[]): number => x.reduce((sum, value, user) => sum + value * y[user], 0);
  return columns.map((from, item) =>
    columns.map((to, other) => {
      if (item === other) return 0;
      if (similarity === 'bm25') return dot(from, to);
      const norms = dot(from, from) ** (1 - candidateExponent) * dot(to, to) ** candidateExponent;
      return dot(from, to) === 0 ? 0 : dot(from, to) / (norms + shrinkage);
    }),
  );
}

import { MatineeError } from '@matinee/numerics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeRetrievalFamily } from '../testing/retrieval-model.contract.ts';
import {
  checkerboard,
  historyOf,
  itemsOfUser,
  quietContext,
  randomHistory,
  randomWorld,
  UNMET_ITEM,
  worldOf,
} from '../testing/tiny-worlds.ts';
import { type IalsConfig, ialsFamily } from './ials.ts';
import type { RetrievalModel, RetrievalQuery } from './retrieval-model.ts';

describeRetrievalFamily(ialsFamily, {
  isPersonal: true,
  answersEmptyHistory: false,
  scoresHistory: true,
  badConfigs: [{ factors: 0 }, { exponent: -1 }, { unobservedWeight: -0.1 }, { regularization: 0 }],
});

/** As many factors as the checkerboard has colours. */
const small: IalsConfig = { ...ialsFamily.defaults, factors: 2, sweeps: 10, historyDecay: 0 };

const ask = (items: readonly number[], weights?: readonly number[]): RetrievalQuery => ({
  history: historyOf(items, weights),
  asOf: 0,
  userIndex: -1,
});

async function scoresOf(model: RetrievalModel, query: RetrievalQuery): Promise<Float32Array> {
  const scores = new Float32Array(model.itemCount);
  await model.scoreAll(query, scores);
  return scores;
}

describe('ialsFamily', () => {
  it('comes to the fixed point that can be computed by hand: one user, one item, one factor', async () => {
    // With w = h = x, both equations read (α₀ + 1) x³ + λ (1 + α₀) x = x: x² = 1 / (1 + α₀) − λ, and the score is x².
    const data = worldOf([{ user: 0, item: 0 }], { userCount: 1, genresOfItems: [[]] });
    const config = { ...small, factors: 1, sweeps: 200, regularization: 0.05, unobservedWeight: 0.25, exponent: 1 };
    const model = await ialsFamily.fit(data, config, quietContext());
    expect((await scoresOf(model, ask([0])))[0]).toBeCloseTo(1 / 1.25 - 0.05, 5);
  });

  it('folds a history in where the gradient of its loss vanishes, likes and dislikes alike', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(1e6), fc.constantFrom(0, 0.5, 1), async (seed, exponent) => {
        const config = { ...small, factors: 3, exponent, regularization: 0.1, unobservedWeight: 0.3 };
        const model = await ialsFamily.fit(randomWorld(seed), config, quietContext());
        const factors = itemRows(model, config.factors);
        const history = randomHistory(seed, model.itemCount);
        const observed = [...history.itemIndices.keys()].filter((at) => factors.has(history.itemIndices[at]));
        fc.pre(observed.length > 0);
        const scores = await scoresOf(model, { history, asOf: 0, userIndex: -1 });
        const ridge = config.regularization * (observed.length + config.unobservedWeight * factors.size) ** exponent;
        // The user's vector lies in the span of the items', so the gradient is 0 where its product with each of them is.
        for (const [item, row] of factors) {
          let product = ridge * scores[item];
          for (const [other, otherRow] of factors) {
            product += config.unobservedWeight * scores[other] * dot(row, otherRow);
          }
          for (const at of observed) {
            const met = history.itemIndices[at];
            product += (scores[met] - history.weights[at]) * dot(row, factors.get(met) ?? []);
          }
          expect(Math.abs(product)).toBeLessThan(1e-4);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('lowers the loss with every sweep', async () => {
    const lossAfter = async (sweeps: number): Promise<number> => {
      const config = { ...small, factors: 2, sweeps, exponent: 0, regularization: 0.01 };
      const model = await ialsFamily.fit(checkerboard, config, quietContext());
      let loss = 0;
      for (let user = 0; user < checkerboard.userCount; user++) {
        const items = itemsOfUser(user);
        const scores = await scoresOf(model, ask(items));
        for (const item of items) loss += (scores[item] - 1) ** 2;
        for (let item = 0; item < UNMET_ITEM; item++) loss += config.unobservedWeight * scores[item] ** 2;
      }
      return loss;
    };
    const [one, two, ten] = [await lossAfter(1), await lossAfter(2), await lossAfter(10)];
    expect(two).toBeLessThan(one);
    expect(ten).toBeLessThanOrEqual(two);
  });

  it('scores a disliked item, and what is like it, below 0', async () => {
    const model = await ialsFamily.fit(checkerboard, small, quietContext());
    const scores = await scoresOf(model, ask([1], [-1]));
    expect(scores[1]).toBeLessThan(0);
    expect(scores[3]).toBeLessThan(0);
    expect(Math.abs(scores[2])).toBeLessThan(Math.abs(scores[3]) / 2);
  });

  it('decomposes a score over the history: the contributions of its seeds sum to it', async () => {
    const model = await ialsFamily.fit(checkerboard, small, quietContext());
    const query = ask([0, 2, 6]);
    const contributors = await model.contributors(query, 4, 10);
    expect(contributors.map(({ itemIndex }) => itemIndex).sort()).toEqual([0, 2, 6]);
    expect(contributors.reduce((sum, { contribution }) => sum + contribution, 0)).toBeCloseTo(
      (await scoresOf(model, query))[4],
      5,
    );
  });

  it('has nothing for a history of items that nobody has met, and is not disturbed by them', async () => {
    const model = await ialsFamily.fit(checkerboard, small, quietContext());
    expect((await scoresOf(model, ask([UNMET_ITEM]))).every(Number.isNaN)).toBe(true);
    expect(await scoresOf(model, ask([UNMET_ITEM, 0, 2]))).toEqual(await scoresOf(model, ask([0, 2])));
    expect(await model.contributors(ask([0, 2]), UNMET_ITEM, 5)).toEqual([]);
  });

  it('draws its start from the seed', async () => {
    const fitted = async (seed: number) =>
      (await ialsFamily.fit(checkerboard, small, quietContext(seed))).save().arrays.itemFactors;
    expect(await fitted(1)).toEqual(await fitted(1));
    expect(await fitted(1)).not.toEqual(await fitted(2));
  });

  it('ends with what the checkpoint throws, and reports every row it solves', async () => {
    const reported: number[] = [];
    const context = {
      ...quietContext(),
      checkpoint: async (done: number, total: number): Promise<void> => {
        reported.push(done);
        if (done === total - 1) throw new MatineeError('CANCELLED', 'stopped');
      },
    };
    await expect(ialsFamily.fit(checkerboard, small, context)).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(reported).toEqual(reported.map((_, index) => index));
    expect(reported.length).toBe(small.sweeps * (checkerboard.userCount + UNMET_ITEM));
  });

  it('throws BAD_ARTIFACT when the factors are not whole rows', async () => {
    const saved = (await ialsFamily.fit(checkerboard, small, quietContext())).save();
    const broken = { ...saved, arrays: { ...saved.arrays, itemFactors: new Float32Array(9) } };
    await expect(ialsFamily.load(broken)).rejects.toMatchObject({ code: 'BAD_ARTIFACT' });
  });
});

/** The factors of the items that somebody has met. */
function itemRows(model: RetrievalModel, size: number): Map<number, number[]> {
  const { itemFactors } = model.save().arrays;
  const rows = new Map<number, number[]>();
  for (let item = 0; item < model.itemCount; item++) {
    const row = [...itemFactors.subarray(item * size, (item + 1) * size)];
    if (!row.some(Number.isNaN)) rows.set(item, row);
  }
  return rows;
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, k) => sum + value * b[k], 0);
}

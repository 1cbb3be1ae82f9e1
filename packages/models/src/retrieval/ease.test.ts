import { MatineeError } from '@matinee/numerics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeRetrievalFamily } from '../testing/retrieval-model.contract.ts';
import { checkerboard, historyOf, quietContext, randomWorld, UNMET_ITEM, worldOf } from '../testing/tiny-worlds.ts';
import type { TrainingData } from '../training/fit-context.ts';
import { type EaseConfig, easeFamily } from './ease.ts';
import type { RetrievalModel } from './retrieval-model.ts';

describeRetrievalFamily(easeFamily, {
  isPersonal: true,
  answersEmptyHistory: false,
  scoresHistory: true,
  badConfigs: [{ regularization: 0 }, { maxWeights: 0 }, { maxItems: -1 }, { historyDecay: 11 }],
});

const dense: EaseConfig = { ...easeFamily.defaults, regularization: 1, maxWeights: 1000, historyDecay: 0 };

/** B row by row, 0 where no weight is kept. */
function weightsOf(model: RetrievalModel): number[][] {
  const { pointers, targets, weights } = model.save().arrays;
  return Array.from({ length: model.itemCount }, (_, item) => {
    const row = new Array<number>(model.itemCount).fill(0);
    for (let at = pointers[item]; at < pointers[item + 1]; at++) row[targets[at]] = weights[at];
    return row;
  });
}

describe('easeFamily', () => {
  it('comes to the weights that can be computed by hand', async () => {
    // XᵀX + I = [[3, 1], [1, 4]], so P = [[4, −1], [−1, 3]] / 11 and B = [[0, 1/3], [1/4, 0]].
    const pairs = [
      [0, 0],
      [1, 0],
      [0, 1],
      [2, 1],
      [3, 1],
    ];
    const events = pairs.map(([user, item]) => ({ user, item }));
    const model = await easeFamily.fit(
      worldOf(events, { userCount: 4, genresOfItems: [[], []] }),
      dense,
      quietContext(),
    );
    const [first, second] = weightsOf(model);
    expect(first[1]).toBeCloseTo(1 / 3, 6);
    expect(second[0]).toBeCloseTo(1 / 4, 6);
    expect([first[0], second[1]]).toEqual([0, 0]);
  });

  it('is where the gradient of the ridge regression vanishes, for any data', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(1e6), fc.constantFrom(0.5, 5, 100), async (seed, regularization) => {
        const data = randomWorld(seed);
        const model = await easeFamily.fit(data, { ...dense, regularization }, quietContext());
        const x = binaryRows(data);
        const b = weightsOf(model);
        for (let i = 0; i < model.itemCount; i++) {
          for (let j = 0; j < model.itemCount; j++) {
            // ∂/∂B_ij of ½‖X − XB‖² + ½λ‖B‖²; the diagonal is constrained, not free.
            if (i === j) continue;
            let gradient = regularization * b[i][j];
            for (const row of x) {
              const predicted = row.reduce((sum, value, k) => sum + value * b[k][j], 0);
              gradient += row[i] * (predicted - row[j]);
            }
            expect(Math.abs(gradient)).toBeLessThan(1e-3);
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it('counts a repeated interaction once, and a disliked one not at all', async () => {
    const events = [
      { user: 0, item: 0 },
      { user: 0, item: 1 },
      { user: 1, item: 1 },
    ];
    const shape = { userCount: 2, genresOfItems: [[], [], []] };
    const plain = await easeFamily.fit(worldOf(events, shape), dense, quietContext());
    const noisy = worldOf([...events, events[0], { user: 1, item: 2, weight: -1 }], shape);
    const same = await easeFamily.fit(noisy, dense, quietContext());
    expect(weightsOf(same)).toEqual(weightsOf(plain));
  });

  it('keeps the maxWeights largest weights of an item, negative ones as well', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(1e6), fc.integer({ min: 1, max: 8 }), async (seed, maxWeights) => {
        const data = randomWorld(seed);
        const all = weightsOf(await easeFamily.fit(data, dense, quietContext()));
        const kept = weightsOf(await easeFamily.fit(data, { ...dense, maxWeights }, quietContext()));
        for (const [item, row] of kept.entries()) {
          const sizes = (values: number[]): number[] => values.map(Math.abs).sort((a, b) => b - a);
          expect(sizes(row).slice(0, maxWeights)).toEqual(sizes(all[item]).slice(0, maxWeights));
          expect(row.filter((weight) => weight !== 0).length).toBeLessThanOrEqual(maxWeights);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('has neither weights from nor weights to an item that nobody has met', async () => {
    const b = weightsOf(await easeFamily.fit(checkerboard, dense, quietContext()));
    expect(b[UNMET_ITEM].every((weight) => weight === 0)).toBe(true);
    expect(b.every((row) => row[UNMET_ITEM] === 0)).toBe(true);
  });

  it('names the history items behind a score as seeds, and their contributions sum to it', async () => {
    const model = await easeFamily.fit(checkerboard, dense, quietContext());
    const query = { history: historyOf([0, 2, 6]), asOf: 0, userIndex: -1 };
    const scores = new Float32Array(model.itemCount);
    await model.scoreAll(query, scores);
    const contributors = await model.contributors(query, 4, 10);
    expect(contributors.map(({ itemIndex }) => itemIndex).sort()).toEqual([0, 2, 6]);
    expect(contributors.reduce((sum, { contribution }) => sum + contribution, 0)).toBeCloseTo(scores[4], 5);
  });

  it('lets later history items count more, the more it decays', async () => {
    const shareOfLast = async (historyDecay: number): Promise<number> => {
      const model = await easeFamily.fit(checkerboard, { ...dense, historyDecay }, quietContext());
      const contributors = await model.contributors({ history: historyOf([0, 2, 6]), asOf: 0, userIndex: -1 }, 4, 10);
      const total = contributors.reduce((sum, { contribution }) => sum + contribution, 0);
      return (contributors.find(({ itemIndex }) => itemIndex === 6)?.contribution ?? 0) / total;
    };
    expect(await shareOfLast(1)).toBeGreaterThan(await shareOfLast(0));
  });

  it('throws TOO_MANY_ITEMS, naming the memory and the alternative, counting met items only', async () => {
    const metCount = UNMET_ITEM;
    await expect(easeFamily.fit(checkerboard, { ...dense, maxItems: metCount }, quietContext())).resolves.toBeDefined();
    await expect(
      easeFamily.fit(checkerboard, { ...dense, maxItems: metCount - 1 }, quietContext()),
    ).rejects.toMatchObject({ code: 'TOO_MANY_ITEMS', message: expect.stringMatching(/GB.*"ials"/) });
  });

  it('ends with what the checkpoint throws, and reports ascending progress', async () => {
    const reported: number[] = [];
    const stop = new MatineeError('CANCELLED', 'stopped');
    const context = {
      ...quietContext(),
      checkpoint: async (done: number, total: number): Promise<void> => {
        reported.push(done / total);
        if (done >= 90) throw stop;
      },
    };
    await expect(easeFamily.fit(checkerboard, dense, context)).rejects.toBe(stop);
    expect(reported).toEqual(reported.toSorted((a, b) => a - b));
  });
});

/** X, users × items. */
function binaryRows({ interactions, userCount, items }: TrainingData): number[][] {
  const rows = Array.from({ length: userCount }, () => new Array<number>(items.vocabulary.ids.length).fill(0));
  for (let row = 0; row < interactions.count; row++) {
    if (interactions.weights[row] > 0) rows[interactions.userIndices[row]][interactions.itemIndices[row]] = 1;
  }
  return rows;
}

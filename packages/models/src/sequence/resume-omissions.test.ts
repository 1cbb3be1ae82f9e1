import { createRandom } from '@matinee/numerics';
import { describe, expect, it } from 'vitest';
import type { RetrievalQuery } from '../retrieval/retrieval-model.ts';
import { quietContext } from '../testing/tiny-worlds.ts';
import { twoTastes } from '../testing/two-tastes.ts';
import { gru4RecFamily } from './gru4rec.ts';
import { shortenHistory } from './resume-omissions.ts';

const historyOf = (items: number[]) => ({
  items: Int32Array.from(items),
  timestamps: Float64Array.from(items, (_, at) => 1000 * at * at),
  confidences: Float32Array.from(items, () => 1),
  asOf: 1e6,
});
const queryOf = (items: readonly number[]): RetrievalQuery => ({
  history: {
    itemIndices: Int32Array.from(items),
    timestamps: Float64Array.from(items, (_, at) => 1000 * at * at),
    weights: Float32Array.from(items, () => 1),
  },
  userIndex: 0,
  asOf: 1e6,
});

describe('shortenHistory', () => {
  it('goes on from before the item ahead of the one that is left out', () => {
    const shortened = shortenHistory(historyOf([5, 6, 7, 8]), 3);
    expect(shortened.map(({ item, rest, stepsBefore }) => [item, [...rest.items], stepsBefore])).toEqual([
      [8, [7], 2],
      [7, [6, 8], 1],
      [6, [5, 7, 8], 0],
    ]);
    expect([...shortened[1].rest.timestamps]).toEqual([1000, 9000]);
  });

  it('begins anew without the first item, and passes over items that occur twice', () => {
    expect(shortenHistory(historyOf([5]), 8).map(({ rest }) => rest.items.length)).toEqual([0]);
    expect(shortenHistory(historyOf([5, 6]), 8).map(({ item, rest }) => [item, [...rest.items]])).toEqual([
      [6, [5]],
      [5, [6]],
    ]);
    expect(shortenHistory(historyOf([5, 6, 5]), 8).map(({ item }) => item)).toEqual([6]);
  });
});

describe('the contributors of a GRU', () => {
  it.each(['used', 'hidden'] as const)(
    'are what its score loses without the item (request time %s)',
    async (requestTime) => {
      const world = twoTastes();
      const itemCount = world.items.vocabulary.ids.length;
      const config = { ...gru4RecFamily.defaults, maxEpochs: 2, validationUsers: 0, embeddingDim: 16, requestTime };
      const model = await gru4RecFamily.fit(world, config, quietContext());
      const random = createRandom(3);
      const scoreOf = async (items: readonly number[], target: number): Promise<number> => {
        const scores = new Float32Array(itemCount);
        await model.scoreAll(queryOf(items), scores);
        return scores[target];
      };
      for (const length of [1, 2, 3, 7, 8, 9, 12, 13, 14, 30]) {
        const items = random.shuffle(Array.from({ length: itemCount }, (_, item) => item)).slice(0, length);
        const target = items[0] === 41 ? 42 : 41;
        const whole = await scoreOf(items, target);
        const contributors = await model.contributors(queryOf(items), target, 100);
        const expected = new Map<number, number>();
        for (const item of items.slice(-8)) {
          const rest = items.filter((each) => each !== item);
          // Times of the rest stay as they are.
          const query = queryOf(items);
          const kept = [...items.keys()].filter((at) => items[at] !== item);
          const scores = new Float32Array(itemCount);
          await model.scoreAll(
            {
              ...query,
              history: {
                itemIndices: Int32Array.from(rest),
                timestamps: Float64Array.from(kept, (at) => query.history.timestamps[at]),
                weights: Float32Array.from(rest, () => 1),
              },
            },
            scores,
          );
          const loss = whole - (rest.length === 0 ? 0 : scores[target]);
          if (loss > 0) expected.set(item, loss);
        }
        expect(new Set(contributors.map(({ itemIndex }) => itemIndex))).toEqual(new Set(expected.keys()));
        for (const { itemIndex, contribution } of contributors) {
          expect(contribution).toBeCloseTo(expected.get(itemIndex) as number, 4);
        }
      }
    },
  );
});

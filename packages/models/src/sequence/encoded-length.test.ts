import { describe, expect, it } from 'vitest';
import type { RetrievalFamily } from '../retrieval/retrieval-model.ts';
import { historyOf, quietContext, worldOf } from '../testing/tiny-worlds.ts';
import { gru4RecFamily } from './gru4rec.ts';
import { sasRecFamily } from './sasrec.ts';
import { encoderLengthsOf } from './sequence-network.ts';
import { timeTransformerFamily } from './time-transformer.ts';

const ITEMS = 20;
const world = worldOf(
  Array.from({ length: 60 }, (_, row) => ({ user: row % 3, item: (7 * row) % ITEMS })),
  { userCount: 3, genresOfItems: Array.from({ length: ITEMS }, () => ['Drama']) },
);
const small = { maxEpochs: 2, validationUsers: 0, embeddingDim: 8 };

describe('encoderLengthsOf', () => {
  it('ascends to the longest stretch, and to a hundred at most', () => {
    expect(encoderLengthsOf(8)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(encoderLengthsOf(200)).toEqual([7, 13, 26, 39, 52, 65, 78, 91, 100]);
  });
});

describe.each([sasRecFamily, gru4RecFamily, timeTransformerFamily] as RetrievalFamily<object>[])(
  '$kind with a long history',
  (family) => {
    it('answers from its newest hundred items', async () => {
      const model = await family.fit(world, { ...family.defaults, ...small }, quietContext());
      const items = Array.from({ length: 150 }, (_, position) => (3 * position) % ITEMS);
      const scoresOf = async (history: ReturnType<typeof historyOf>): Promise<Float32Array> => {
        const scores = new Float32Array(model.itemCount);
        await model.scoreAll({ history, asOf: 3_000_000, userIndex: -1 }, scores);
        return scores;
      };
      const whole = await scoresOf(historyOf(items));
      expect(await scoresOf(historyOf(items.with(49, 1)))).toEqual(whole);
      expect(await scoresOf(historyOf(items.with(50, 1)))).not.toEqual(whole);
    });
  },
);

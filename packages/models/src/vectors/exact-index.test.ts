import { describe, expect, it } from 'vitest';
import { describeVectorIndex } from '../testing/vector-index.contract.ts';
import { exactIndexFactory } from './exact-index.ts';

describeVectorIndex('exact', async () => ({ factory: exactIndexFactory, destroy: async () => undefined }), {
  recall: 1,
  size: 2500,
});

describe('exactIndexFactory', () => {
  it('takes vectors of any length, in any number of values', () => {
    for (const dimension of [1, 2, 5]) {
      const keys = Int32Array.from({ length: 11 }, (_, key) => key);
      const vectors = Float32Array.from({ length: 11 * dimension }, (_, at) => Math.floor(at / dimension) - 5);
      const { itemIndices, scores } = exactIndexFactory
        .build({ dimension, keys, vectors })
        .search(new Float32Array(dimension).fill(2), 3);
      expect([...itemIndices]).toEqual([10, 9, 8]);
      expect([...scores]).toEqual([10 * dimension, 8 * dimension, 6 * dimension]);
    }
  });

  it('changes nothing of the table that it was built from', () => {
    const table = { dimension: 1, keys: Int32Array.of(0), vectors: Float32Array.of(1) };
    const index = exactIndexFactory.build(table);
    index.insert(0, Float32Array.of(3));
    index.insert(1, Float32Array.of(4));
    expect(table).toEqual({ dimension: 1, keys: Int32Array.of(0), vectors: Float32Array.of(1) });
  });
});

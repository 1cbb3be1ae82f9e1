import { describe, expect, it } from 'vitest';
import { clusteredVectors } from '../testing/clustered-vectors.ts';
import { orderByNeighbourhood } from './neighbourhoods.ts';

describe('orderByNeighbourhood', () => {
  const table = clusteredVectors(2000, 16, 1);
  const ordered = orderByNeighbourhood(table);
  const rowOf = (position: number, { vectors, dimension } = ordered): Float32Array =>
    vectors.subarray(position * dimension, (position + 1) * dimension);

  it('keeps every key with its vector', () => {
    expect([...ordered.keys].toSorted((a, b) => a - b)).toEqual([...table.keys]);
    ordered.keys.forEach((key, position) => {
      expect(rowOf(position)).toEqual(rowOf(key, table));
    });
  });

  it('puts near ones together', () => {
    const meanNextProduct = (of: typeof table): number => {
      let sum = 0;
      for (let position = 1; position < of.keys.length; position++) {
        const before = rowOf(position - 1, of);
        sum += rowOf(position, of).reduce((product, value, at) => product + value * before[at], 0);
      }
      return sum / (of.keys.length - 1);
    };
    expect(meanNextProduct(ordered)).toBeGreaterThan(meanNextProduct(table) + 0.3);
  });

  it('takes a table of one and of none', () => {
    for (const count of [0, 1]) expect(orderByNeighbourhood(clusteredVectors(count, 4, 1)).keys).toHaveLength(count);
  });
});

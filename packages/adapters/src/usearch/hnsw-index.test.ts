import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { clusteredVectors, describeVectorIndex, userQueries } from '@matinee/models/testing';
import { exactIndexFactory } from '@matinee/models/vectors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHnswFactory } from './hnsw-index.ts';

describeVectorIndex(
  'HNSW',
  async () => {
    const scratchFolder = await mkdtemp(path.join(os.tmpdir(), 'matinee-hnsw-'));
    const destroy = () => rm(scratchFolder, { recursive: true });
    return { factory: createHnswFactory({ scratchFolder }), destroy };
  },
  { recall: 0.99, size: 8000 },
);

describe('createHnswFactory', () => {
  let scratchFolder: string;
  beforeAll(async () => {
    scratchFolder = await mkdtemp(path.join(os.tmpdir(), 'matinee-hnsw-'));
  });
  afterAll(() => rm(scratchFolder, { recursive: true }));
  const table = clusteredVectors(8000, 32, 1);

  it('leaves nothing in its scratch folder', async () => {
    const factory = createHnswFactory({ scratchFolder });
    factory.load(factory.build(table).save(), table);
    expect(await readdir(scratchFolder)).toEqual([]);
  });

  it('refuses vectors that are not of unit length, and says what to do', () => {
    const factory = createHnswFactory({ scratchFolder });
    const long = { dimension: 2, keys: Int32Array.of(8), vectors: Float32Array.of(3, 4) };
    expect(() => factory.build(long)).toThrow(/the vector of key 8 has length 5\.000; .* normalise them/);
    const index = factory.build({ dimension: 2, keys: Int32Array.of(8), vectors: Float32Array.of(0.6, 0.8) });
    expect(() => index.insert(9, Float32Array.of(0, 0.9))).toThrow(expect.objectContaining({ code: 'BAD_VECTOR' }));
    expect(index.size).toBe(1);
  });

  it('replaces a graph of low recall by the exact index', () => {
    const poor = createHnswFactory({ scratchFolder, connectivity: 2, expansionAdd: 2, recallFloor: 0.99 });
    const { index, measuredRecall } = poor.load(poor.build(table).save(), table);
    expect(measuredRecall).toBeLessThan(0.99);
    expect(index.kind).toBe('exact');
    const exact = exactIndexFactory.build(table);
    for (const query of userQueries(table, 5, 2)) expect(index.search(query, 50)).toEqual(exact.search(query, 50));
  });

  it('still finds keys after thousands of others were added and removed', () => {
    const index = createHnswFactory({ scratchFolder }).build(clusteredVectors(300, 8, 1));
    const fresh = clusteredVectors(5000, 8, 2);
    for (let key = 300; key < 5000; key++) {
      expect(index.remove(key - 300)).toBe(true);
      index.insert(key, fresh.vectors.subarray(8 * key, 8 * (key + 1)));
    }
    expect(index.size).toBe(300);
    for (let key = 4700; key < 5000; key++) {
      const [nearest] = index.search(fresh.vectors.subarray(8 * key, 8 * (key + 1)), 1).itemIndices;
      expect(nearest).toBe(key);
    }
  });
});

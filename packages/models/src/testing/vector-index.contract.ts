import { createRandom } from '@matinee/numerics';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ScoredItems } from '../retrieval/retrieval-model.ts';
import type { VectorIndex, VectorIndexFactory, VectorTable } from '../vectors/vector-index.ts';
import { clusteredVectors, unitVector, userQueries } from './clustered-vectors.ts';

export interface VectorIndexFixture {
  readonly factory: VectorIndexFactory;
  /** Releases external resources of the factory. */
  readonly destroy: () => Promise<void>;
}

export interface VectorIndexTraits {
  /** Minimum recall: 1 for exact search. */
  readonly recall: number;
  /** Number of vectors from which a search of 100 uses this kind's own algorithm. */
  readonly size: number;
}

/** A brute-force reference that every index is compared with. */
type Reference = Map<number, Float32Array>;

/** Tests the behaviour of every {@link VectorIndex}. All vectors have unit length, so that every kind accepts them. */
export function describeVectorIndex(
  name: string,
  createFixture: () => Promise<VectorIndexFixture>,
  { recall, size }: VectorIndexTraits,
): void {
  describe(`${name} as a vector index`, () => {
    let fixture: VectorIndexFixture;
    let factory: VectorIndexFactory;
    beforeAll(async () => {
      fixture = await createFixture();
      ({ factory } = fixture);
    });
    afterAll(() => fixture.destroy());

    describe('over many vectors', () => {
      const dimension = 32;
      const table = clusteredVectors(size, dimension, 1);
      const queries = userQueries(table, 40, 2);
      const reference = referenceOf(table);
      let index: VectorIndex;
      beforeAll(() => {
        index = factory.build(table);
      });

      it('says what it is', () => {
        expect(index).toMatchObject({ kind: factory.kind, dimension, size });
      });

      for (const n of [1, 10, 100]) {
        it(`finds the ${n} best, with their scores`, () => {
          expect(recallOf(index, reference, queries, n)).toBeGreaterThanOrEqual(recall);
          for (const query of queries) expectSound(index.search(query, n), reference, query);
        });
      }

      it('does not mind how long the query is', () => {
        for (const scale of [1e-12, 1e12]) {
          const scaled = queries.map((query) => query.map((value) => value * scale));
          expect(recallOf(index, reference, scaled, 100)).toBeGreaterThanOrEqual(recall);
        }
      });

      for (const n of [10, 100]) {
        for (const share of [0.1, 0.5, 0.7, 0.99]) {
          it(`finds the ${n} best of what is left with ${100 * share} % excluded`, () => {
            const random = createRandom(3);
            const excluded = Uint8Array.from(table.keys, () => (random.next() < share ? 1 : 0));
            expectBestOfAllowed(n, excluded, queries);
          });
        }

        it(`finds the ${n} best of what is left with the nearest half of all excluded`, () => {
          for (const query of queries.slice(0, 5)) {
            const excluded = new Uint8Array(size);
            for (const key of bruteForce(reference, query, size / 2)) excluded[key] = 1;
            expectBestOfAllowed(n, excluded, [query]);
          }
        });
      }

      it('gives all that are allowed when they are fewer than n', () => {
        const excluded = new Uint8Array(size).fill(1);
        const allowed = [3, 5, size - 1];
        for (const key of allowed) excluded[key] = 0;
        for (const query of queries) {
          expect([...index.search(query, 10, excluded).itemIndices].sort((a, b) => a - b)).toEqual(allowed);
        }
        expect(index.search(queries[0], 10, excluded.fill(1)).itemIndices).toEqual(new Int32Array(0));
        expect(index.search(queries[0], 2 * size).itemIndices).toHaveLength(size);
      });

      it('gives equal bytes for equal tables', () => {
        expect(Buffer.from(factory.build(table).save()).equals(index.save())).toBe(true);
      });

      it('answers the same after being saved and loaded, and saves the same bytes again', () => {
        const bytes = index.save();
        const loaded = factory.load(bytes, table);
        expect(loaded.measuredRecall).toBeGreaterThanOrEqual(recall);
        expect(loaded.index).toMatchObject({ kind: factory.kind, dimension, size });
        for (const query of queries) expect(loaded.index.search(query, 100)).toEqual(index.search(query, 100));
        expect(Buffer.from(loaded.index.save()).equals(bytes)).toBe(true);
      });

      it('keeps its quality, and forgets what it should, while vectors come and go', () => {
        const changing = factory.build(table);
        const now = new Map(reference);
        const random = createRandom(5);
        const fresh = referenceOf(clusteredVectors(3 * size, dimension, 6));
        for (let step = 0; step < 1500; step++) {
          const key = random.integer(size + 200);
          if (step % 3 === 0) {
            expect(changing.remove(key)).toBe(now.delete(key));
          } else {
            const vector = fresh.get(step) ?? new Float32Array(dimension);
            changing.insert(key, vector);
            now.set(key, vector);
          }
        }
        expect(changing.size).toBe(now.size);
        expect(recallOf(changing, now, queries, 100)).toBeGreaterThanOrEqual(recall);
        for (const query of queries) expectSound(changing.search(query, 100), now, query);

        const loaded = factory.load(changing.save(), tableOf(now, dimension)).index;
        for (const query of queries) expect(loaded.search(query, 100)).toEqual(changing.search(query, 100));
      });

      function expectBestOfAllowed(n: number, excluded: Uint8Array, queries: readonly Float32Array[]): void {
        const allowed = new Map([...reference].filter(([key]) => excluded[key] === 0));
        const count = Math.min(n, allowed.size);
        let found = 0;
        for (const query of queries) {
          const result = index.search(query, n, excluded);
          expect(result.itemIndices).toHaveLength(count);
          expectSound(result, allowed, query);
          found += hits(result, allowed, query);
        }
        expect(found / (queries.length * count)).toBeGreaterThanOrEqual(recall);
      }
    });

    describe('over few vectors', () => {
      const axes = { dimension: 3, keys: Int32Array.of(4, 0, 2), vectors: Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1) };
      const query = Float32Array.of(0.5, 0.25, 0.125);
      const keysOf = (index: VectorIndex, n = 10): number[] => [...index.search(query, n).itemIndices];

      it('orders by inner product, and equal ones by key', () => {
        const index = factory.build(axes);
        expect(index.search(query, 2)).toEqual({
          itemIndices: Int32Array.of(4, 0),
          scores: Float32Array.of(0.5, 0.25),
        });
        index.insert(1, Float32Array.of(1, 0, 0));
        index.insert(9, Float32Array.of(1, 0, 0));
        expect(keysOf(index, 4)).toEqual([1, 4, 9, 0]);
      });

      it('shows an insertion, a replacement and a removal in the next search', () => {
        const index = factory.build(axes);
        index.insert(7, Float32Array.of(0.6, 0.8, 0));
        expect(keysOf(index)).toEqual([4, 7, 0, 2]);
        index.insert(4, Float32Array.of(-1, 0, 0));
        expect(keysOf(index)).toEqual([7, 0, 2, 4]);
        expect(index.size).toBe(4);
        expect([7, 3].map(index.has)).toEqual([true, false]);
        expect([index.remove(7), index.remove(7), index.remove(3)]).toEqual([true, false, false]);
        expect(index.has(7)).toBe(false);
        expect(keysOf(index)).toEqual([0, 2, 4]);
        index.insert(7, Float32Array.of(1, 0, 0));
        expect(keysOf(index)).toEqual([7, 0, 2, 4]);
      });

      it('leaves out what is excluded, and keys that the mask does not reach', () => {
        const index = factory.build(axes);
        expect([...index.search(query, 10, Uint8Array.of(1, 0, 0, 0)).itemIndices]).toEqual([2]);
      });

      it('starts empty, grows, and can be emptied', () => {
        const empty = { dimension: 3, keys: new Int32Array(0), vectors: new Float32Array(0) };
        for (const index of [factory.build(empty), factory.load(factory.build(empty).save(), empty).index]) {
          expect(keysOf(index)).toEqual([]);
          index.insert(5, Float32Array.of(1, 0, 0));
          index.insert(6, Float32Array.of(0, 1, 0));
          expect(keysOf(index)).toEqual([5, 6]);
          index.remove(5);
          index.remove(6);
          expect(index.size).toBe(0);
          expect(keysOf(index)).toEqual([]);
        }
      });

      it('returns nothing when n is 0', () => {
        expect(keysOf(factory.build(axes), 0)).toEqual([]);
      });

      it('agrees with loops after any calls', () => {
        const call = fc.record({ key: fc.nat(12), isRemoval: fc.boolean(), angle: fc.integer({ min: 0, max: 15 }) });
        fc.assert(
          fc.property(fc.array(call, { maxLength: 30 }), fc.nat(12), (calls, n) => {
            const index = factory.build(axes);
            const now = referenceOf(axes);
            for (const { key, isRemoval, angle } of calls) {
              const vector = Float32Array.of(Math.sin(angle), Math.cos(angle), 0);
              if (isRemoval) expect(index.remove(key)).toBe(now.delete(key));
              else {
                index.insert(key, vector);
                now.set(key, vector);
              }
            }
            expect([...index.search(query, n).itemIndices]).toEqual(bruteForce(now, query, n));
          }),
          { numRuns: 50 },
        );
      });

      it('refuses vectors of another dimension or with values that are no numbers, and stays as it was', () => {
        const index = factory.build(axes);
        for (const bad of [
          [1, 0],
          [1, 0, 0, 0],
          [Number.NaN, 1, 0],
          [0, Number.POSITIVE_INFINITY, 0],
          [0, 0, -1e20],
        ]) {
          const vector = Float32Array.from(bad);
          expect(() => index.insert(4, vector)).toThrow(expect.objectContaining({ code: 'BAD_VECTOR' }));
          expect(() => index.search(vector, 1)).toThrow(expect.objectContaining({ code: 'BAD_VECTOR' }));
        }
        const withNaN = { ...axes, vectors: axes.vectors.map((value, at) => (at === 4 ? Number.NaN : value)) };
        expect(() => factory.build(withNaN)).toThrow(/the vector of key 0 holds NaN at position 1/);
        expect(keysOf(index)).toEqual([4, 0, 2]);
      });

      it('refuses keys that are no item indices, and stays as it was', () => {
        const index = factory.build(axes);
        for (const key of [-1, 0.5, Number.NaN, 2 ** 24]) {
          expect(() => index.insert(key, Float32Array.of(1, 0, 0))).toThrow(
            expect.objectContaining({ code: 'BAD_KEY' }),
          );
          expect(index.remove(key)).toBe(false);
        }
        expect(() => factory.build({ ...axes, keys: Int32Array.of(1, 2, 1) })).toThrow(/key 1 stands twice/);
        expect(() => factory.build({ ...axes, keys: Int32Array.of(1, 2, -1) })).toThrow(/got -1/);
        expect(index.size).toBe(3);
      });

      it('refuses a table whose parts do not fit together', () => {
        for (const table of [
          { ...axes, dimension: 2 },
          { ...axes, dimension: 0 },
          { ...axes, keys: Int32Array.of(1, 2) },
        ]) {
          expect(() => factory.build(table)).toThrow(expect.objectContaining({ code: 'BAD_SHAPE' }));
        }
      });

      it('refuses bytes with any one byte changed', () => {
        const bytes = factory.build(axes).save();
        for (let at = 0; at < bytes.length; at++) {
          const damaged = bytes.slice();
          damaged[at] ^= 0x10;
          expect(() => factory.load(damaged, axes)).toThrow(expect.objectContaining({ code: 'BAD_ARTIFACT' }));
        }
      });

      it('refuses bytes that are cut short or too long', () => {
        const bytes = factory.build(axes).save();
        const longer = new Uint8Array(bytes.length + 8);
        longer.set(bytes);
        for (const damaged of [new Uint8Array(0), bytes.subarray(0, 40), bytes.subarray(0, -8), longer]) {
          expect(() => factory.load(damaged, axes)).toThrow(expect.objectContaining({ code: 'BAD_ARTIFACT' }));
        }
      });

      it('refuses to load over other vectors', () => {
        const bytes = factory.build(axes).save();
        const moved = axes.vectors.slice();
        moved.set([0.6, 0.8], 0);
        for (const table of [
          { ...axes, keys: Int32Array.of(4, 0, 3) },
          { ...axes, vectors: moved },
          { dimension: 3, keys: Int32Array.of(4), vectors: Float32Array.of(1, 0, 0) },
          { dimension: 1, keys: Int32Array.of(4, 0, 2), vectors: Float32Array.of(1, 1, 1) },
        ]) {
          expect(() => factory.load(bytes, table)).toThrow(expect.objectContaining({ code: 'BAD_ARTIFACT' }));
        }
      });
    });
  });
}

function referenceOf({ dimension, keys, vectors }: VectorTable): Reference {
  return new Map(Array.from(keys, (key, row) => [key, vectors.slice(row * dimension, (row + 1) * dimension)] as const));
}

function tableOf(reference: Reference, dimension: number): VectorTable {
  const vectors = new Float32Array(reference.size * dimension);
  [...reference.values()].forEach((vector, row) => {
    vectors.set(vector, row * dimension);
  });
  return { dimension, keys: Int32Array.from(reference.keys()), vectors };
}

function product(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += a[at] * b[at];
  return Math.fround(sum);
}

/** The `n` best keys by sorting all of them. */
function bruteForce(reference: Reference, query: Float32Array, n: number): number[] {
  return [...reference]
    .map(([key, vector]) => ({ key, score: product(query, vector) }))
    .sort((a, b) => b.score - a.score || a.key - b.key)
    .slice(0, n)
    .map(({ key }) => key);
}

function hits({ itemIndices }: ScoredItems, reference: Reference, query: Float32Array): number {
  const best = new Set(bruteForce(reference, query, itemIndices.length));
  return itemIndices.reduce((count, key) => count + (best.has(key) ? 1 : 0), 0);
}

function recallOf(index: VectorIndex, reference: Reference, queries: readonly Float32Array[], n: number): number {
  const found = queries.map((query) => hits(index.search(query, n), reference, query));
  return found.reduce((sum, count) => sum + count, 0) / (queries.length * n);
}

/** Requires stored keys only, each once with its exact score, best first, ties by lower key. */
function expectSound({ itemIndices, scores }: ScoredItems, reference: Reference, query: Float32Array): void {
  const keys = [...itemIndices];
  expect(keys.filter((key) => !reference.has(key))).toEqual([]);
  expect(new Set(keys).size).toBe(keys.length);
  expect([...scores]).toEqual(keys.map((key) => product(query, reference.get(key) ?? unitVector(query))));
  const sorted = keys.map((key, at) => ({ key, score: scores[at] })).sort((a, b) => b.score - a.score || a.key - b.key);
  expect(keys).toEqual(sorted.map(({ key }) => key));
}

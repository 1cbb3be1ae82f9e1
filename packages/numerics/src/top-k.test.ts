import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from './random.ts';
import { topK } from './top-k.ts';

describe('topK', () => {
  it('agrees with a full stable sort on any scores', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom(Number.NaN, -Infinity, Infinity, 0.5))),
        fc.integer({ min: 0, max: 12 }),
        (values, k) => {
          const scores = Float32Array.from(values);
          const sorted = Array.from(scores.keys())
            .filter((index) => scores[index] > Number.NEGATIVE_INFINITY)
            .sort((a, b) => (scores[a] === scores[b] ? a - b : scores[b] - scores[a]));
          expect(Array.from(topK(scores, k))).toEqual(sorted.slice(0, k));
        },
      ),
    );
  });

  it.each<readonly [string, (random: Random) => number]>([
    ['even', (random) => random.next() - 0.5],
    ['long-tailed', (random) => random.next() ** -3],
    ['tied', (random) => random.integer(20)],
    ['close together', (random) => 1e30 * (1 + random.integer(8) * 2 ** -23)],
    ['tiny, of both signs', (random) => (random.next() - 0.5) * 1e-42],
    ['with gaps', (random) => (random.integer(3) === 0 ? Number.NaN : random.next())],
    ['mostly missing', (random) => (random.integer(50) === 0 ? random.next() : Number.NaN)],
    ['unbounded', (random) => [Infinity, -Infinity, random.next()][random.integer(3)]],
  ])('agrees with a full stable sort on thousands of %s scores', (_, draw) => {
    const random = createRandom(5);
    const scores = Float32Array.from({ length: 5000 }, () => draw(random));
    const sorted = Array.from(scores.keys())
      .filter((index) => scores[index] > Number.NEGATIVE_INFINITY)
      .sort((a, b) => (scores[a] === scores[b] ? a - b : scores[b] - scores[a]));
    const excluded = Uint8Array.from(scores, () => (random.integer(4) === 0 ? 1 : 0));
    const allowed = sorted.filter((index) => excluded[index] === 0);
    for (const k of [1, 10, 300, 4999]) {
      expect(Array.from(topK(scores, k))).toEqual(sorted.slice(0, k));
      expect(Array.from(topK(scores, k, excluded))).toEqual(allowed.slice(0, k));
    }
  });

  it.each([-1, 1])('finds the best when every sampled score is an outlier, %i', (sign) => {
    // topK samples every 32nd score from index 16, so all sampled scores are outliers.
    const scores = Float32Array.from({ length: 4096 }, (_, index) => (index % 32 === 16 ? sign * 1000 : index % 7));
    const sorted = Array.from(scores.keys()).sort((a, b) => scores[b] - scores[a] || a - b);
    expect(Array.from(topK(scores, 300))).toEqual(sorted.slice(0, 300));
  });

  it('gives ties to the lower index', () => {
    expect(Array.from(topK(Float32Array.of(1, 2, 2, 2), 2))).toEqual([1, 2]);
  });
});

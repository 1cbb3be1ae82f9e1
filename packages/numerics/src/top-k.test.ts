import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
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

  it('gives ties to the lower index', () => {
    expect(Array.from(topK(Float32Array.of(1, 2, 2, 2), 2))).toEqual([1, 2]);
  });
});

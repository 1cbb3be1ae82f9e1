import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orderScores } from './ordered-scores.ts';
import { selectTop } from './select-top.ts';

const score = fc.oneof(fc.constant(Number.NaN), fc.integer({ min: -3, max: 3 }));
const world = fc.integer({ min: 1, max: 400 }).chain((itemCount) =>
  fc.record({
    scores: fc.array(score, { minLength: itemCount, maxLength: itemCount }),
    excluded: fc.array(fc.boolean(), { minLength: itemCount, maxLength: itemCount }),
    changes: fc.array(fc.tuple(fc.nat(itemCount - 1), score), { maxLength: 300 }),
    n: fc.nat(itemCount + 5),
  }),
);

describe('orderScores', () => {
  it('finds what comparing all scores finds, however many of them change', () => {
    fc.assert(
      fc.property(world, ({ scores, excluded, changes, n }) => {
        const ordered = orderScores(Float32Array.from(scores));
        const now = Float32Array.from(scores);
        const mask = Uint8Array.from(excluded, Number);
        for (const [item, changed] of [[0, scores[0]] as const, ...changes]) {
          ordered.set(item, changed);
          now[item] = changed;
          expect(ordered.top(n, mask)).toEqual(selectTop(now, n, mask));
        }
        expect(ordered.top(n)).toEqual(selectTop(now, n));
      }),
      { numRuns: 60 },
    );
  });

  it('leaves out what the mask does not reach', () => {
    const ordered = orderScores(Float32Array.of(1, 2, 3));
    expect([...ordered.top(3, Uint8Array.of(0, 0)).itemIndices]).toEqual([1, 0]);
  });
});

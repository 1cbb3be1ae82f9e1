import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { selectTop } from './select-top.ts';
import { createSparseSums } from './sparse-sums.ts';

const ITEMS = 60;
const row = fc.uniqueArray(fc.tuple(fc.nat(ITEMS - 1), fc.integer({ min: -2, max: 2 })), {
  selector: ([item]) => item,
  maxLength: 12,
});

describe('createSparseSums', () => {
  it('finds what a table of all items finds, query after query', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.tuple(row, fc.integer({ min: -2, max: 2 })), { maxLength: 12 }), { maxLength: 5 }),
        fc.nat(ITEMS),
        fc.array(fc.boolean(), { minLength: ITEMS, maxLength: ITEMS }),
        (queries, n, excluded) => {
          const mask = Uint8Array.from(excluded, Number);
          const sums = createSparseSums(ITEMS);
          for (const rows of queries) {
            const dense = new Float32Array(ITEMS).fill(Number.NaN);
            for (const [entries, strength] of rows) {
              const targets = Int32Array.from(entries, ([item]) => item);
              const weights = Float32Array.from(entries, ([, weight]) => weight);
              sums.add({ pointers: Int32Array.of(0, targets.length), targets, weights }, 0, strength);
              for (const [item, weight] of entries) {
                dense[item] = (Number.isNaN(dense[item]) ? 0 : dense[item]) + strength * weight;
              }
            }
            const clean = dense.map((sum) => (Number.isNaN(sum) ? sum : sum + 0));
            const expected = selectTop(clean, n, mask);
            expect([...sums.top(n, mask).itemIndices]).toEqual([...expected.itemIndices]);
            expect([...sums.top(n, mask).scores].map((score) => score + 0)).toEqual([...expected.scores]);
            const taken = new Float32Array(ITEMS);
            sums.take(Int32Array.from(taken.keys()), taken);
            expect([...taken].map((score) => score + 0)).toEqual([...clean]);
            sums.clear();
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNeighborLists } from './neighbor-lists.ts';

describe('createNeighborLists', () => {
  it('keeps what sorting everything and cutting would keep, for any similarities and many ties', () => {
    const similarity = fc.oneof(
      fc.constantFrom(0.25, 0.5, 1),
      fc.float({ min: Math.fround(1e-6), max: 1e6, noNaN: true }),
    );
    fc.assert(
      fc.property(
        fc.array(similarity, { maxLength: 80 }),
        fc.integer({ min: 1, max: 12 }),
        (similarities, capacity) => {
          const itemCount = similarities.length + 1;
          const lists = createNeighborLists(itemCount, capacity);
          for (const [neighbor, value] of similarities.entries()) {
            if (value > lists.bounds[itemCount - 1]) lists.add(itemCount - 1, neighbor, value);
          }
          const { pointers, ...kept } = lists.finish();
          const expected = [...similarities.entries()].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, capacity);
          expect(pointers[itemCount]).toBe(expected.length);
          expect([...kept.neighbors]).toEqual(expected.map(([neighbor]) => neighbor));
          expect([...kept.similarities]).toEqual(expected.map(([, value]) => value));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('refuses more items than its keys can number', () => {
    expect(() => createNeighborLists(2 ** 22 + 1, 1)).toThrow(expect.objectContaining({ code: 'TOO_MANY_ITEMS' }));
  });
});

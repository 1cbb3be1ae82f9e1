import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SourceCandidates } from './blend.ts';
import { blendCandidates } from './blend-candidates.ts';
import { NORMALIZATIONS, type NormalizationName } from './normalize-scores.ts';

function listOf(
  name: string,
  weight: number,
  entries: readonly (readonly [item: number, score: number])[],
): SourceCandidates {
  return {
    name,
    weight,
    items: {
      itemIndices: Int32Array.from(entries, ([item]) => item),
      scores: Float32Array.from(entries, ([, score]) => score),
    },
  };
}

/** Lists as sources return them: best first, no repeats. */
const lists = fc.array(
  fc
    .uniqueArray(fc.tuple(fc.nat(30), fc.float({ min: -4, max: 100, noNaN: true })), {
      selector: ([item]) => item,
      maxLength: 12,
    })
    .map((entries) => entries.toSorted((a, b) => b[1] - a[1] || a[0] - b[0])),
  { maxLength: 4 },
);

describe('blendCandidates', () => {
  it('sums weight times score over the largest of each list', () => {
    const blended = blendCandidates(
      [
        listOf('a', 0.5, [
          [7, 10],
          [3, 5],
        ]),
        listOf('b', 0.25, [
          [3, 2],
          [9, 1],
        ]),
      ],
      10,
      'max',
    );
    expect([...blended.itemIndices]).toEqual([3, 7, 9]);
    expect([...blended.scores]).toEqual([0.5, 0.5, 0.125]);
    expect([...blended.ranks]).toEqual([2, 1, 0, 1, 0, 2]);
    expect([...blended.sourceScores]).toEqual([5, 10, Number.NaN, 2, Number.NaN, 1]);
    expect([...blended.contributions]).toEqual([0.25, 0.5, 0, 0.25, 0, 0.125]);
  });

  it('lets evidence against an item take away from what others say for it', () => {
    const blended = blendCandidates(
      [
        listOf('a', 0.5, [
          [1, 1],
          [2, 0.9],
        ]),
        listOf('b', 0.5, [
          [3, 1],
          [1, -1],
        ]),
      ],
      10,
      'max',
    );
    expect([...blended.itemIndices]).toEqual([3, 2, 1]);
    expect(blended.scores[2]).toBe(0);
  });

  it('merges nothing to nothing', () => {
    expect(blendCandidates([], 5).itemIndices.length).toBe(0);
    expect(blendCandidates([listOf('a', 1, [])], 5).itemIndices.length).toBe(0);
    expect(blendCandidates([listOf('a', 1, [[1, 1]])], 0).itemIndices.length).toBe(0);
  });

  it.each(Object.keys(NORMALIZATIONS) as NormalizationName[])(
    'keeps the whole union, sorted, without repeats, each score the sum of its contributions (%s)',
    (normalization) => {
      fc.assert(
        fc.property(lists, fc.integer({ min: 0, max: 60 }), (entries, limit) => {
          const sources = entries.map((list, index) => listOf(`s${index}`, 0.1 + index / 10, list));
          const blended = blendCandidates(sources, limit, normalization);
          const union = new Set(entries.flat().map(([item]) => item));
          const count = blended.itemIndices.length;
          expect(count).toBe(Math.min(limit, union.size));
          expect(new Set(blended.itemIndices).size).toBe(count);
          for (let position = 0; position < count; position++) {
            let total = 0;
            for (let source = 0; source < sources.length; source++) {
              const cell = source * count + position;
              total += blended.contributions[cell];
              const rank = sources[source].items.itemIndices.indexOf(blended.itemIndices[position]) + 1;
              expect(blended.ranks[cell]).toBe(rank);
              expect(Number.isNaN(blended.sourceScores[cell])).toBe(rank === 0);
            }
            expect(blended.scores[position]).toBeCloseTo(total, 4);
            if (position === 0) continue;
            const [before, here] = [blended.scores[position - 1], blended.scores[position]];
            const isInOrder =
              before > here || (before === here && blended.itemIndices[position - 1] < blended.itemIndices[position]);
            expect(isInOrder).toBe(true);
          }
        }),
        { numRuns: 60 },
      );
    },
  );

  it('does not depend on the order in which the lists are given, but for which table row is whose', () => {
    const a = listOf('a', 0.5, [
      [7, 10],
      [3, 5],
    ]);
    const b = listOf('b', 0.5, [
      [3, 2],
      [9, 1],
    ]);
    expect(blendCandidates([a, b], 9).itemIndices).toEqual(blendCandidates([b, a], 9).itemIndices);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupByUser } from './histories.ts';
import type { Interactions } from './interactions.ts';

function interactionsOf(rows: readonly (readonly [user: number, item: number, time: number])[]): Interactions {
  return {
    count: rows.length,
    userIndices: Int32Array.from(rows, ([user]) => user),
    itemIndices: Int32Array.from(rows, ([, item]) => item),
    timestamps: Float64Array.from(rows, ([, , time]) => time),
    weights: new Float32Array(rows.length).fill(1),
    labels: new Uint8Array(rows.length).fill(1),
  };
}

describe('groupByUser', () => {
  it('keeps the order of the log where timestamps tie', () => {
    const histories = groupByUser(
      interactionsOf([
        [1, 5, 10],
        [0, 7, 10],
        [1, 3, 10],
        [1, 4, 11],
      ]),
      3,
    );
    expect([...histories.of(1).itemIndices]).toEqual([5, 3, 4]);
    expect([...histories.of(0).itemIndices]).toEqual([7]);
  });

  it('gives a user without interactions an empty history', () => {
    expect(groupByUser(interactionsOf([[0, 0, 1]]), 2).of(1).itemIndices.length).toBe(0);
  });

  it('returns views of one shared buffer, not copies', () => {
    const histories = groupByUser(
      interactionsOf([
        [0, 1, 1],
        [1, 2, 2],
      ]),
      2,
    );
    expect(histories.of(0).itemIndices.buffer).toBe(histories.of(1).itemIndices.buffer);
  });

  it('equals filtering the log by user, for any log', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(5), fc.nat(9), fc.nat(4)), { maxLength: 60 }), (unsorted) => {
        const rows = unsorted.toSorted((a, b) => a[2] - b[2]);
        const histories = groupByUser(interactionsOf(rows), 6);
        for (let user = 0; user < 6; user++) {
          const own = rows.filter(([owner]) => owner === user);
          expect([...histories.of(user).itemIndices]).toEqual(own.map(([, item]) => item));
          expect([...histories.of(user).timestamps]).toEqual(own.map(([, , time]) => time));
        }
      }),
    );
  });
});

import { createRandom } from '@matinee/numerics';
import { describe, expect, it } from 'vitest';
import { buildInteractions } from './confidence.ts';
import type { EventTable } from './dataset.ts';
import { orderOfTies } from './order-ties.ts';

/** `[user, item, time, value]`, in order of time. */
function eventsOf(rows: readonly (readonly [number, number, number, number])[]): EventTable {
  return {
    count: rows.length,
    userIndices: Int32Array.from(rows, ([user]) => user),
    itemIndices: Int32Array.from(rows, ([, item]) => item),
    timestamps: Float64Array.from(rows, ([, , time]) => time),
    values: Float32Array.from(rows, ([, , , value]) => value),
    types: new Uint8Array(rows.length),
  };
}

describe('orderOfTies', () => {
  it('gives one order for every order of the source', () => {
    const rows = Array.from({ length: 200 }, (_, row) => [row % 5, row, Math.floor(row / 40), row] as const);
    const shuffled = createRandom(3)
      .shuffle([...rows])
      .sort((a, b) => a[2] - b[2]);
    const [a, b] = [rows, shuffled].map((each) => buildInteractions(eventsOf(each)));
    expect([...b.itemIndices]).toEqual([...a.itemIndices]);
    expect([...(b.ratings ?? [])]).toEqual([...a.itemIndices]);
  });

  it('puts ascending and descending ids beside each other equally often', () => {
    const events = eventsOf(Array.from({ length: 4000 }, (_, row) => [7, row, Math.floor(row / 20), 3] as const));
    const { itemIndices, timestamps } = buildInteractions(events);
    let [tied, ascending] = [0, 0];
    for (let row = 1; row < itemIndices.length; row++) {
      if (timestamps[row] !== timestamps[row - 1]) continue;
      tied++;
      if (itemIndices[row] > itemIndices[row - 1]) ascending++;
    }
    expect(tied).toBe(3800);
    expect(ascending / tied).toBeGreaterThan(0.45);
    expect(ascending / tied).toBeLessThan(0.55);
  });

  it('keeps the order of events of one user and item, and of different times', () => {
    const events = eventsOf([
      [0, 4, 1, 1],
      [0, 4, 1, 2],
      [0, 4, 1, 3],
      [0, 1, 2, 4],
    ]);
    expect(orderOfTies(events)).toBeUndefined();
    expect([...(buildInteractions(events).ratings ?? [])]).toEqual([1, 2, 3, 4]);
  });

  it('differs by seed', () => {
    const events = eventsOf(Array.from({ length: 50 }, (_, row) => [0, row, 1, 3] as const));
    expect(orderOfTies(events, 2)).not.toEqual(orderOfTies(events, 1));
  });
});

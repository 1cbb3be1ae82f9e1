import type { SplitInput } from '../split.ts';

/** `[user, item, time]`, with a label where it is not 1. Given in any order; equal times keep the order given. */
export type Row = readonly [user: number, item: number, time: number, label?: 0 | 1];

export function splitInput(
  rows: readonly Row[],
  itemCount = Math.max(...rows.map(([, item]) => item)) + 1,
): SplitInput {
  const sorted = rows.toSorted((a, b) => a[2] - b[2]);
  return {
    interactions: {
      count: sorted.length,
      userIndices: Int32Array.from(sorted, ([user]) => user),
      itemIndices: Int32Array.from(sorted, ([, item]) => item),
      timestamps: Float64Array.from(sorted, ([, , time]) => time),
      weights: new Float32Array(sorted.length).fill(1),
      labels: Uint8Array.from(sorted, ([, , , label]) => label ?? 1),
    },
    userCount: Math.max(...rows.map(([user]) => user)) + 1,
    itemCount,
  };
}

/** Any log, with many equal times and repeated contacts. */
export function randomRows(seedValues: readonly number[], userCount: number, itemCount: number): Row[] {
  return seedValues.map((value, index) => [
    value % userCount,
    Math.floor(value / userCount) % itemCount,
    Math.floor(index / 3),
    value % 5 === 0 ? 0 : 1,
  ]);
}

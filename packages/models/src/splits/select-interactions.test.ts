import { describe, expect, it } from 'vitest';
import { filterInteractions, selectInteractions, takeFirst } from './select-interactions.ts';
import { splitInput } from './testing/split-input.ts';

const { interactions } = splitInput([
  [0, 0, 1],
  [1, 0, 2],
  [0, 1, 3],
  [2, 1, 4, 0],
  [0, 2, 5],
]);
const everything = { minItemCount: 0, minUserCount: 0, positiveOnly: false };

describe('filterInteractions', () => {
  it('removes items below the bound and keeps those on it', () => {
    expect([...filterInteractions(interactions, { ...everything, minItemCount: 2 }).timestamps]).toEqual([1, 2, 3, 4]);
  });

  it('counts what is left after the failures are gone, then the users after the items', () => {
    const filter = { minItemCount: 2, minUserCount: 1, positiveOnly: true };
    expect([...filterInteractions(interactions, filter).timestamps]).toEqual([1, 2]);
    expect([
      ...filterInteractions(interactions, { ...everything, minItemCount: 2, minUserCount: 2 }).timestamps,
    ]).toEqual([1, 3]);
  });

  it('returns the same interactions when it has nothing to remove', () => {
    expect(filterInteractions(interactions, everything)).toBe(interactions);
  });

  it('throws for a bound that is no whole number, and when nothing is left', () => {
    expect(() => filterInteractions(interactions, { ...everything, minItemCount: -1 })).toThrow('minItemCount must be');
    expect(() => filterInteractions(interactions, { ...everything, minItemCount: 9 })).toThrow(
      'no interaction is left',
    );
  });
});

describe('selectInteractions', () => {
  it('keeps the marked rows of every column, in order', () => {
    const kept = selectInteractions(interactions, Uint8Array.of(0, 1, 0, 1, 0));
    expect([kept.count, ...kept.userIndices, ...kept.itemIndices, ...kept.timestamps, ...kept.labels]).toEqual([
      2, 1, 2, 0, 1, 2, 4, 1, 0,
    ]);
  });
});

describe('takeFirst', () => {
  it('is the past of the log', () => {
    expect([...takeFirst(interactions, 2).timestamps]).toEqual([1, 2]);
  });
});

import { describe, expect, it } from 'vitest';
import { itemSegments, userSegmentOf } from './segments.ts';

describe('userSegmentOf', () => {
  it('goes by the length of the history', () => {
    const segment = (length: number): number =>
      userSegmentOf({
        history: {
          itemIndices: new Int32Array(length),
          timestamps: new Float64Array(length),
          weights: new Float32Array(length),
        },
      });
    expect([0, 4, 5, 99, 100].map(segment)).toEqual([0, 0, 1, 1, 2]);
  });
});

describe('itemSegments', () => {
  it('cuts at half and at four fifths of the training users, most popular first', () => {
    // 50 + 30 + 10 + 10 of 100: the first is the head, the second the torso, the others the tail; 0 = cold.
    const usersOfItem = Int32Array.of(10, 50, 0, 30, 10);
    expect([...itemSegments({ userCount: 60, usersOfItem })]).toEqual([2, 0, 3, 1, 2]);
  });
});

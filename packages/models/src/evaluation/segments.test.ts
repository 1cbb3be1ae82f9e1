import { describe, expect, it } from 'vitest';
import { itemSegments, userSegmentOf, WAIT_SEGMENTS } from './segments.ts';
import { queryOf } from './testing/worlds.ts';

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

describe('WAIT_SEGMENTS', () => {
  const day = 86_400;
  const of = (asOf: number): string[] =>
    WAIT_SEGMENTS.filter(({ includes }) => includes(queryOf(0, [[1, 100]], asOf, [2]))).map(({ name }) => name);

  it('tells a target of the same second from all others, and sessions from days', () => {
    expect(of(100)).toEqual(['tied queries', 'in session']);
    expect(of(101)).toEqual(['untied queries', 'in session']);
    expect(of(100 + 3600)).toEqual(['untied queries', 'in session']);
    expect(of(101 + 3600)).toEqual(['untied queries', 'same day']);
    expect(of(100 + day)).toEqual(['untied queries', 'same day']);
    expect(of(101 + day)).toEqual(['untied queries', 'returning']);
    expect(WAIT_SEGMENTS.filter(({ includes }) => includes(queryOf(0, [], 7, [2]))).map(({ name }) => name)).toEqual([
      'untied queries',
      'returning',
    ]);
  });
});

describe('itemSegments', () => {
  it('cuts at half and at four fifths of the training users, most popular first', () => {
    // 50 + 30 + 10 + 10 of 100: the first is the head, the second the torso, the others the tail; 0 = cold.
    const usersOfItem = Int32Array.of(10, 50, 0, 30, 10);
    expect([...itemSegments({ userCount: 60, usersOfItem })]).toEqual([2, 0, 3, 1, 2]);
  });
});

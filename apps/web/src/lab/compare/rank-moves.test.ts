import { describe, expect, it } from 'vitest';
import { commonCount, moveOf } from './rank-moves.ts';

const list = (...items: number[]) => items.map((itemIdx) => ({ itemIdx }));

describe('two lists', () => {
  it('say how far a title rose, fell, or that it is new', () => {
    const before = list(5, 6, 7);
    expect(moveOf(before, 7, 0)).toBe(2);
    expect(moveOf(before, 5, 1)).toBe(-1);
    expect(moveOf(before, 6, 1)).toBe(0);
    expect(moveOf(before, 9, 2)).toBeUndefined();
  });

  it('share titles whatever their places', () => {
    expect(commonCount(list(1, 2, 3), list(3, 4, 1))).toBe(2);
    expect(commonCount(list(), list(1))).toBe(0);
  });
});

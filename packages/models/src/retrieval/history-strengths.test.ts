import { describe, expect, it } from 'vitest';
import { historyOf } from '../testing/tiny-worlds.ts';
import { historyStrengths } from './history-strengths.ts';

describe('historyStrengths', () => {
  it('decays with the number of wanted items that came after', () => {
    expect([...historyStrengths(historyOf([5, 6, 7], [1, 1, 2]), 1, 10).strengths]).toEqual([1 / 3, 0.5, 2]);
  });

  it('does not let a skip age what came before it', () => {
    expect([...historyStrengths(historyOf([5, 6, 7], [1, -1, -1]), 1, 10).strengths]).toEqual([1, -1, -1]);
  });

  it('counts every item alike at decay 0', () => {
    expect([...historyStrengths(historyOf([5, 6, 7]), 0, 10).strengths]).toEqual([1, 1, 1]);
  });

  it('looks at no more than maxItems of the newest', () => {
    const { start, strengths } = historyStrengths(historyOf([5, 6, 7]), 1, 2);
    expect(start).toBe(1);
    expect([...strengths]).toEqual([0.5, 1]);
  });
});

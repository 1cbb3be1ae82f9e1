import type { Card } from '@matinee/contract';
import { describe, expect, it } from 'vitest';
import { adaptTitles } from './adapt-titles.ts';

const cards = (...itemIdxs: readonly number[]) => itemIdxs.map((itemIdx) => ({ itemIdx }) as Card);
const ids = (titles: readonly Card[]) => titles.map(({ itemIdx }) => itemIdx);

describe('adaptTitles', () => {
  it('gives every second place from the end to similar titles, and leaves those that are kept', () => {
    const titles = cards(1, 2, 3, 4, 5, 6, 7, 8);
    expect(ids(adaptTitles(titles, cards(20, 1, 21, 22), new Set([6])))).toEqual([1, 22, 3, 21, 5, 6, 7, 20]);
  });

  it('shows no title twice and none that the viewer knows', () => {
    const similar = [...cards(2, 3), { ...cards(9)[0]!, seen: true as const }];
    expect(ids(adaptTitles(cards(1, 2, 3), similar, new Set()))).toEqual([1, 2, 3]);
  });
});

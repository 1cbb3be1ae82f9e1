import { expect, it } from 'vitest';
import { titlesIn, withoutTitles } from './without-titles.ts';

const card = (itemIdx: number) => ({ itemIdx, title: `Title ${itemIdx}`, posterUrl: '/poster' });
const page = {
  hero: card(1),
  rows: [
    { id: 'a', params: { itemIdx: 1 }, items: [card(1), card(2)] },
    { id: 'b', params: {}, items: [card(3)] },
  ],
};

it('leaves a title out of every list and field, and touches nothing else', () => {
  const left = withoutTitles(page, new Set([1]));
  expect(left).toEqual({
    hero: null,
    rows: [{ id: 'a', params: { itemIdx: 1 }, items: [card(2)] }, page.rows[1]],
  });
  expect(left.rows[1]).toBe(page.rows[1]);
  expect(withoutTitles(page, new Set([9]))).toBe(page);
});

it('finds all titles of an answer', () => {
  expect([...titlesIn(page)]).toEqual([
    [1, 'Title 1'],
    [2, 'Title 2'],
    [3, 'Title 3'],
  ]);
});

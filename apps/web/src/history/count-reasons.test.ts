import { describe, expect, it } from 'vitest';
import type { HomePageData } from '../home/home-query.ts';
import { countReasons } from './count-reasons.ts';

const because = (itemIdx: number) => ({ why: { code: 'because_you_watched', params: { itemIdx, title: 'Heat' } } });

describe('countReasons', () => {
  it('counts the picks of the top and of all rows, and no reason that names a later part of a series', () => {
    const page = {
      picks: [because(1)],
      rows: [
        { items: [because(1), because(2), { why: { code: 'first_of_series', params: { itemIdx: 2 } } }] },
        { items: [{}, because(1)] },
      ],
    };
    expect([...countReasons(page as unknown as HomePageData)]).toEqual([
      [1, 3],
      [2, 1],
    ]);
  });
});

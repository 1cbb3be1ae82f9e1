import { describe, expect, it } from 'vitest';
import type { HomePageData, HomeRow } from './home-query.ts';
import { withFirstRow } from './use-first-row.ts';

const row = (id: string, kind: HomeRow['kind'], items: readonly number[]) =>
  ({ id, kind, items: items.map((itemIdx) => ({ itemIdx })), cursor: 'more', requestId: 'old' }) as unknown as HomeRow;
const shape = (rows: readonly HomeRow[]) => rows.map(({ id, items }) => [id, items.map(({ itemIdx }) => itemIdx)]);

describe('withFirstRow', () => {
  const rows = [row('popular', 'popular_right_now', [1, 2]), row('genre', 'popular_right_now', [3, 4, 5])];

  it('takes the place of the first row with the best titles, which no row below repeats', () => {
    const next = {
      requestId: 'new',
      picks: [{ itemIdx: 4 }],
      rows: [row('recent', 'from_your_recent_intent', [7]), row('taste', 'similar_to_your_taste', [8, 9])],
    } as unknown as HomePageData;
    const adapted = withFirstRow(rows, next);
    expect(shape(adapted)).toEqual([
      ['welcome:first', [4, 8, 9]],
      ['genre', [3, 5]],
    ]);
    expect(adapted[0]?.requestId).toBe('new');
  });

  it('changes nothing without a row', () => {
    expect(withFirstRow(rows, { requestId: 'new', picks: [], rows: [] })).toBe(rows);
  });
});

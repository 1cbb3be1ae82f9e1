import type { Card, Row } from '@matinee/contract';

const MOST_PICKS = 3;
/** A row keeps this many titles where it can. */
const ROW_KEEPS = 4;

interface Picks<SomeRow> {
  readonly picks: readonly Card[];
  readonly rows: readonly SomeRow[];
}

/**
 * Moves the best titles of the page from their row to its top, so that no title stands there twice.
 *
 * @param hero The first title of the row to take from; null takes none.
 */
export function takePicks<SomeRow extends Row>(
  rows: readonly SomeRow[],
  hero: Pick<Card, 'itemIdx'> | null,
): Picks<SomeRow> {
  const from = rows.find(({ items }) => hero !== null && items[0]?.itemIdx === hero.itemIdx);
  if (from === undefined) return { picks: [], rows };
  const count = Math.max(1, Math.min(MOST_PICKS, from.items.length - ROW_KEEPS));
  return {
    picks: from.items.slice(0, count),
    rows: rows.map((row) => (row === from ? { ...row, items: row.items.slice(count) } : row)),
  };
}

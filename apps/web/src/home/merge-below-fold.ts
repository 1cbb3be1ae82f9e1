import type { HomePageData, HomeRow } from './home-query.ts';

/** A row with fewer titles than this is not worth its heading. */
const MIN_ROW_LENGTH = 4;

/**
 * The page after a choice: rows that the viewer can see (or has scrolled past) stay as they are, so that nothing moves
 * under the pointer; all below them come from the fresh answer, without the titles that the rows above already show.
 *
 * @param keptRowIds The rows of `current` to leave alone.
 */
export function mergeBelowFold(
  current: HomePageData,
  fresh: HomePageData,
  keptRowIds: ReadonlySet<string>,
): HomePageData {
  const kept = current.rows.filter(({ id }) => keptRowIds.has(id));
  const shown = new Set(kept.flatMap(({ items }) => items.map(({ itemIdx }) => itemIdx)));
  const below = fresh.rows
    .filter(({ id }) => !keptRowIds.has(id))
    .map((row): HomeRow => ({ ...row, items: row.items.filter(({ itemIdx }) => !shown.has(itemIdx)) }))
    .filter(({ items }) => items.length >= MIN_ROW_LENGTH);
  return { ...current, rows: [...kept, ...below], asOfChoice: fresh.asOfChoice };
}

/** True when the fresh answer would change what stays in place, so that offering it is worth a button. */
export function differsAbove(page: HomePageData, fresh: HomePageData, keptRowIds: ReadonlySet<string>): boolean {
  if (page.hero?.itemIdx !== fresh.hero?.itemIdx) return true;
  const shape = (rows: readonly HomeRow[]) =>
    rows.map(({ id, items }) => `${id}:${items.map(({ itemIdx }) => itemIdx).join()}`).join('|');
  return shape(page.rows.filter(({ id }) => keptRowIds.has(id))) !== shape(fresh.rows.slice(0, keptRowIds.size));
}

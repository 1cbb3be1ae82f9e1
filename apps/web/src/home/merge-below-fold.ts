import type { Card } from '@matinee/contract';
import type { HomePageData, HomeRow } from './home-query.ts';

/** A row needs at least this many titles. */
const MIN_ROW_LENGTH = 4;

/**
 * Returns the page after a choice. Rows that the viewer sees or has scrolled past stay as they are, so that nothing
 * moves under the pointer. The rows below come from the fresh response, without titles that the rows above already
 * show.
 *
 * @param keptRowIds The rows of `current` to leave alone.
 */
export function mergeBelowFold(
  current: HomePageData,
  fresh: HomePageData,
  keptRowIds: ReadonlySet<string>,
): HomePageData {
  const kept = current.rows.filter(({ id }) => keptRowIds.has(id));
  const shown = new Set([...current.picks, ...kept.flatMap(({ items }) => items)].map(({ itemIdx }) => itemIdx));
  const below = fresh.rows
    .filter(({ id }) => !keptRowIds.has(id))
    .map((row): HomeRow => ({ ...row, items: row.items.filter(({ itemIdx }) => !shown.has(itemIdx)) }))
    .filter(({ items }) => items.length >= MIN_ROW_LENGTH);
  const { asOfChoice, degraded, loadedAt } = fresh;
  return { ...current, rows: [...kept, ...below], asOfChoice, degraded, loadedAt };
}

/** Whether the fresh response would change the rows that stay in place, so that the button is shown. */
export function differsAbove(page: HomePageData, fresh: HomePageData, keptRowIds: ReadonlySet<string>): boolean {
  const itemsOf = (cards: readonly Card[]) => cards.map(({ itemIdx }) => itemIdx).join();
  if (itemsOf(page.picks) !== itemsOf(fresh.picks)) return true;
  const shape = (rows: readonly HomeRow[]) => rows.map(({ id, items }) => `${id}:${itemsOf(items)}`).join('|');
  return shape(page.rows.filter(({ id }) => keptRowIds.has(id))) !== shape(fresh.rows.slice(0, keptRowIds.size));
}

import { useEffect, useRef, useSyncExternalStore } from 'react';
import { createValueStore } from '../api/value-store.ts';
import { cameBack } from '../navigation/navigation.ts';
import type { HomePageData, HomeRow } from './home-query.ts';

/** The id of the row that follows from the likes of a viewer without a history. */
export const FIRST_ROW = 'welcome:first';

/** The page whose best titles stand in the first row now: Back returns to what was left. */
const shownPage = createValueStore<HomePageData | undefined>(undefined);

/**
 * Returns the rows with the first one replaced by what the likes so far lead to. The row takes the other one's place,
 * so that nothing moves, and waits while the viewer uses that one.
 *
 * @param next The page as it is after the likes so far; undefined before the first one.
 */
export function useFirstRow(rows: readonly HomeRow[], next: HomePageData | undefined): readonly HomeRow[] {
  const shown = useSyncExternalStore(shownPage.subscribe, shownPage.get);
  const isLeftAsItWas = useRef(cameBack());
  useEffect(() => {
    const isInUse = document.querySelector('[data-row]')?.matches(':hover, :focus-within') === true;
    if (next === undefined) shownPage.set(undefined);
    else if (!isInUse && !isLeftAsItWas.current) shownPage.set(next);
    isLeftAsItWas.current = false;
  }, [next]);
  return next === undefined || shown?.userIdx !== next.userIdx ? rows : withFirstRow(rows, shown);
}

/** The best titles of `next` in place of the first row, and in no row below. */
export function withFirstRow(
  rows: readonly HomeRow[],
  next: Pick<HomePageData, 'picks' | 'rows' | 'requestId'>,
): readonly HomeRow[] {
  const source = next.rows.find(({ kind }) => kind === 'similar_to_your_taste') ?? next.rows[0];
  if (source === undefined) return rows;
  const { requestId } = next;
  const first = { ...source, id: FIRST_ROW, items: [...next.picks, ...source.items], cursor: null, requestId };
  const shown = new Set(first.items.map(({ itemIdx }) => itemIdx));
  const others = rows
    .slice(1)
    .map((row) => ({ ...row, items: row.items.filter(({ itemIdx }) => !shown.has(itemIdx)) }));
  return [first, ...others];
}

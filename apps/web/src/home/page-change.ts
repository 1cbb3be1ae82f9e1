import type { Card } from '@matinee/contract';
import type { HomePageData, HomeRow } from './home-query.ts';

/** A row of the page, or its top picks, which have no kind. */
export type ComparedRow = Pick<HomeRow, 'id'> &
  Partial<Pick<HomeRow, 'kind' | 'params'>> & { readonly items: readonly Card[] };

/** A place on the page: from 0 in its row. */
interface Place {
  readonly row: ComparedRow;
  readonly position: number;
}

/** A title of the new page that was not there before, or stood elsewhere. */
export interface MovedTitle {
  readonly card: Card;
  /** Undefined where the title is new on the page. */
  readonly before: Place | undefined;
  readonly now: Place;
}

/** The difference between two pages. */
export interface PageDifference {
  /** Row by row in the order of the new page; rows without a change are left out. */
  readonly rows: readonly { readonly row: ComparedRow; readonly titles: readonly MovedTitle[] }[];
  readonly newItems: ReadonlySet<number>;
  readonly gone: readonly Card[];
}

type Page = Pick<HomePageData, 'picks' | 'rows'>;

/** Places of a row that are compared: those a viewer meets without scrolling far. New titles count at any place. */
const COMPARED = 10;

const rowsOf = ({ picks, rows }: Page): readonly ComparedRow[] => [{ id: 'hero', items: picks }, ...rows];

function placesOf(rows: readonly ComparedRow[]): ReadonlyMap<number, Place> {
  return new Map(
    rows.flatMap((row) => row.items.map(({ itemIdx }, position) => [itemIdx, { row, position }] as const)),
  );
}

/** Returns what differs between a page and the one before it. */
export function comparePages(before: Page, now: Page): PageDifference {
  const earlier = placesOf(rowsOf(before));
  const present = placesOf(rowsOf(now));
  const newItems = new Set([...present.keys()].filter((itemIdx) => !earlier.has(itemIdx)));
  const rows = rowsOf(now).flatMap((row) => {
    const titles = row.items.flatMap((card, position): MovedTitle[] => {
      const place = earlier.get(card.itemIdx);
      if (newItems.has(card.itemIdx)) return [{ card, before: undefined, now: { row, position } }];
      const stays = place?.row.id === row.id && place.position === position;
      return stays || position >= COMPARED ? [] : [{ card, before: place, now: { row, position } }];
    });
    return titles.length === 0 ? [] : [{ row, titles }];
  });
  const gone = rowsOf(before)
    .flatMap(({ items }) => items.slice(0, COMPARED))
    .filter(({ itemIdx }) => !present.has(itemIdx));
  return { rows, newItems, gone };
}

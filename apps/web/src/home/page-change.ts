import type { Card } from '@matinee/contract';
import type { HomePageData, HomeRow } from './home-query.ts';

/** A place on the page: from 0 in its row. */
interface Place {
  readonly row: HomeRow;
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
  readonly rows: readonly { readonly row: HomeRow; readonly titles: readonly MovedTitle[] }[];
  readonly newItems: ReadonlySet<number>;
  readonly gone: readonly Card[];
}

type Page = Pick<HomePageData, 'picks' | 'rows'>;

/** Places of a row that are compared: those a viewer meets without scrolling far. New titles count at any place. */
const COMPARED = 10;

function placesOf({ rows }: Page): ReadonlyMap<number, Place> {
  return new Map(
    rows.flatMap((row) => row.items.map(({ itemIdx }, position) => [itemIdx, { row, position }] as const)),
  );
}

const cardsOf = ({ picks, rows }: Page): readonly Card[] => [...picks, ...rows.flatMap(({ items }) => items)];

/** Returns what differs between a page and the one before it. */
export function comparePages(before: Page, now: Page): PageDifference {
  const earlier = placesOf(before);
  const known = new Set(cardsOf(before).map(({ itemIdx }) => itemIdx));
  const present = new Set(cardsOf(now).map(({ itemIdx }) => itemIdx));
  const newItems = new Set([...present].filter((itemIdx) => !known.has(itemIdx)));
  const rows = now.rows.flatMap((row) => {
    const titles = row.items.flatMap((card, position): MovedTitle[] => {
      const place = earlier.get(card.itemIdx);
      if (newItems.has(card.itemIdx)) return [{ card, before: undefined, now: { row, position } }];
      const stays = place?.row.id === row.id && place.position === position;
      return stays || position >= COMPARED ? [] : [{ card, before: place, now: { row, position } }];
    });
    return titles.length === 0 ? [] : [{ row, titles }];
  });
  const gone = before.rows
    .flatMap(({ items }) => items.slice(0, COMPARED))
    .filter(({ itemIdx }) => !present.has(itemIdx));
  return { rows, newItems, gone };
}

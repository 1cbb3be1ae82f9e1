import type { Card } from '@matinee/contract';
import type { HomeRow } from './home-query.ts';

/** A card of which only the title matters. */
export const testCard = (itemIdx: number): Card => ({
  itemIdx,
  title: `Title ${itemIdx}`,
  year: 2000,
  genres: [],
  itemId: 'm1',
  maturity: null,
  posterUrl: '/p.svg',
  feedback: { taste: null, watched: false, skipped: false },
});

export const testRow = (id: string, items: readonly number[], requestId = 'r'): HomeRow => ({
  id,
  kind: 'mixed_discovery',
  params: {},
  items: items.map(testCard),
  cursor: null,
  requestId,
});

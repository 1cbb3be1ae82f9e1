import { useInfiniteQuery } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { userEventsQuery } from '../api/queries.ts';
import { ledger } from './feedback.ts';

/**
 * Returns the items that the viewer liked in this visit, so that a reason can say "liked". The snapshot is a string,
 * which React compares by value.
 */
export function useLikedItems(userIdx: number): ReadonlySet<number> {
  const local = useSyncExternalStore(ledger.subscribe, () => ledger.likedItems(userIdx).join());
  const { data } = useInfiniteQuery(userEventsQuery(userIdx));
  const liked = new Set(local === '' ? [] : local.split(',').map(Number));
  for (const page of data?.pages ?? [])
    for (const event of page.events) if (event.type === 'like' && !event.undone) liked.add(event.itemIdx);
  return liked;
}

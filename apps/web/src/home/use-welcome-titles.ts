import type { Card } from '@matinee/contract';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { onboardingQuery, similarQuery } from '../api/queries.ts';
import { queryClient } from '../api/query-client.ts';
import { useLikedItems } from '../feedback/use-liked-items.ts';
import { adaptTitles } from './adapt-titles.ts';

/** Two rows of posters on a wide screen. */
export const WELCOME_TITLES = 24;

/**
 * Returns the titles to like, diverse at first. With each like some that nobody pressed give their places to titles
 * like the liked one. Undefined until the first have come; none where they do not come.
 */
export function useWelcomeTitles(userIdx: number): readonly Card[] | undefined {
  const first = useQuery(onboardingQuery(userIdx, WELCOME_TITLES));
  const [adapted, setAdapted] = useState<readonly Card[]>();
  const titles = adapted ?? first.data?.items ?? (first.isError ? [] : undefined);
  const liked = useLikedItems(userIdx);
  const followed = useRef(new Set<number>());
  useEffect(() => {
    const next = titles?.find(({ itemIdx }) => liked.has(itemIdx) && !followed.current.has(itemIdx));
    if (titles === undefined || next === undefined) return;
    followed.current.add(next.itemIdx);
    void queryClient
      .fetchQuery(similarQuery(next.itemIdx, userIdx))
      .then(({ items }) =>
        setAdapted((current) => adaptTitles(current ?? titles, items, new Set([...liked, ...titlesInUse()]))),
      )
      // The titles stay as they are.
      .catch(() => undefined);
  }, [titles, liked, userIdx]);
  return titles;
}

/** The title under the pointer, and the one with the focus: nothing moves there. */
function titlesInUse(): readonly number[] {
  const used = document.querySelectorAll<HTMLElement>('[data-welcome] li:is(:hover, :focus-within)');
  return Array.from(used, ({ dataset }) => Number(dataset['card']));
}

import { useEffect, useSyncExternalStore } from 'react';
import { onTitlesGone } from '../api/held-titles.ts';
import { queryClient } from '../api/query-client.ts';
import { createValueStore } from '../api/value-store.ts';
import { withoutTitles } from '../api/without-titles.ts';
import { storedCount } from '../feedback/feedback.ts';
import { fetchHome, type HomePageData, homeKey } from './home-query.ts';
import { differsAbove, mergeBelowFold } from './merge-below-fold.ts';

/** Several choices within this time lead to one request. */
const SETTLE_MS = 500;

/** The response that "Refresh picks" applies. */
const pending = createValueStore<HomePageData | undefined>(undefined);

onTitlesGone(({ userIdx, gone }) => {
  const waiting = pending.get();
  if (waiting?.userIdx === userIdx) pending.set(gone === null ? undefined : withoutTitles(waiting, gone));
});

/** Rows that must not move: in view, above it, or holding the focus. */
function rowsInPlace(): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const row of document.querySelectorAll<HTMLElement>('[data-row]'))
    if (row.getBoundingClientRect().top < window.innerHeight || row.contains(document.activeElement))
      ids.add(row.dataset['row'] ?? '');
  return ids;
}

/**
 * Updates the page after the viewer's choices. Once the server has stored one, rows below the fold are replaced at
 * once; rows in view are replaced when the viewer presses the button.
 *
 * @returns Whether an update waits, and the function that applies it.
 */
export function useFreshPicks(home: HomePageData | undefined): { readonly waits: boolean; readonly apply: () => void } {
  const stored = useSyncExternalStore(storedCount.subscribe, storedCount.get);
  const waiting = useSyncExternalStore(pending.subscribe, pending.get);
  const userIdx = home?.userIdx;
  const isBehind = home !== undefined && !home.isOld && home.asOfChoice < stored;
  // biome-ignore lint/correctness/useExhaustiveDependencies: one more choice starts the wait again
  useEffect(() => {
    if (!isBehind || userIdx === undefined) return;
    const abort = new AbortController();
    const timer = setTimeout(async () => {
      try {
        const fresh = await fetchHome(userIdx, abort.signal);
        const inPlace = rowsInPlace();
        queryClient.setQueryData<HomePageData>(homeKey(userIdx), (page) => {
          if (!page) return fresh;
          pending.set(differsAbove(page, fresh, inPlace) ? fresh : undefined);
          return mergeBelowFold(page, fresh, inPlace);
        });
      } catch {
        // The page stays as it is; the next choice or a reload tries again.
      }
    }, SETTLE_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [isBehind, stored, userIdx]);
  const waits = waiting !== undefined && waiting.userIdx === userIdx;
  return {
    waits,
    apply() {
      if (waiting) queryClient.setQueryData(homeKey(waiting.userIdx), waiting);
      pending.set(undefined);
    },
  };
}

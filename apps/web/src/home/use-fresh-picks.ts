import { useEffect, useRef, useSyncExternalStore } from 'react';
import { onTitlesGone } from '../api/held-titles.ts';
import { queryClient } from '../api/query-client.ts';
import { createValueStore } from '../api/value-store.ts';
import { withoutTitles } from '../api/without-titles.ts';
import { storedCount } from '../feedback/feedback.ts';
import { fetchHome, type HomePageData, homeKey } from './home-query.ts';
import { differsAbove, mergeBelowFold } from './merge-below-fold.ts';

/** Several choices within this time lead to one request. */
const SETTLE_MS = 500;

/** A page that came without some of its parts is requested again after this time, and then after twice as long. */
const HEAL_MS = 3000;
const MOST_HEAL_MS = 60_000;

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

/** Whether the viewer has not begun to use the page, so that nothing moves under the pointer when all of it changes. */
function isUntouched(): boolean {
  const isUsed = document.querySelector('[data-row]:hover, [data-row] :focus, [data-hero] :focus') !== null;
  return window.scrollY === 0 && !isUsed;
}

/** Fetches the page again and puts in its place what may change now; the rest waits for the viewer. */
async function renew(userIdx: number, signal: AbortSignal, mayReplace: boolean): Promise<void> {
  const fresh = await fetchHome(userIdx, signal);
  const inPlace = rowsInPlace();
  const replaces = mayReplace && isUntouched();
  queryClient.setQueryData<HomePageData>(homeKey(userIdx), (page) => {
    if (!page || replaces) {
      pending.set(undefined);
      return fresh;
    }
    pending.set(differsAbove(page, fresh, inPlace) ? fresh : undefined);
    return mergeBelowFold(page, fresh, inPlace);
  });
}

/**
 * Requests a page again that came without some of its parts, until it is whole: a source that was late once, while the
 * machine was busy, is there a moment later.
 */
export function useWholePage(home: HomePageData): void {
  const { userIdx, loadedAt } = home;
  const isThin = !home.isOld && home.degraded.length > 0;
  const attempts = useRef(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each answer that is thin again starts the next wait
  useEffect(() => {
    if (!isThin) {
      attempts.current = 0;
      return;
    }
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    const tryLater = () => {
      const delayMs = Math.min(MOST_HEAL_MS, HEAL_MS * 2 ** attempts.current++);
      timer = setTimeout(() => renew(userIdx, abort.signal, true).catch(tryLater), delayMs);
    };
    tryLater();
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [isThin, userIdx, loadedAt]);
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
        await renew(userIdx, abort.signal, false);
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

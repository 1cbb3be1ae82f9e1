import { useEffect, useState, useSyncExternalStore } from 'react';
import { onTitlesGone } from '../api/held-titles.ts';
import { queryClient } from '../api/query-client.ts';
import { createValueStore } from '../api/value-store.ts';
import { withoutTitles } from '../api/without-titles.ts';
import { storedCount } from '../feedback/feedback.ts';
import { latestRelease } from '../generation/training-stream.ts';
import { fetchHome, type HomePageData, homeKey } from './home-query.ts';
import { type ChangeCause, choicesBetween, markApplied, noteChange, pageBefore } from './latest-change.ts';
import { differsAbove, mergeBelowFold } from './merge-below-fold.ts';

/** Several choices within this time lead to one request. */
const SETTLE_MS = 500;

/** A page that came without some of its parts is requested again after this time, and then after twice as long. */
const HEAL_MS = 2000;
const MOST_HEAL_MS = 60_000;

/** The response that the button for new picks applies. */
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

interface Renewal {
  readonly userIdx: number;
  readonly signal: AbortSignal;
  /** Whether all of the page may change while nobody uses it yet. */
  readonly mayReplace?: boolean;
  /** Says what the change comes from; absent where it is nothing to tell of. */
  readonly causeOf?: (before: HomePageData, fresh: HomePageData) => ChangeCause;
}

/** Fetches the page again and puts in its place what may change now; the rest waits for the viewer. */
async function renew({ userIdx, signal, mayReplace = false, causeOf }: Renewal): Promise<void> {
  const fresh = await fetchHome(userIdx, signal);
  // The page was left meanwhile: no row of it is in place, and it must be there as it was on the way back.
  if (signal.aborted) return;
  const inPlace = rowsInPlace();
  const replaces = mayReplace && isUntouched();
  queryClient.setQueryData<HomePageData>(homeKey(userIdx), (page) => {
    if (!page || replaces) {
      pending.set(undefined);
      return fresh;
    }
    const isWaiting = differsAbove(page, fresh, inPlace);
    pending.set(isWaiting ? fresh : undefined);
    const before = pageBefore(page);
    if (causeOf) noteChange(before, fresh, causeOf(before, fresh), !isWaiting);
    return mergeBelowFold(page, fresh, inPlace);
  });
}

/**
 * Requests a page again that came without some of its parts, until it is whole: a source that was late once, while the
 * machine was busy, is there a moment later.
 *
 * @returns Whether to say what is missing: the page has come without it a second time.
 */
export function useWholePage(home: HomePageData): boolean {
  const { userIdx } = home;
  const isThin = !home.isOld && home.degraded.length > 0;
  const [attempts, setAttempts] = useState(0);
  useEffect(() => {
    if (!isThin) {
      setAttempts(0);
      return;
    }
    const abort = new AbortController();
    const delayMs = Math.min(MOST_HEAL_MS, HEAL_MS * 2 ** attempts);
    const timer = setTimeout(async () => {
      await renew({ userIdx, signal: abort.signal, mayReplace: true }).catch(() => undefined);
      if (!abort.signal.aborted) setAttempts(attempts + 1);
    }, delayMs);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [isThin, userIdx, attempts]);
  return isThin && attempts > 0;
}

/**
 * Updates the page after the viewer's choices. Once the server has stored one, rows below the fold are replaced at
 * once; rows in view are replaced when the viewer presses the button.
 *
 * @returns The update that waits, if any, and the function that applies it.
 */
export function useFreshPicks(home: HomePageData | undefined): {
  /** The page that waits for the viewer; undefined where none does. */
  readonly next: HomePageData | undefined;
  readonly apply: () => void;
} {
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
        await renew({ userIdx, signal: abort.signal, causeOf: choicesBetween });
      } catch {
        // The page stays as it is; the next choice or a reload tries again.
      }
    }, SETTLE_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [isBehind, stored, userIdx]);
  const release = useSyncExternalStore(latestRelease.subscribe, latestRelease.get);
  const isOfEarlierRelease = home !== undefined && release !== undefined && home.version !== release.version;
  const version = release?.version;
  const generation = release?.generation ?? '';
  // biome-ignore lint/correctness/useExhaustiveDependencies: each further release is compared again
  useEffect(() => {
    if (!isOfEarlierRelease || userIdx === undefined) return;
    const abort = new AbortController();
    const causeOf = (): ChangeCause => ({ kind: 'release', generation });
    // The page stays as it is where that fails; a reload shows the new one.
    renew({ userIdx, signal: abort.signal, causeOf }).catch(() => undefined);
    return () => abort.abort();
  }, [isOfEarlierRelease, version, generation, userIdx]);
  return {
    next: waiting?.userIdx === userIdx ? waiting : undefined,
    apply() {
      if (waiting) queryClient.setQueryData(homeKey(waiting.userIdx), waiting);
      pending.set(undefined);
      markApplied();
    },
  };
}

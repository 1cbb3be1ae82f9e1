import { useEffect } from 'react';
import { useLocation } from 'wouter';
import { checkHeldTitles } from '../api/held-titles.ts';
import { openTabChannel } from '../api/one-tab.ts';

/** A page that somebody looks at asks so often whether it is still true. */
const CHECK_MS = 5000;

const tabs = openTabChannel<number>('changes', (userIdx) => void checkHeldTitles(userIdx));

/** Checks in this tab, and in the others if something had changed: a hidden tab does not ask by itself. */
async function check(userIdx: number): Promise<void> {
  if (await checkHeldTitles(userIdx)) tabs.post(userIdx);
}

/**
 * Keeps what the page shows of a user true: it asks the server with each navigation, when the tab comes back into view,
 * and every few seconds while it is in view.
 */
export function useTruePage(userIdx: number | undefined): void {
  const [location] = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: each navigation asks
  useEffect(() => {
    if (userIdx !== undefined) void check(userIdx);
  }, [userIdx, location]);
  useEffect(() => {
    if (userIdx === undefined) return;
    const checkIfSeen = () => {
      if (document.visibilityState === 'visible') void check(userIdx);
    };
    const timer = setInterval(checkIfSeen, CHECK_MS);
    document.addEventListener('visibilitychange', checkIfSeen);
    window.addEventListener('focus', checkIfSeen);
    window.addEventListener('pageshow', checkIfSeen);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', checkIfSeen);
      window.removeEventListener('focus', checkIfSeen);
      window.removeEventListener('pageshow', checkIfSeen);
    };
  }, [userIdx]);
}

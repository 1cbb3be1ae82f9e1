import { defined } from '@matinee/numerics';
import type { RecommendContext, Timeout } from '@matinee/recommender';
import { starvedMsOfMainThread } from './starved.ts';

/** Sources that miss the deadline are left out, so the page stays fast; the response names them. */
export const RECOMMEND_CONTEXT: RecommendContext = {
  deadlineMs: 200,
  now: () => performance.now(),
  timeout: startTimeout,
  ...defined({ starvedMs: starvedMsOfMainThread() }),
};

function startTimeout(ms: number): Timeout {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  return { expired, cancel: () => clearTimeout(timer) };
}

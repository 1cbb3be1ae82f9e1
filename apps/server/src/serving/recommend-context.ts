import type { RecommendContext, Timeout } from '@matinee/recommender';

/** Sources that have not answered by then are left out: the page stays fast and says what it lacks. */
export const RECOMMEND_CONTEXT: RecommendContext = {
  deadlineMs: 200,
  now: () => performance.now(),
  timeout: startTimeout,
};

function startTimeout(ms: number): Timeout {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  return { expired, cancel: () => clearTimeout(timer) };
}

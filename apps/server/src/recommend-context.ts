import type { RecommendContext } from '@matinee/recommender';

/** Sources that are not asked by then are left out: the page stays fast and says what it lacks. */
export const RECOMMEND_CONTEXT: RecommendContext = { deadlineMs: 200, now: () => performance.now() };

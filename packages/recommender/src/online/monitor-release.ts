import { readLog } from '../log/read-log.ts';
import {
  type Comparison,
  compareScores,
  createQueryTally,
  decisiveScores,
  isSignificantlyWorse,
} from './compare-releases.ts';
import type { LiveEngine } from './live-engine.ts';
import type { ScoreEngagementContext } from './score-engagement.ts';

/** The comparison of a new release with the one before it. */
export interface MonitorState {
  readonly state: 'monitoring' | 'kept' | 'fallen';
  readonly comparison: Comparison;
}

export interface ReleaseMonitor {
  /** Continues through the log and scores both releases on at most `maxQueries` engagements. */
  readOn(maxQueries: number): Promise<MonitorState>;
  state(): MonitorState;
}

/** Number of queries after which the release is kept. */
export const MONITOR_QUERIES = 500;
/** Queries between two checks. */
const CHECK_EVERY = 50;
/** A release falls if its NDCG is lower by more than this share, and by more than chance. */
const FALL_BOUND = 0.1;

/**
 * Compares the releases before and after a swap on the first {@link MONITOR_QUERIES} engagements of established people
 * after it, few of each. The lists are computed for the comparison only and never shown. After the verdict, the releases
 * are no longer held.
 *
 * Users find items on pages of the release in service, so the comparison favours that release: a fall is noticed late
 * rather than early. Ten checks of a 95 % interval would call about one good release in twelve worse, so it must also
 * be worse by {@link FALL_BOUND}.
 *
 * @param compared The earlier and the later release, used by this monitor only: it counts their live events itself.
 * @param afterSequence Only events after this sequence become queries.
 */
export function monitorRelease(
  compared: readonly [earlier: LiveEngine, later: LiveEngine],
  afterSequence: number,
  context: ScoreEngagementContext,
): ReleaseMonitor {
  let releases: readonly LiveEngine[] = compared;
  const tally = createQueryTally();
  const { scores } = tally;
  let state: MonitorState = { state: 'monitoring', comparison: compareScores(scores, 0) };

  function check(): void {
    const comparison = compareScores(scores, tally.leftOut());
    const decisive = compareScores(decisiveScores(scores, context.users), 0);
    const { earlier, later } = decisive;
    const hasFallen = later.ndcg < (1 - FALL_BOUND) * earlier.ndcg && isSignificantlyWorse(decisive);
    const isOver = scores.length >= MONITOR_QUERIES;
    state = { state: hasFallen ? 'fallen' : isOver ? 'kept' : 'monitoring', comparison };
    if (state.state !== 'monitoring') releases = [];
  }

  return {
    async readOn(maxQueries) {
      if (state.state !== 'monitoring') return state;
      let queryCount = 0;
      const from = Math.min(...releases.map(({ live }) => live.throughSequence()));
      for await (const step of readLog(context.log, from)) {
        if (state.state !== 'monitoring' || queryCount === maxQueries) break;
        const { event } = step;
        if (event.sequence > afterSequence && (await tally.ask(releases, event, context))) {
          queryCount++;
          if (scores.length % CHECK_EVERY === 0) check();
        }
        for (const { live } of releases) if (event.sequence > live.throughSequence()) live.apply(step);
        await context.pause?.();
      }
      return state;
    },
    state: () =>
      state.state === 'monitoring' ? { ...state, comparison: compareScores(scores, tally.leftOut()) } : state,
  };
}

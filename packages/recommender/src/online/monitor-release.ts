import { readLog } from '../log/read-log.ts';
import { type Comparison, compareScores, isSignificantlyWorse } from './compare-releases.ts';
import type { LiveEngine } from './live-engine.ts';
import { type EngagementScore, type ScoreEngagementContext, scoreEngagement } from './score-engagement.ts';

/** How a release does that has taken over, beside the one before. */
export interface MonitorState {
  readonly state: 'monitoring' | 'kept' | 'fallen';
  readonly comparison: Comparison;
}

export interface ReleaseMonitor {
  /** Reads on in the log, and asks both releases about the turns on the way until so many were asked about. */
  readOn(maxQueries: number): Promise<MonitorState>;
  state(): MonitorState;
}

/** After so many questions the release is kept. */
export const MONITOR_QUERIES = 500;
/** How it stands is looked at every so many questions. */
const LOOK_EVERY = 50;
/** A release has fallen when it finds less by more than this share, and by more than chance. */
const FALL_BOUND = 0.1;

/**
 * Asks the release before and the one after a swap, about what people turn to from then on, what each would have shown them
 * (nobody sees the answers): about the first {@link MONITOR_QUERIES} turns after the swap, however long the asking takes.
 *
 * What people turn to, they found on pages of the release that is served, so that this favours it: a fall is seen late
 * rather than early. With ten looks at a 95 % interval about one good release in twelve would be called worse; it must
 * also be worse by {@link FALL_BOUND}.
 *
 * @param releases The earlier and the later one, made for this watch alone: it counts their live events itself.
 * @param afterSequence Only what happens behind this place in the log is asked about.
 */
export function monitorRelease(
  releases: readonly [earlier: LiveEngine, later: LiveEngine],
  afterSequence: number,
  context: ScoreEngagementContext,
): ReleaseMonitor {
  const scores: EngagementScore[] = [];
  let state: MonitorState = { state: 'monitoring', comparison: compareScores(scores) };

  function look(): void {
    const comparison = compareScores(scores);
    const { earlier, later } = comparison;
    const hasFallen = later.ndcg < (1 - FALL_BOUND) * earlier.ndcg && isSignificantlyWorse(comparison);
    const isOver = scores.length >= MONITOR_QUERIES;
    state = { state: hasFallen ? 'fallen' : isOver ? 'kept' : 'monitoring', comparison };
  }

  return {
    async readOn(maxQueries) {
      let queryCount = 0;
      const from = Math.min(...releases.map(({ live }) => live.throughSequence()));
      for await (const step of readLog(context.log, from)) {
        if (state.state !== 'monitoring' || queryCount === maxQueries) break;
        const { event } = step;
        if (event.sequence > afterSequence) {
          const score = await scoreEngagement(releases, event, context);
          if (score !== undefined) {
            scores.push(score);
            queryCount++;
            if (scores.length % LOOK_EVERY === 0) look();
          }
        }
        for (const { live } of releases) if (event.sequence > live.throughSequence()) live.apply(step);
      }
      return state;
    },
    state: () => (state.state === 'monitoring' ? { ...state, comparison: compareScores(scores) } : state),
  };
}

import { bootstrapUsers, pairedDifference } from '@matinee/models/evaluation';
import { readLog } from '../log/read-log.ts';
import type { LiveEngine } from './live-engine.ts';
import { type EngagementScore, type ScoreEngagementContext, scoreEngagement } from './score-engagement.ts';

/** Metrics of an earlier and a later release on the same queries. */
export interface Comparison {
  readonly queries: number;
  readonly users: number;
  /** NDCG@50 and recall@50. */
  readonly earlier: { readonly ndcg: number; readonly recall: number };
  readonly later: { readonly ndcg: number; readonly recall: number };
  /** Later minus earlier NDCG, with its 95 % interval over users; null for fewer than two users. */
  readonly difference: { readonly value: number; readonly low: number; readonly high: number } | null;
}

const RESAMPLES = 1000;

/** @param scores Of the earlier and the later release, in this order. */
export function compareScores(scores: readonly EngagementScore[]): Comparison {
  const meanOf = (read: (score: EngagementScore) => number | undefined): number =>
    scores.reduce((sum, score) => sum + (read(score) ?? 0), 0) / Math.max(1, scores.length);
  const users = Array.from(new Set(scores.map(({ userId }) => userId)));
  return {
    queries: scores.length,
    users: users.length,
    earlier: { ndcg: meanOf(({ gains }) => gains[0]), recall: meanOf(({ hits }) => hits[0]) },
    later: { ndcg: meanOf(({ gains }) => gains[1]), recall: meanOf(({ hits }) => hits[1]) },
    difference: users.length < 2 ? null : differenceOf(scores, users),
  };
}

function differenceOf(scores: readonly EngagementScore[], users: readonly string[]): Comparison['difference'] {
  const place = new Map(users.map((userId, index) => [userId, index]));
  const counts = new Float64Array(users.length);
  const sums = [new Float64Array(users.length), new Float64Array(users.length)] as const;
  for (const { userId, gains } of scores) {
    const user = place.get(userId)!;
    counts[user]!++;
    for (const [release, sum] of sums.entries()) sum[user]! += gains[release]!;
  }
  const [earlier, later] = sums.map((sum) =>
    bootstrapUsers(
      { columns: ['ndcg'], userCount: users.length, rowCount: scores.length, sums: sum, counts, countWidth: 1 },
      { resampleCount: RESAMPLES, seed: 1 },
    ),
  );
  const { value, low, high } = pairedDifference(later!, earlier!, 'ndcg');
  return { value, low, high };
}

/** With fewer users an interval says little: all of five users may be unlucky by chance. */
const MIN_USERS = 20;

/** Whether the later release is worse by more than chance: enough users, and the whole interval below 0. */
export function isSignificantlyWorse({ users, difference }: Comparison): boolean {
  return users >= MIN_USERS && difference !== null && difference.high < 0;
}

export interface CompareOptions extends ScoreEngagementContext {
  /** Only events after this sequence become queries: neither release was trained on them. */
  readonly afterSequence: number;
  /** Number of engagements after it; queries are spread evenly over them. */
  readonly engagementCount: number;
  readonly maxQueries: number;
  checkpoint(done: number, total: number): Promise<void>;
}

/**
 * Replays the log and scores both releases on the engagements in it. Before each query, both have counted the live
 * events up to then, as when they are served.
 */
export async function compareReleases(
  earlier: LiveEngine,
  later: LiveEngine,
  options: CompareOptions,
): Promise<Comparison> {
  const { log, afterSequence, engagementCount, maxQueries, checkpoint } = options;
  const releases = [earlier, later];
  const step = Math.max(1, engagementCount / maxQueries);
  const scores: EngagementScore[] = [];
  let next = 0;
  let engagements = 0;
  const from = Math.min(...releases.map(({ live }) => live.throughSequence()));
  for await (const each of readLog(log, from)) {
    if (each.event.sequence > afterSequence && engagements >= next) {
      const score = await scoreEngagement(releases, each.event, options);
      if (score !== undefined) {
        scores.push(score);
        next += step;
        await checkpoint(scores.length, Math.min(engagementCount, maxQueries));
      }
    }
    const before = later.live.engagementCount();
    for (const { live } of releases) if (each.event.sequence > live.throughSequence()) live.apply(each);
    if (each.event.sequence > afterSequence && later.live.engagementCount() > before) engagements++;
  }
  return compareScores(scores);
}

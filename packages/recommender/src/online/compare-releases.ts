import type { Vocabulary } from '@matinee/models/data';
import { bootstrapUsers, pairedDifference } from '@matinee/models/evaluation';
import { readLog } from '../log/read-log.ts';
import type { LoggedEvent } from '../ports/event-log.ts';
import type { LiveEngine } from './live-engine.ts';
import { type EngagementScore, LEFT_OUT, type ScoreEngagementContext, scoreEngagement } from './score-engagement.ts';

/** Metrics of an earlier and a later release on the same queries. */
export interface Comparison {
  readonly queries: number;
  readonly users: number;
  /** Engagements of visitors who are not established, which were no queries. */
  readonly leftOut: number;
  /** NDCG@50 and recall@50. */
  readonly earlier: { readonly ndcg: number; readonly recall: number };
  readonly later: { readonly ndcg: number; readonly recall: number };
  /** Later minus earlier NDCG, with its 95 % interval over users; null for fewer than two users. */
  readonly difference: { readonly value: number; readonly low: number; readonly high: number } | null;
}

/** A comparison, and the part of it that decides: see {@link decisiveScores}. */
export interface FullComparison extends Comparison {
  readonly decisive: Comparison;
}

const RESAMPLES = 1000;

/** @param scores Of the earlier and the later release, in this order. */
export function compareScores(scores: readonly EngagementScore[], leftOut: number): Comparison {
  const meanOf = (read: (score: EngagementScore) => number | undefined): number =>
    scores.reduce((sum, score) => sum + (read(score) ?? 0), 0) / Math.max(1, scores.length);
  const users = Array.from(new Set(scores.map(({ userId }) => userId)));
  return {
    queries: scores.length,
    users: users.length,
    leftOut,
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

/** Queries of one person, of the 500 that decide about a release: nobody is more than a fiftieth of the verdict. */
const MAX_QUERIES_OF_PERSON = 10;

/** The queries that were asked so far, of which no person has many. */
export interface QueryTally {
  readonly scores: EngagementScore[];
  leftOut(): number;
  /** Scores an engagement unless its user has had their share; returns whether it became a query. */
  ask(releases: readonly LiveEngine[], event: LoggedEvent, context: ScoreEngagementContext): Promise<boolean>;
}

export function createQueryTally(): QueryTally {
  const scores: EngagementScore[] = [];
  const queriesOf = new Map<string, number>();
  let leftOut = 0;
  return {
    scores,
    leftOut: () => leftOut,
    async ask(releases, event, context) {
      const before = queriesOf.get(event.userId) ?? 0;
      if (before >= MAX_QUERIES_OF_PERSON) return false;
      const score = await scoreEngagement(releases, event, context);
      if (score === LEFT_OUT) leftOut++;
      if (score === LEFT_OUT || score === undefined) return false;
      scores.push(score);
      queriesOf.set(event.userId, before + 1);
      return true;
    },
  };
}

/**
 * Returns the scores that decide about a release: those of members of the dataset if they are of enough people, for
 * nobody can make up members; else all.
 *
 * @param members By id.
 */
export function decisiveScores(scores: readonly EngagementScore[], members: Vocabulary): readonly EngagementScore[] {
  const ofMembers = scores.filter(({ userId }) => members.indexOf(userId) >= 0);
  return new Set(ofMembers.map(({ userId }) => userId)).size >= MIN_USERS ? ofMembers : scores;
}

export interface CompareOptions extends ScoreEngagementContext {
  /** Only events after this sequence become queries: neither release was trained on them. */
  readonly afterSequence: number;
  /** Number of engagements after it that may become queries; queries are spread evenly over them. */
  readonly engagementCount: number;
  readonly maxQueries: number;
  checkpoint(done: number, total: number): Promise<void>;
}

/**
 * Replays the log and scores both releases on the engagements in it, those of established people and few of each.
 * Before each query, both have counted the live events up to then, as when they are served.
 */
export async function compareReleases(
  earlier: LiveEngine,
  later: LiveEngine,
  options: CompareOptions,
): Promise<FullComparison> {
  const { log, afterSequence, engagementCount, maxQueries, checkpoint } = options;
  const releases = [earlier, later];
  const step = Math.max(1, engagementCount / maxQueries);
  const tally = createQueryTally();
  let next = 0;
  let engagements = 0;
  const from = Math.min(...releases.map(({ live }) => live.throughSequence()));
  for await (const each of readLog(log, from)) {
    if (each.event.sequence > afterSequence && engagements >= next && tally.scores.length < maxQueries) {
      if (await tally.ask(releases, each.event, options)) {
        next += step;
        await checkpoint(tally.scores.length, Math.min(engagementCount, maxQueries));
      }
    }
    const before = later.live.engagementCount();
    for (const { live } of releases) if (each.event.sequence > live.throughSequence()) live.apply(each);
    if (each.event.sequence > afterSequence && later.live.engagementCount() > before) engagements++;
  }
  const decisive = compareScores(decisiveScores(tally.scores, options.users), 0);
  return { ...compareScores(tally.scores, tally.leftOut()), decisive };
}

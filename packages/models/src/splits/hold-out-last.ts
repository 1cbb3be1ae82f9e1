import { MatineeError } from '@matinee/numerics';
import { alwaysAvailable } from './availability.ts';
import { selectInteractions } from './select-interactions.ts';
import type { EvaluationQuery, Fold, SplitInput } from './split.ts';
import { buildUserTimelines, countTiedTargets, historyBetween, type UserTimelines } from './user-timelines.ts';

/**
 * Holds out each user's last `targetCount` items for test and the `targetCount` before them for validation; the rest
 * trains. Interactions after the first test target are not trained on; histories end before the first target. A
 * user with too few items for both, or with nothing before the first validation target, only trains.
 *
 * @param maxHistory Maximum number of a user's interactions before the first test target, as history and for training.
 * 0 = no limit.
 */
export function holdOutLast(
  input: SplitInput,
  targetCount: number,
  hits: 'all' | 'positive',
  maxHistory = 0,
): { validation: Fold; test: Fold; counts: Record<string, number> } {
  const { interactions, itemCount } = input;
  const timelines = buildUserTimelines(input);
  const trainsValidation = new Uint8Array(interactions.count);
  const trainsTest = new Uint8Array(interactions.count);
  const validationQueries: EvaluationQuery[] = [];
  const testQueries: EvaluationQuery[] = [];
  let usersWithTooFew = 0;
  let neverUsed = 0;
  let forgotten = 0;
  for (let user = 0; user < timelines.userCount; user++) {
    const start = timelines.pointers[user];
    const end = timelines.pointers[user + 1];
    if (start === end) continue;
    const cuts = cutTimeline(timelines, user, { targetCount, hits, maxHistory });
    const { eligible, hasTarget, firstKept, validationStart, testStart } = cuts;
    forgotten += firstKept - start;
    for (let position = firstKept; position < testStart; position++) {
      const row = timelines.rows[position];
      trainsTest[row] = 1;
      if (position < validationStart) trainsValidation[row] = 1;
    }
    if (!hasTarget) {
      usersWithTooFew++;
      continue;
    }
    neverUsed += end - testStart - targetCount;
    const queryAt = (from: number, positions: number[]): EvaluationQuery => ({
      userIndex: user,
      history: historyBetween(timelines, firstKept, from),
      asOf: timelines.timestamps[from],
      targets: Int32Array.from(positions, (position) => timelines.itemIndices[position]),
    });
    validationQueries.push(queryAt(validationStart, eligible.slice(targetCount).reverse()));
    testQueries.push(queryAt(testStart, eligible.slice(0, targetCount).reverse()));
  }
  if (testQueries.length === 0) {
    throw new MatineeError(
      'EMPTY_SPLIT',
      `no user has ${2 * targetCount + 1} items to hold ${targetCount} out twice; lower the number of targets`,
    );
  }
  const availableFrom = alwaysAvailable(interactions, itemCount);
  const fold = (keep: Uint8Array, queries: EvaluationQuery[]): Fold => {
    const train = selectInteractions(interactions, keep);
    return { train, trainAsOf: train.timestamps.at(-1) ?? 0, queries, availableFrom };
  };
  const validation = fold(trainsValidation, validationQueries);
  const test = fold(trainsTest, testQueries);
  return {
    validation,
    test,
    counts: {
      interactions: interactions.count,
      'validation.trainInteractions': validation.train.count,
      'test.trainInteractions': test.train.count,
      usersWithTooFewItems: usersWithTooFew,
      interactionsAfterTheTargets: neverUsed,
      interactionsBeforeMaxHistory: forgotten,
      'validation.targetsTiedWithHistory': countTiedTargets(validationQueries),
      'test.targetsTiedWithHistory': countTiedTargets(testQueries),
    },
  };
}

/** Where a user's timeline is cut, as positions in it. */
interface TimelineCuts {
  /** Positions of possible targets, latest first; at most 2 · `targetCount`. */
  readonly eligible: readonly number[];
  /** Whether the user has enough of them, and something before the first. */
  readonly hasTarget: boolean;
  /** First position within `maxHistory`. */
  readonly firstKept: number;
  /** First validation target; the end of the timeline without one. */
  readonly validationStart: number;
  /** First test target; the end of the timeline without one. */
  readonly testStart: number;
}

function cutTimeline(
  timelines: UserTimelines,
  user: number,
  { targetCount, hits, maxHistory }: { targetCount: number; hits: 'all' | 'positive'; maxHistory: number },
): TimelineCuts {
  const start = timelines.pointers[user];
  const end = timelines.pointers[user + 1];
  const eligible: number[] = [];
  for (let position = end - 1; position >= start && eligible.length < 2 * targetCount; position--) {
    const isHit = hits === 'all' || timelines.labels[position] === 1;
    if (timelines.isFirst[position] === 1 && isHit) eligible.push(position);
  }
  const earliest = maxHistory > 0 ? Math.max(start, (eligible[targetCount - 1] ?? end) - maxHistory) : start;
  const hasTarget = eligible.length === 2 * targetCount && eligible[2 * targetCount - 1] > earliest;
  const testStart = hasTarget ? eligible[targetCount - 1] : end;
  const validationStart = hasTarget ? eligible[2 * targetCount - 1] : end;
  const firstKept = maxHistory > 0 ? Math.max(start, testStart - maxHistory) : start;
  return { eligible, hasTarget, firstKept, validationStart, testStart };
}

export const ACROSS_USERS_LEAK =
  'Leaky across users: a model trains on what other users did after the moment it is asked about, so popularity and co-occurrence know the future.';

export const TIE_NOTE =
  'Order and ties: by time, then by a hash of user and item. The order of the source file is not used: files are often sorted by id.';

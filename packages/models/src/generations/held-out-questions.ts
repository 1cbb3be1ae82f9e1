import type { Interactions } from '../data/interactions.ts';
import { firstInteractionTimes } from '../splits/availability.ts';
import { selectInteractions } from '../splits/select-interactions.ts';
import type { EvaluationQuery, Fold, SplitInput } from '../splits/split.ts';
import { buildUserTimelines, historyBefore, type UserTimelines } from '../splits/user-timelines.ts';

/** Queries taken of one user, evenly spread over what they did: a few heavy users must not decide for all. */
const QUERIES_PER_USER = 10;

/**
 * A validation fold inside training data, to learn a blend's weights on.
 *
 * `latest`: what happened in the last `share` of the interactions is asked about, everything before the cut trains.
 * `last-item`: every user's last item is asked about, the rest trains; for protocols that hold out last items.
 *
 * @returns `undefined` when no query or no training interaction is left (tiny data, or all at one moment).
 */
export function holdOutQuestions(input: SplitInput, how: 'latest' | 'last-item', share: number): Fold | undefined {
  const { interactions, itemCount } = input;
  const timelines = buildUserTimelines(input);
  const cut = interactions.timestamps[Math.min(interactions.count - 1, Math.floor(interactions.count * (1 - share)))];
  const heldOut = new Uint8Array(interactions.count);
  const queries: EvaluationQuery[] = [];
  for (let user = 0; user < timelines.userCount; user++) {
    const start = timelines.pointers[user];
    const end = timelines.pointers[user + 1];
    if (how === 'last-item') {
      const last = findLastTarget(timelines, start, end);
      if (last <= start) continue;
      for (let position = last; position < end; position++) heldOut[timelines.rows[position]] = 1;
      queries.push(askAt(timelines, user, last));
      continue;
    }
    const asked: number[] = [];
    for (let position = start; position < end; position++) {
      if (timelines.timestamps[position] < cut) continue;
      heldOut[timelines.rows[position]] = 1;
      if (isTarget(timelines, position)) asked.push(position);
    }
    const count = Math.min(QUERIES_PER_USER, asked.length);
    for (let query = 0; query < count; query++) {
      queries.push(askAt(timelines, user, asked[Math.floor(((query + 0.5) * asked.length) / count)]));
    }
  }
  const train = selectInteractions(
    interactions,
    heldOut.map((held) => 1 - held),
  );
  if (queries.length === 0 || !hasPositive(train)) return undefined;
  return {
    train,
    trainAsOf: train.timestamps[train.count - 1],
    queries,
    availableFrom:
      how === 'latest' ? firstInteractionTimes(interactions, itemCount) : new Float64Array(itemCount).fill(-Infinity),
  };
}

function askAt(timelines: UserTimelines, user: number, position: number): EvaluationQuery {
  return {
    userIndex: user,
    history: historyBefore(timelines, user, position),
    asOf: timelines.timestamps[position],
    targets: timelines.itemIndices.subarray(position, position + 1),
    ...(timelines.ratings && { targetRatings: timelines.ratings.subarray(position, position + 1) }),
  };
}

function findLastTarget(timelines: UserTimelines, start: number, end: number): number {
  for (let position = end - 1; position >= start; position--) if (isTarget(timelines, position)) return position;
  return -1;
}

/** Only what a user meets for the first time, and wanted, is what a recommender should have shown. */
function isTarget({ isFirst, weights }: UserTimelines, position: number): boolean {
  return isFirst[position] === 1 && weights[position] > 0;
}

function hasPositive({ weights }: Interactions): boolean {
  return weights.some((weight) => weight > 0);
}

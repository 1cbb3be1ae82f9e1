import type { Interactions } from '../data/interactions.ts';
import { alwaysAvailable, firstInteractionTimes } from '../splits/availability.ts';
import { selectInteractions } from '../splits/select-interactions.ts';
import type { EvaluationQuery, Fold, SplitInput } from '../splits/split.ts';
import { buildUserTimelines, historyBefore, type UserTimelines } from '../splits/user-timelines.ts';

/** Queries taken of one user, evenly spread over what they did: a few heavy users must not decide for all. */
const QUERIES_PER_USER = 30;

/** At most this share of what a user did is held out as their last items. */
const LAST_ITEMS_SHARE = 0.25;

/** Which interactions become held-out queries. */
export type HeldOutCut =
  /** What happened in the last `share` of the interactions; everything before the cut trains. */
  | { readonly cut: 'latest'; readonly share: number }
  /**
   * The last items of every user, up to `count`, each with the history before it; for protocols that hold out these.
   */
  | { readonly cut: 'last-items'; readonly count: number };

/**
 * A validation fold inside training data, to learn blend and ranker on.
 *
 * @returns `undefined` when no query or no training interaction is left (tiny data, or all at one moment).
 */
export function holdOutQueries(input: SplitInput, heldOut: HeldOutCut): Fold | undefined {
  const { interactions, itemCount } = input;
  const timelines = buildUserTimelines(input);
  const cut = heldOut.cut === 'latest' ? timeOfCut(interactions, heldOut.share) : 0;
  const isHeldOut = new Uint8Array(interactions.count);
  const queries: EvaluationQuery[] = [];
  for (let user = 0; user < timelines.userCount; user++) {
    const start = timelines.pointers[user];
    const end = timelines.pointers[user + 1];
    if (heldOut.cut === 'last-items') {
      const most = Math.max(1, Math.min(heldOut.count, Math.floor(LAST_ITEMS_SHARE * (end - start))));
      const lasts = findLastTargets(timelines, start, end, most);
      if (lasts.length === 0) continue;
      for (let position = lasts[0]; position < end; position++) isHeldOut[timelines.rows[position]] = 1;
      for (const position of lasts) queries.push(queryAt(timelines, user, position));
      continue;
    }
    const targets: number[] = [];
    for (let position = start; position < end; position++) {
      if (timelines.timestamps[position] < cut) continue;
      isHeldOut[timelines.rows[position]] = 1;
      if (isTarget(timelines, position)) targets.push(position);
    }
    const count = Math.min(QUERIES_PER_USER, targets.length);
    for (let query = 0; query < count; query++) {
      queries.push(queryAt(timelines, user, targets[Math.floor(((query + 0.5) * targets.length) / count)]));
    }
  }
  const train = selectInteractions(
    interactions,
    isHeldOut.map((held) => 1 - held),
  );
  if (queries.length === 0 || !hasPositive(train)) return undefined;
  return {
    train,
    trainAsOf: train.timestamps[train.count - 1],
    queries,
    availableFrom:
      heldOut.cut === 'latest'
        ? firstInteractionTimes(interactions, itemCount)
        : alwaysAvailable(interactions, itemCount),
  };
}

function queryAt(timelines: UserTimelines, user: number, position: number): EvaluationQuery {
  return {
    userIndex: user,
    history: historyBefore(timelines, user, position),
    asOf: timelines.timestamps[position],
    targets: timelines.itemIndices.subarray(position, position + 1),
    ...(timelines.ratings && { targetRatings: timelines.ratings.subarray(position, position + 1) }),
  };
}

/** Ascending; never the user's first interaction, which nothing comes before. */
function findLastTargets(timelines: UserTimelines, start: number, end: number, most: number): number[] {
  const found: number[] = [];
  for (let position = end - 1; position > start && found.length < most; position--) {
    if (isTarget(timelines, position)) found.push(position);
  }
  return found.reverse();
}

function timeOfCut({ count, timestamps }: Interactions, share: number): number {
  return timestamps[Math.min(count - 1, Math.floor(count * (1 - share)))];
}

/** Only what a user meets for the first time, and wanted, is what a recommender should have shown. */
function isTarget({ isFirst, weights }: UserTimelines, position: number): boolean {
  return isFirst[position] === 1 && weights[position] > 0;
}

function hasPositive({ weights }: Interactions): boolean {
  return weights.some((weight) => weight > 0);
}

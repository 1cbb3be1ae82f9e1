import type { ItemIndex, UserIndex } from '@matinee/models/data';
import { EMPTY_HISTORY, type History, weightOfFeedback } from '@matinee/models/data';
import type { RankingGoals } from '@matinee/models/ranking';
import type { RetrievalQuery } from '@matinee/models/retrieval';
import type { Engine } from '../engine/engine.ts';
import type { FeedbackState, ItemFeedback } from '../log/feedback-state.ts';
import { NO_REQUEST_RULES, type RequestRules } from '../rules/request-rules.ts';
import { findUnseeable, mayName } from '../rules/unseeable.ts';
import { NO_VIEWER_RULES, type ViewerRules } from '../rules/viewer-rules.ts';
import type { Exploration } from './exploration.ts';
import type { Failure } from './failure.ts';

/** What a request asks for, before anything is looked up. */
export interface RecommendInput {
  /** Index of a user of the data set; −1 for a visitor. */
  readonly userIndex: UserIndex;
  /** Everything the user has told us, folded. */
  readonly feedback: FeedbackState;
  /** The moment of the request, seconds since 1970. */
  readonly asOf: number;
  /** What this one answer must not contain, and what it is to prefer. */
  readonly rules?: RequestRules;
  /** Who looks: what their profile allows, and from where. */
  readonly viewer?: ViewerRules;
  /** Titles that were shown again and again and passed over; see `ports/event-log.ts`. */
  readonly fatigued?: readonly number[];
  /** On how many earlier days each title was shown lately, by item index: what the page lets sink. */
  readonly shownDays?: ReadonlyMap<number, number>;
  /** How much the answer is varied, 0 to 1: a list not at all, a page a little, where absent. */
  readonly diversity?: number;
  /** Places of the page that are drawn at random; none where absent. */
  readonly exploration?: Exploration;
  /** Whether each title is to come with what moved the ranker; costs about .1 ms a title. */
  readonly explainScore?: boolean;
  /** What could not be looked up for this request: the answer is made without it and reports it as degraded. */
  readonly failures?: readonly Failure[];
  /** What the list is to be good at beside what the user turns to; nothing where absent. */
  readonly goals?: RankingGoals;
}

/** A request after hydration: all that the stages behind it look at. */
export interface Query {
  readonly userIndex: UserIndex;
  /** The data set's part of the history. */
  readonly base: History;
  readonly feedback: FeedbackState;
  /** What the models are asked: base history with the live feedback folded in, oldest first. */
  readonly retrieval: RetrievalQuery;
  /** The same question with only the last few things the user turned to, and what they turned down. */
  readonly intent: RetrievalQuery;
  /** Item indices behind `intent` that the user turned to, newest first. */
  readonly intentItems: readonly number[];
  /** Genres of the titles that the history speaks for, as positions in the catalogue's genre names. */
  readonly tasteGenres: ReadonlySet<number>;
  readonly rules: RequestRules;
  readonly fatigued: readonly number[];
  /** Without what the user opened: they did not pass it over. */
  readonly shownDays: ReadonlyMap<number, number>;
  /** By item index: 0, or the code of the rule by which this viewer may not even be told of the title. */
  readonly unseeable: Uint8Array;
}

/** So many of the latest titles are "recent intent". */
const INTENT_LENGTH = 5;

/** Looks up the user's base history and folds the live feedback into it. */
export function hydrate(engine: Engine, input: RecommendInput): Query {
  const { userIndex, feedback, asOf, rules = NO_REQUEST_RULES, viewer = NO_VIEWER_RULES, fatigued = [] } = input;
  const base = userIndex >= 0 ? engine.histories.of(userIndex) : EMPTY_HISTORY;
  const live = liveHistory(engine, feedback);
  const history = mergeHistories(base, live, feedback);
  const intent = recentIntent(base, live);
  return {
    userIndex,
    base,
    feedback,
    retrieval: { history, asOf, userIndex },
    intent: { history: intent, asOf, userIndex },
    intentItems: Array.from(intent.itemIndices)
      .filter((_, position) => intent.weights[position]! > 0)
      .reverse(),
    tasteGenres: genresOf(engine, history),
    rules,
    fatigued,
    shownDays: withoutOpened(input.shownDays ?? new Map(), feedback),
    unseeable: findUnseeable(engine.facts, viewer, asOf),
  };
}

function withoutOpened(shownDays: ReadonlyMap<number, number>, { byItem }: FeedbackState): ReadonlyMap<number, number> {
  return new Map([...shownDays].filter(([itemIndex]) => byItem.get(itemIndex)?.clicked !== true));
}

function genresOf({ catalogue }: Engine, history: History): ReadonlySet<number> {
  const genres = new Set<number>();
  for (let position = 0; position < history.itemIndices.length; position++) {
    if (!(history.weights[position]! > 0)) continue;
    const ofItem = catalogue.genres[history.itemIndices[position]!]!;
    for (let at = 0; at < ofItem.length; at++) genres.add(ofItem[at]!);
  }
  return genres;
}

/**
 * Whether it is true of the user that they watched or liked the title, and the viewer may be told of it: what a "because
 * you watched" may name.
 */
export function hasWatched(query: Query, itemIndex: ItemIndex): boolean {
  if (!mayName(query, itemIndex)) return false;
  const { base, feedback } = query;
  const live = feedback.byItem.get(itemIndex);
  if (live?.taste === 'dislike') return false;
  if (live?.taste === 'like' || live?.watched === true) return true;
  const position = base.itemIndices.indexOf(itemIndex);
  return position >= 0 && base.weights[position]! > 0;
}

/**
 * The live part of a history: one entry a title, weighed by its strongest statement. Taste says more than having
 * watched, that more than a skip, a click least; so "watched, then disliked" counts against the title.
 */
function liveHistory(engine: Engine, feedback: FeedbackState): History {
  const entries: { itemIndex: ItemIndex; weight: number; atMs: number }[] = [];
  for (const [itemIndex, item] of feedback.byItem) {
    const weight = weightOfFeedback(strongestStatement(item), engine.rule);
    if (weight !== 0) entries.push({ itemIndex, weight, atMs: item.atMs });
  }
  return {
    itemIndices: Int32Array.from(entries, (entry) => entry.itemIndex),
    timestamps: Float64Array.from(entries, (entry) => entry.atMs / 1000),
    weights: Float32Array.from(entries, (entry) => entry.weight),
  };
}

function strongestStatement(item: ItemFeedback): 'like' | 'dislike' | 'watched' | 'skip' | 'click' {
  if (item.taste !== null) return item.taste;
  if (item.watched) return 'watched';
  return item.skipped ? 'skip' : 'click';
}

/** Base history, then the live one; a title the user has since spoken of leaves the base. A click takes nothing back. */
function mergeHistories(base: History, live: History, feedback: FeedbackState): History {
  if (live.itemIndices.length === 0) return base;
  const isReplaced = (itemIndex: ItemIndex): boolean => {
    const item = feedback.byItem.get(itemIndex);
    return item !== undefined && (item.taste !== null || item.watched || item.skipped);
  };
  const keptPositions = Array.from(base.itemIndices.keys()).filter(
    (position) => !isReplaced(base.itemIndices[position]!),
  );
  const lastBaseTime = base.timestamps.at(-1) ?? Number.NEGATIVE_INFINITY;
  return {
    itemIndices: Int32Array.from([...keptPositions.map((at) => base.itemIndices[at]!), ...live.itemIndices]),
    // Never before the data set's last event, even if that lies in the future: histories ascend.
    timestamps: Float64Array.from([
      ...keptPositions.map((at) => base.timestamps[at]!),
      ...live.timestamps.map((time) => Math.max(time, lastBaseTime)),
    ]),
    weights: Float32Array.from([...keptPositions.map((at) => base.weights[at]!), ...live.weights]),
    ...(base.ratings && {
      ratings: Float32Array.from([
        ...keptPositions.map((at) => base.ratings![at]!),
        ...Array.from(live.itemIndices, () => Number.NaN),
      ]),
    }),
  };
}

/**
 * The last {@link INTENT_LENGTH} titles the user turned to here, or in the data set while they have turned to none here,
 * together with everything they turned down here.
 */
function recentIntent(base: History, live: History): History {
  const turnedTo = positionsWhere(live, (weight) => weight > 0).slice(-INTENT_LENGTH);
  const turnedDown = positionsWhere(live, (weight) => weight < 0);
  const own = turnedTo.length > 0 ? { history: live, positions: turnedTo } : latestOf(base);
  const parts = [{ history: live, positions: turnedDown }, own];
  return {
    itemIndices: Int32Array.from(
      parts.flatMap(({ history, positions }) => positions.map((at) => history.itemIndices[at]!)),
    ),
    timestamps: Float64Array.from(
      parts.flatMap(({ history, positions }) => positions.map((at) => history.timestamps[at]!)),
    ),
    weights: Float32Array.from(parts.flatMap(({ history, positions }) => positions.map((at) => history.weights[at]!))),
  };
}

function latestOf(history: History): { history: History; positions: number[] } {
  return { history, positions: positionsWhere(history, (weight) => weight > 0).slice(-INTENT_LENGTH) };
}

function positionsWhere(history: History, test: (weight: number) => boolean): number[] {
  return Array.from(history.weights.keys()).filter((position) => test(history.weights[position]!));
}

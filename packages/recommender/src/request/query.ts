import type { ItemIndex, UserIndex } from '@matinee/models/data';
import { EMPTY_HISTORY, type History, weightOfFeedback } from '@matinee/models/data';
import type { RankingGoals } from '@matinee/models/ranking';
import type { RetrievalQuery } from '@matinee/models/retrieval';
import type { Engine } from '../engine/engine.ts';
import { tasteGenresAmong } from '../facts/genre-order.ts';
import type { FeedbackState, ItemFeedback } from '../log/feedback-state.ts';
import { NO_REQUEST_RULES, type RequestRules } from '../rules/request-rules.ts';
import { findUnseeable, mayName } from '../rules/unseeable.ts';
import { NO_VIEWER_RULES, type ViewerRules } from '../rules/viewer-rules.ts';
import type { Exploration } from './exploration.ts';
import type { Failure } from './failure.ts';

/** A request before hydration. */
export interface RecommendInput {
  /** Row of the user in the dataset; −1 for a visitor. */
  readonly userIndex: UserIndex;
  /** The user's feedback, folded. */
  readonly feedback: FeedbackState;
  /** Request time, seconds since 1970. */
  readonly asOf: number;
  /** What this answer must not contain, and what it prefers. */
  readonly rules?: RequestRules;
  /** What the viewer's profile and region allow. */
  readonly viewer?: ViewerRules;
  /** Item indices shown repeatedly and never opened; see `ports/event-log.ts`. */
  readonly fatigued?: readonly number[];
  /** Number of recent earlier days each item was shown on, by item index; the page moves these items down. */
  readonly shownDays?: ReadonlyMap<number, number>;
  /** Strength of diversification, 0 to 1; by default 0 for a list and `DEFAULT_DIVERSITY` for a page. */
  readonly diversity?: number;
  /** Places of the page filled at random; none by default. */
  readonly exploration?: Exploration;
  /** Whether each item comes with the features behind its score; costs about 0.1 ms per item. */
  readonly explainScore?: boolean;
  /** What could not be looked up for this request: the answer is made without it and reports it as degraded. */
  readonly failures?: readonly Failure[];
  /** Goals of the ranking beside engagement; none by default. */
  readonly goals?: RankingGoals;
}

/** A request after hydration: the input of all later stages. */
export interface Query {
  readonly userIndex: UserIndex;
  /** The dataset's part of the history. */
  readonly base: History;
  readonly feedback: FeedbackState;
  /**
   * The models' query: base history with the live feedback folded in, oldest first. Its times are on the clock of the
   * data, see `Engine.logGapAt`.
   */
  readonly retrieval: RetrievalQuery;
  /** The same query with only the latest positive events, and all negative ones. */
  readonly intent: RetrievalQuery;
  /** Item indices of the positive events in `intent`, newest first. */
  readonly intentItems: readonly number[];
  /** Whether the base history has an order: false where all its events are of one moment, as in data without times. */
  readonly isOrdered: boolean;
  /** Genres of the items with a positive weight in the history, as positions in the catalogue's genre names. */
  readonly tasteGenres: ReadonlySet<number>;
  readonly rules: RequestRules;
  readonly fatigued: readonly number[];
  /** As in the input, without items that the user opened. */
  readonly shownDays: ReadonlyMap<number, number>;
  /** By item index: 0, or the code of the rule that hides even the item's name from this viewer. */
  readonly unseeable: Uint8Array;
}

/** Number of the latest positive events that are "recent intent". */
const INTENT_LENGTH = 5;

/** Looks up the user's base history and folds the live feedback into it. */
export function hydrate(engine: Engine, input: RecommendInput): Query {
  const { userIndex, feedback, asOf, rules = NO_REQUEST_RULES, viewer = NO_VIEWER_RULES, fatigued = [] } = input;
  const base = userIndex >= 0 ? engine.histories.of(userIndex) : EMPTY_HISTORY;
  const logGap = engine.logGapAt(asOf);
  const moment = asOf - logGap;
  const live = liveHistory(engine, feedback, logGap);
  const history = mergeHistories(base, live, feedback);
  const isOrdered = hasOrder(base);
  const intent = recentIntent(isOrdered ? base : EMPTY_HISTORY, live);
  return {
    userIndex,
    base,
    feedback,
    retrieval: { history, asOf: moment, userIndex },
    intent: { history: intent, asOf: moment, userIndex },
    intentItems: Array.from(intent.itemIndices)
      .filter((_, position) => intent.weights[position]! > 0)
      .reverse(),
    isOrdered,
    tasteGenres: genresOf(engine, history),
    rules,
    fatigued,
    shownDays: withoutOpened(input.shownDays ?? new Map(), feedback),
    unseeable: findUnseeable(engine.facts, viewer, asOf),
  };
}

/** What happened at one moment has no latest part; a single event is its own. */
function hasOrder({ timestamps }: History): boolean {
  return timestamps.length < 2 || timestamps[0] !== timestamps[timestamps.length - 1];
}

function withoutOpened(shownDays: ReadonlyMap<number, number>, { byItem }: FeedbackState): ReadonlyMap<number, number> {
  return new Map([...shownDays].filter(([itemIndex]) => byItem.get(itemIndex)?.clicked !== true));
}

function genresOf({ catalogue }: Engine, history: History): ReadonlySet<number> {
  const genres = new Set<number>();
  const isTaste = tasteGenresAmong(catalogue.genreNames);
  for (let position = 0; position < history.itemIndices.length; position++) {
    if (!(history.weights[position]! > 0)) continue;
    const ofItem = catalogue.genres[history.itemIndices[position]!]!;
    for (let at = 0; at < ofItem.length; at++) {
      if (isTaste[ofItem[at]!] === 1) genres.add(ofItem[at]!);
    }
  }
  return genres;
}

/** Returns the items that the user has seen, watched or rated, liked or not. */
export function metItems({ base, feedback }: Query): ReadonlySet<ItemIndex> {
  const met = new Set<ItemIndex>(base.itemIndices);
  for (const [itemIndex, { watched, taste }] of feedback.byItem) if (watched || taste !== null) met.add(itemIndex);
  return met;
}

/**
 * Whether the user watched or liked the item and the viewer may see its name, so that "because you watched" may name
 * it.
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
 * Returns the live part of the history: one entry per item, weighted by its strongest feedback. Taste is stronger than
 * watched, watched than a skip, and a click is weakest; so "watched, then disliked" counts against the item.
 */
function liveHistory(engine: Engine, feedback: FeedbackState, logGap: number): History {
  const entries: { itemIndex: ItemIndex; weight: number; atMs: number }[] = [];
  for (const [itemIndex, item] of feedback.byItem) {
    const weight = weightOfFeedback(strongestFeedback(item), engine.rule, item.share);
    if (weight !== 0) entries.push({ itemIndex, weight, atMs: item.atMs });
  }
  return {
    itemIndices: Int32Array.from(entries, (entry) => entry.itemIndex),
    timestamps: Float64Array.from(entries, (entry) => entry.atMs / 1000 - logGap),
    weights: Float32Array.from(entries, (entry) => entry.weight),
  };
}

function strongestFeedback(item: ItemFeedback): 'like' | 'dislike' | 'watched' | 'skip' | 'click' {
  if (item.taste !== null) return item.taste;
  if (item.watched) return 'watched';
  return item.skipped ? 'skip' : 'click';
}

/** Appends live to base history; an item with newer feedback leaves the base, except after a mere click. */
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
    // Never before the dataset's last event, even if that is in the future: times in a history ascend.
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
 * Returns the last {@link INTENT_LENGTH} positive live events, and all negative ones. Without a positive live event,
 * the last positive ones of the dataset take their place.
 */
function recentIntent(base: History, live: History): History {
  const positive = positionsWhere(live, (weight) => weight > 0).slice(-INTENT_LENGTH);
  const negative = positionsWhere(live, (weight) => weight < 0);
  const own = positive.length > 0 ? { history: live, positions: positive } : latestOf(base);
  const parts = [{ history: live, positions: negative }, own];
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

import type { Random } from '@matinee/numerics';
import type { ModelArtifact } from '../artifacts/model-artifact.ts';
import type { Catalogue } from '../data/dataset.ts';
import type { History, Interactions } from '../data/interactions.ts';

/** What a model may learn from. `interactions` never reach past `asOf`. */
export interface TrainingData {
  readonly userCount: number;
  readonly items: Catalogue;
  readonly interactions: Interactions;
  /** The moment of training, seconds since 1970: recency is measured back from here. */
  readonly asOf: number;
}

/** What a fit may use of the outside world. */
export interface FitContext {
  readonly random: Random;
  /**
   * Called every so often by long fits: reports progress, lets the event loop breathe, and throws
   * `MatineeError('CANCELLED')` when the user has stopped the run.
   */
  checkpoint(done: number, total: number): Promise<void>;
}

/**
 * The question every retrieval model answers: given this history, at this moment, which items?
 * A history rather than a user id, so that a visitor who came a minute ago is served by the same code.
 */
export interface RetrievalQuery {
  readonly history: History;
  /** Seconds since 1970. */
  readonly asOf: number;
  /** Index of a user known at training time, −1 for anybody else. Only for leaving the user out of their own neighbours. */
  readonly userIndex: number;
}

/** Items with their scores, best first; ties by lower index. The arrays share one length. */
export interface ScoredItems {
  readonly itemIndices: Int32Array;
  readonly scores: Float32Array;
}

/** A history item that caused a score, with its part of it. */
export interface Seed {
  readonly itemIndex: number;
  readonly contribution: number;
}

/** What an explanation may say of an item beside its seeds. Every figure is counted, none is estimated. */
export interface Evidence {
  /** Positions in `Catalogue.genreNames`: genres of the item that the history is fond of, fondest first. */
  readonly genres?: readonly number[];
  /** How many of the people whose history resembles this one turned to the item. */
  readonly userCount?: number;
  /** Interactions of everybody with the item in the `withinDays` before the moment of training. */
  readonly interactionCount?: number;
  readonly withinDays?: number;
}

/**
 * A fitted model: immutable, holds no user state.
 *
 * It answers through promises, since a neural network's runtime does. It may be asked again before it has answered:
 * what it answers does not depend on what else is under way. `scores`, `excluded` and the arrays of the history belong
 * to the caller, who may reuse them once the promise has settled and not before; a model keeps none of them. A query
 * object stands for one question: another history comes in another object.
 */
export interface RetrievalModel {
  /** The family's name: `item-knn`, `popularity`, … */
  readonly kind: string;
  readonly itemCount: number;
  /**
   * Writes a score for every item into `scores` (length `itemCount`): higher is better, comparable within one call
   * only. NaN says "nothing known", and such an item is never retrieved. Seen items are scored like any other.
   */
  scoreAll(query: RetrievalQuery, scores: Float32Array): Promise<void>;
  /**
   * The `n` best items, at most. An item with `excluded[itemIndex] !== 0` or without a score is left out.
   */
  retrieve(query: RetrievalQuery, n: number, excluded?: Uint8Array): Promise<ScoredItems>;
  /**
   * The history items that raised `itemIndex`'s score, largest contribution first, at most `limit`. Empty where the
   * score does not come from single history items (popularity), or where nothing raised it.
   */
  seeds(query: RetrievalQuery, itemIndex: number, limit: number): Promise<readonly Seed[]>;
  /**
   * What else speaks for `itemIndex`; absent where a family has nothing beside seeds, empty where nothing was counted.
   */
  evidence?(query: RetrievalQuery, itemIndex: number): Evidence;
  /** Everything needed to load the model again; equal data, config and seed give equal bytes. */
  save(): ModelArtifact;
}

/** A kind of model: how to fit one and how to read one back. */
export interface RetrievalFamily<Config extends object> {
  readonly kind: string;
  readonly defaults: Config;
  /** @throws {MatineeError} `EMPTY_INTERACTIONS` when there is nothing to learn from; `BAD_CONFIG` names the field. */
  fit(data: TrainingData, config: Config, context: FitContext): Promise<RetrievalModel>;
  /** @throws {MatineeError} `BAD_ARTIFACT` when the artefact is of another kind, or its parts do not fit together. */
  load(artifact: ModelArtifact): Promise<RetrievalModel>;
}

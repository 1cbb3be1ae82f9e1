import type { Pause } from '@matinee/numerics';
import type { ModelArtifact } from '../artifacts/model-artifact.ts';
import type { Catalogue } from '../data/dataset.ts';
import type { ItemIndex, UserIndex } from '../data/indices.ts';
import type { History } from '../data/interactions.ts';
import type { FitContext, TrainingData } from '../training/fit-context.ts';
import type { FamilyTraits } from './family-traits.ts';

/**
 * A query for items: a history and a moment. It holds a history rather than a user id, so that the same code serves a
 * visitor who came a minute ago.
 */
export interface RetrievalQuery {
  readonly history: History;
  /** Seconds since 1970. */
  readonly asOf: number;
  /** Index of a user known at training time, −1 otherwise. Used only to leave users out of their own neighbours. */
  readonly userIndex: UserIndex;
}

/** Items with their scores, best first; ties by lower index. The arrays share one length. */
export interface ScoredItems {
  readonly itemIndices: Int32Array;
  readonly scores: Float32Array;
}

/** What was retrieved, and what the model says of anything else. */
export interface ScoredRetrieval {
  readonly items: ScoredItems;
  /** Writes the score of each of these items, NaN = nothing known, into `scores`, which is as long. */
  writeScores(itemIndices: Int32Array, scores: Float32Array): void;
}

/** The result where a query says nothing: no items, and of none a score. */
export const NOTHING_RETRIEVED: ScoredRetrieval = {
  items: { itemIndices: new Int32Array(0), scores: new Float32Array(0) },
  writeScores: (_, scores) => void scores.fill(Number.NaN),
};

/** A history item that caused a score, with its part of it. */
export interface Contributor {
  readonly itemIndex: ItemIndex;
  readonly contribution: number;
}

/** What an explanation may say of an item beside its contributors. Every figure is counted, none is estimated. */
export interface Evidence {
  /** Positions in `Catalogue.genreNames`: genres of the item that the history is fond of, fondest first. */
  readonly genres?: readonly number[];
  /** How many people with a similar history engaged with the item. */
  readonly userCount?: number;
  /** Interactions of everybody with the item in the `withinDays` before the moment of training. */
  readonly interactionCount?: number;
  readonly withinDays?: number;
}

/** One vector for each of some items. */
export interface ItemVectors {
  readonly width: number;
  /** Ascending. */
  readonly itemIndices: Int32Array;
  /** Row-major [itemIndices.length, width]. */
  readonly values: Float32Array;
}

/**
 * A fitted model: immutable, holds no user state.
 *
 * Methods return promises because neural network runtimes do. Calls may overlap: a result does not depend on other
 * calls under way. `scores`, `excluded` and the arrays of the history belong
 * to the caller, who may reuse them once the promise has settled and not before; a model keeps none of them. A query
 * object stands for one query: another history needs another object.
 */
export interface RetrievalModel {
  /** The family's name: `item-knn`, `popularity`, … */
  readonly kind: string;
  /** What the family declares about itself. */
  readonly traits: FamilyTraits;
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
   * As `retrieve`, with scores for whatever else is asked about then, and without scoring everything. Absent where
   * scoring everything is the way to find the best: see `retrieveWithScores`, which is what to call.
   */
  retrieveAndScore?(query: RetrievalQuery, n: number, excluded?: Uint8Array): Promise<ScoredRetrieval>;
  /**
   * The history items that raised `itemIndex`'s score, largest contribution first, at most `limit`. Empty where the
   * score does not come from single history items (popularity), or where nothing raised it.
   */
  contributors(query: RetrievalQuery, itemIndex: ItemIndex, limit: number): Promise<readonly Contributor[]>;
  /**
   * What else supports `itemIndex`. Absent where a family has only contributors; empty where nothing was counted.
   */
  evidence?(query: RetrievalQuery, itemIndex: ItemIndex): Evidence;
  /** Vectors of the items, where the family has them: for similar titles, for indices, for other programs. */
  readonly vectors?: ItemVectors;
  /** The vector of a history in the space of {@link vectors}; `undefined` where the history says nothing. */
  encode?(query: RetrievalQuery): Promise<Float32Array | undefined>;
  /**
   * The same model over a catalogue that has grown at its end, for families that score items without interactions.
   * Scores of the other items stay as they were. Absent: see `growModel`, which is what to call.
   *
   * @param items Begins with the catalogue that the model was fitted on.
   * @param pause Called between steps of a few milliseconds.
   */
  grow?(items: Catalogue, pause?: Pause): Promise<RetrievalModel>;
  /** Files for other runtimes by name, such as an ONNX network. */
  exports?(): Readonly<Record<string, Uint8Array>>;
  /** What the ONNX network of {@link exports} reads for a query, by input; undefined where the history says nothing. */
  exportedInputs?(query: RetrievalQuery): Readonly<Record<string, Int32Array | Float32Array>> | undefined;
  /** Everything needed to load the model again; equal data, config and seed give equal bytes. */
  save(): ModelArtifact;
}

/** A kind of model: how to fit one and how to read one back. */
export interface RetrievalFamily<Config extends object> {
  readonly kind: string;
  readonly defaults: Config;
  readonly traits: FamilyTraits;
  /**
   * @param config What differs from the defaults; checked field by field.
   * @throws {MatineeError} `EMPTY_INTERACTIONS` when there is nothing to learn from; `BAD_CONFIG` names the field.
   */
  fit(data: TrainingData, config: Partial<Config>, context: FitContext): Promise<RetrievalModel>;
  /** @throws {MatineeError} `BAD_ARTIFACT` when the artefact is of another kind, or its parts do not fit together. */
  load(artifact: ModelArtifact): Promise<RetrievalModel>;
}

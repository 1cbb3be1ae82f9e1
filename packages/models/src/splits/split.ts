import type { UserIndex } from '../data/indices.ts';
import type { History, Interactions } from '../data/interactions.ts';

/** One held-out query of the evaluation: which items did this user engage with next? */
export interface EvaluationQuery {
  readonly userIndex: UserIndex;
  /** The user's interactions before the query, earlier in time, or before it in the order of ties. */
  readonly history: History;
  /** Request time in seconds since 1970. */
  readonly asOf: number;
  /** Item indices that count as hits; at least one. */
  readonly targets: Int32Array;
  /** The user's rating of each target, NaN = not rated. A label for rankers, never a feature. */
  readonly targetRatings?: Float32Array;
}

/** Training interactions and the held-out queries to evaluate on. */
export interface Fold {
  readonly train: Interactions;
  /** The training time, seconds since 1970: nothing in `train` is later. */
  readonly trainAsOf: number;
  readonly queries: readonly EvaluationQuery[];
  /**
   * Time after which each item can be ranked, seconds since 1970, by item index: not at that time itself, because the
   * event that a query is about must not make its item known. +Infinity = never.
   */
  readonly availableFrom: Float64Array;
}

export type RecallOver = 'targets' | 'min-k-targets';

/** A protocol applied to data. The test fold's `train` is the validation fold's `train` plus the validation targets. */
export interface Split {
  readonly protocol: string;
  /** Raised when the same configuration would select other queries than before. */
  readonly protocolVersion: number;
  /** Protocol parameters, for the report. */
  readonly config: Readonly<Record<string, unknown>>;
  /**
   * The denominator of recall: all targets, or min(k, targets) as in Liang et al. (2018). They are equal when every
   * query has one target.
   */
  readonly recallOver: RecallOver;
  readonly validation: Fold;
  readonly test: Fold;
  /** One sentence for each piece of information that a model has here and a live system would not. Empty = none. */
  readonly leaks: readonly string[];
  /** Sentences and counts for the report: tie rule, users without history, cold targets. */
  readonly notes: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
}

/** The input of a protocol: the interactions of one data set, sorted by time. */
export interface SplitInput {
  readonly interactions: Interactions;
  readonly userCount: number;
  readonly itemCount: number;
}

/** A named way to split. Equal input and configuration give equal splits. */
export interface SplitProtocol<Config extends object> {
  readonly name: string;
  readonly version: number;
  readonly defaults: Config;
  /**
   * @param config Overrides of `defaults`; anything else is an error.
   * @throws {MatineeError} `BAD_CONFIG` for a field that is unknown or out of range; `EMPTY_SPLIT` when no query or no
   * training interaction is left.
   */
  split(input: SplitInput, config?: Partial<Config>): Split;
}

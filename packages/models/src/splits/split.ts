import type { UserIndex } from '../data/indices.ts';
import type { History, Interactions } from '../data/interactions.ts';

/** One question of the evaluation: what did this user turn to next, at this moment? */
export interface EvaluationQuery {
  readonly userIndex: UserIndex;
  /** All that was known of the user at `asOf`: strictly earlier in (timestamp, source row) order. */
  readonly history: History;
  /** Seconds since 1970: the moment at which the recommendation is made. */
  readonly asOf: number;
  /** Item indices that count as hits; at least one. */
  readonly targets: Int32Array;
  /** What the user then rated each target with, NaN = not at all: what a ranker learns liking from, never a feature. */
  readonly targetRatings?: Float32Array;
}

/** Fit on `train`, ask `queries`. */
export interface Fold {
  readonly train: Interactions;
  /** The moment of training: nothing in `train` is later. */
  readonly trainAsOf: number;
  readonly queries: readonly EvaluationQuery[];
  /** When each item came to exist, seconds since 1970, by item index: before it the item cannot be ranked. +Infinity = never. */
  readonly availableFrom: Float64Array;
}

export type RecallOver = 'targets' | 'min-k-targets';

/**
 * A protocol applied to data. The test fold's `train` is the validation fold's `train` plus what validation asked
 * about: the same code with other dates.
 */
export interface Split {
  readonly protocol: string;
  /** Raised when the same configuration would select other queries than before. */
  readonly protocolVersion: number;
  /** Protocol parameters, for the report. */
  readonly config: Readonly<Record<string, unknown>>;
  /**
   * What recall is divided by: all targets, or min(k, targets) as Liang et al. (2018) do. The two agree where every
   * query has one target.
   */
  readonly recallOver: RecallOver;
  readonly validation: Fold;
  readonly test: Fold;
  /** What a model may know here that a system in use could not: one sentence each. Empty = nothing. */
  readonly leaks: readonly string[];
  /** Sentences and counts for the report: tie rule, users without history, cold targets, what leaks. */
  readonly notes: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
}

/** What a protocol cuts up: the interactions of one data set, sorted by (timestamp, source row). */
export interface SplitInput {
  readonly interactions: Interactions;
  readonly userCount: number;
  readonly itemCount: number;
}

/** A named way to cut. Equal input and configuration give equal splits. */
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

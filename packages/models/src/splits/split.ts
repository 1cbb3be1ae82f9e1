import type { History, Interactions } from '../data/interactions.ts';

/** One question of the evaluation: what did this user turn to next, at this moment? */
export interface EvaluationQuery {
  readonly userIndex: number;
  /** All that was known of the user at `asOf`: strictly earlier in (timestamp, source row) order. */
  readonly history: History;
  /** Seconds since 1970: the moment at which the recommendation is made. */
  readonly asOf: number;
  /** Item indices that count as hits; at least one. */
  readonly targets: Int32Array;
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

/**
 * A protocol applied to data. The test fold's `train` is the validation fold's `train` plus what validation asked
 * about: the same code with other dates.
 */
export interface Split {
  readonly protocol: string;
  /** Protocol parameters, for the report. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly validation: Fold;
  readonly test: Fold;
  /** Sentences and counts for the report: tie rule, users without history, cold targets, what leaks. */
  readonly notes: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
}

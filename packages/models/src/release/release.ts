import type { NamedSource } from '../blend/blend.ts';
import type { ConfidenceRule } from '../data/confidence.ts';
import type { GenerationName } from '../generations/generation-config.ts';
import type { Ranking } from '../ranking/ranking.ts';

/** How a release came to be, for its manifest and for whoever reproduces it. Part of the release's hash. */
export interface TrainingRecord {
  /** The rule that gave the events their weights: live feedback must be weighed by the same one. */
  readonly confidence: ConfidenceRule;
  /** The complete configuration of the training, defaults filled in. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly seed: number;
  readonly counts: Readonly<Record<string, number>>;
  /** Measured while the weights were learned, on the fold they were learned on: not a test result. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** The part of a feedback log that a release was trained on, beside its data set. Part of the release's hash. */
export interface TrainedLog {
  /** Place in the log of the last event that counts. */
  readonly throughSequence: number;
  /** Events that were trained on: without impressions, undos and what was undone. */
  readonly eventCount: number;
  /** sha256 of these events, hex. */
  readonly hash: string;
}

/** Everything that answers requests: fitted models and how to combine them. Immutable; swapped as a whole. */
export interface Release {
  /** Content hash, so that equal data, config and seed give an equal version. */
  readonly version: string;
  readonly generation: GenerationName;
  readonly sources: readonly NamedSource[];
  /** Absent: the blended score ranks. */
  readonly ranking?: Ranking;
  /** Hash of the data set it was trained on: item indices mean nothing with another. */
  readonly datasetHash: string;
  /** Absent: trained on the data set alone. */
  readonly log?: TrainedLog;
  /** Seconds since 1970: nothing it learned from is later. */
  readonly trainedAsOf: number;
  /** Absent for a release that was put together by hand. */
  readonly training?: TrainingRecord;
}

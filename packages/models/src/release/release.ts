import type { ConfidenceRule } from '../data/confidence.ts';
import type { RetrievalModel } from '../retrieval/retrieval-model.ts';

/** A retrieval model under the name by which blending, traces and reports know it. */
export interface NamedSource {
  readonly name: string;
  readonly model: RetrievalModel;
  /** Weight in the blend, learned on validation; ≥ 0, all weights of a release sum to 1. */
  readonly weight: number;
}

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

/** Everything that answers requests: fitted models and how to combine them. Immutable; swapped as a whole. */
export interface Release {
  /** Content hash, so that equal data, config and seed give an equal version. */
  readonly version: string;
  readonly generation: 'v1';
  readonly sources: readonly NamedSource[];
  /** Hash of the data set it was trained on: item indices mean nothing with another. */
  readonly datasetHash: string;
  /** Seconds since 1970: nothing it learned from is later. */
  readonly trainedAsOf: number;
  /** Absent for a release that was put together by hand. */
  readonly training?: TrainingRecord;
}

import type { RetrievalModel } from '../retrieval/retrieval-model.ts';

/** A retrieval model under the name by which blending, traces and reports know it. */
export interface NamedSource {
  readonly name: string;
  readonly model: RetrievalModel;
  /** Weight in the blend, learned on validation; ≥ 0, all weights of a release sum to 1. */
  readonly weight: number;
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
}

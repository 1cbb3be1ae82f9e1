import type { RetrievalModel, ScoredItems, ScoredRetrieval } from '../retrieval/retrieval-model.ts';

/** A retrieval model with its name in blending, traces and reports. */
export interface NamedSource {
  readonly name: string;
  readonly model: RetrievalModel;
  /** Weight in the blend, learned on validation; ≥ 0, all weights of a release sum to 1. */
  readonly weight: number;
}

/** The candidates of one source, best first. */
export interface SourceCandidates {
  readonly name: string;
  readonly weight: number;
  readonly items: ScoredItems;
  /** Writes the source's scores of other items. If given, candidates of other sources have its score too. */
  readonly writeScores?: ScoredRetrieval['writeScores'];
}

/**
 * The union of all sources' candidates, with each source's rank and score. Columns of length `itemIndices.length`; the
 * per-source tables are row-major, [sourceCount × candidateCount], in the order of `sourceNames`.
 */
export interface BlendedCandidates {
  readonly sourceNames: readonly string[];
  /** Best first; ties by lower index. */
  readonly itemIndices: Int32Array;
  readonly scores: Float32Array;
  /** Rank in the source's list from 1; 0 = the source did not find it. */
  readonly ranks: Int32Array;
  /** The source's own score; NaN = the source has none (with `writeScores`), or did not find it (without). */
  readonly sourceScores: Float32Array;
  /** The source's contribution to `scores`; 0 = none. */
  readonly contributions: Float32Array;
}

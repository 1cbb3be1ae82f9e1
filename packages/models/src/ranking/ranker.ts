import type { ModelArtifact } from '../artifacts/model-artifact.ts';

/**
 * Weights of further ranking goals. Added to the score are weight × log of the probability that the user likes the item
 * given an engagement, weight × log of the probability of a rating above their own mean, and weight × rarity in bits.
 * Engagement itself always has weight 1.
 */
export interface RankingGoals {
  readonly liked: number;
  readonly satisfied: number;
  readonly novelty: number;
}

export const NO_FURTHER_GOALS: RankingGoals = { liked: 0, satisfied: 0, novelty: 0 };

/** One feature's contribution to a score. */
export interface FeatureContribution {
  readonly feature: string;
  readonly contribution: number;
}

/** A part of a ranker for other runtimes: its output, multiplied by the factor, is added to the score. */
interface RankerTerm {
  readonly file: string;
  readonly output: string;
  readonly factor: number;
}

/** A ranker's parts as ONNX. Each reads `features`, float32 [rows, features]. */
export interface RankerExports {
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** Their sum is the score without further goals. */
  readonly terms: readonly RankerTerm[];
}

/** A fitted ranker. Immutable; it reads features only, never ids of users or items. */
export interface Ranker {
  readonly kind: string;
  /** Hash of the feature schema it was fitted on. */
  readonly schemaHash: string;
  /**
   * Scores of candidates, higher is better; comparable within one call.
   *
   * @param values Row-major [rowCount, features].
   */
  score(values: Float32Array, rowCount: number, goals?: RankingGoals): Promise<Float32Array>;
  /**
   * The probability that the user's next engagement is with a candidate, from its score without further goals. A
   * query's candidates together have the probability that their sources found the next item at all.
   */
  probability(score: number, segment: string): number;
  /**
   * Contributions of features to the score of each of `rowCount` candidates, largest magnitude first, at most `limit`
   * each. Exact Shapley values of the trees; a network's part is not decomposed.
   */
  explain(values: Float32Array, rowCount: number, limit: number): readonly (readonly FeatureContribution[])[];
  /**
   * The base value of {@link explain}: with all contributions of a candidate it sums to the score without further
   * goals.
   */
  expectedScore(): number;
  /** Metrics on queries that it was not fitted on. */
  readonly metrics: Readonly<Record<string, number>>;
  /** The parts that predict engagement, for other runtimes. */
  exports(): RankerExports;
  save(): ModelArtifact;
}

import type { ModelArtifact } from '../artifacts/model-artifact.ts';

/**
 * What a list is to be good at, each with its weight: added to the score are weight × log of the chance that the user
 * likes the title should they turn to it, that they rate it above their own mean, and weight × its rarity in bits.
 * What the user turns to always counts 1.
 */
export interface RankingGoals {
  readonly liked: number;
  readonly satisfied: number;
  readonly novelty: number;
}

export const NO_FURTHER_GOALS: RankingGoals = { liked: 0, satisfied: 0, novelty: 0 };

/** One part of a score: a feature and what it added. */
export interface FeatureContribution {
  readonly feature: string;
  readonly contribution: number;
}

/** A fitted ranker: immutable, knows nothing of users or items but their features. */
export interface Ranker {
  readonly kind: string;
  /** Of the feature schema it was fitted on. */
  readonly schemaHash: string;
  /**
   * Scores of candidates, higher is better; comparable within one call.
   *
   * @param values Row-major [rowCount, features].
   */
  score(values: Float32Array, rowCount: number, goals?: RankingGoals): Promise<Float32Array>;
  /** The chance that the user turns to a candidate among those shown, from its score without further goals. */
  probability(score: number, segment: string): number;
  /**
   * What the features added to the score of each of `rowCount` candidates, largest magnitude first, at most `limit` each: exact
   * Shapley values of the trees; what a network added is not taken apart.
   */
  explain(values: Float32Array, rowCount: number, limit: number): readonly (readonly FeatureContribution[])[];
  /** What {@link explain} starts from: with all contributions of a candidate it sums to the score without further goals. */
  expectedScore(): number;
  /** What it measured of itself on queries it was not fitted on. */
  readonly metrics: Readonly<Record<string, number>>;
  save(): ModelArtifact;
}

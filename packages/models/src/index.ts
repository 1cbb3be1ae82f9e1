export type { ArtifactArray, ModelArtifact } from './artifacts/model-artifact.ts';
export type { BlendedCandidates, SourceCandidates } from './blend/blend.ts';
export {
  type BuiltInteractions,
  buildInteractions,
  CONFIDENCE_PRESETS,
  type ConfidenceOverrides,
  type ConfidenceRule,
  DEFAULT_CONFIDENCE_RULE,
  parseConfidenceRule,
  type WeighedFeedback,
  weightOfFeedback,
} from './data/confidence.ts';
export type { Catalogue, Dataset, EventTable, EventType } from './data/dataset.ts';
export { EVENT_TYPES } from './data/dataset.ts';
export { groupByUser, type UserHistories } from './data/histories.ts';
export type { History, Interactions } from './data/interactions.ts';
export { EMPTY_HISTORY } from './data/interactions.ts';
export { createVocabulary, type Vocabulary } from './data/vocabulary.ts';
export type { NamedSource, Release } from './release/release.ts';
export type {
  FitContext,
  RetrievalFamily,
  RetrievalModel,
  RetrievalQuery,
  ScoredItems,
  Seed,
  TrainingData,
} from './retrieval/retrieval-model.ts';
export type { EvaluationQuery, Fold, Split } from './splits/split.ts';

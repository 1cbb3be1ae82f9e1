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
export {
  type Bootstrap,
  type BootstrapConfig,
  bootstrapUsers,
  type Estimate,
  type PairedDifference,
  pairedDifference,
} from './evaluation/bootstrap.ts';
export { checkFold, checkSplit } from './evaluation/check-fold.ts';
export {
  type EvaluateOptions,
  type Evaluation,
  evaluate,
  evaluateRankings,
  type SegmentResult,
  type ViewResult,
} from './evaluation/evaluate.ts';
export {
  coverage,
  gini,
  intraListDiversity,
  itemNovelty,
  miscalibration,
  popularityLift,
} from './evaluation/list-metrics.ts';
export { ACCURACY_METRICS, CUTOFFS } from './evaluation/measure.ts';
export { auc, expectedCalibrationError, logLoss, normalisedEntropy } from './evaluation/probability-metrics.ts';
export { type DenseScorer, type ListScorer, type Rankings, rankFold, type Scorer } from './evaluation/rank-fold.ts';
export {
  averagePrecisionAtK,
  hitRateAtK,
  ndcgAtK,
  precisionAtK,
  recallAtK,
  reciprocalRankAtK,
} from './evaluation/ranking-metrics.ts';
export type { NamedSource, Release } from './release/release.ts';
export type {
  Evidence,
  FitContext,
  RetrievalFamily,
  RetrievalModel,
  RetrievalQuery,
  ScoredItems,
  Seed,
  TrainingData,
} from './retrieval/retrieval-model.ts';
export { createSplit, PROTOCOLS, type ProtocolName } from './splits/protocols.ts';
export { filterInteractions, type InteractionFilter } from './splits/select-interactions.ts';
export type { EvaluationQuery, Fold, RecallOver, Split, SplitInput, SplitProtocol } from './splits/split.ts';

export { decodeArtifact, encodeArtifact, sortedJson } from './artifacts/artifact-bytes.ts';
export type { ArtifactArray, ModelArtifact } from './artifacts/model-artifact.ts';
export type { BlendedCandidates, NamedSource, SourceCandidates } from './blend/blend.ts';
export { blendCandidates } from './blend/blend-candidates.ts';
export { retrieveWithScores } from './blend/collect-candidates.ts';
export type { BlendWeights } from './blend/fit-blend-weights.ts';
export {
  type CandidateHit,
  type CandidateRecall,
  measureCandidateRecall,
  recallCutoffs,
} from './candidates/candidate-recall.ts';
export { type CandidateRow, createCandidateFinder } from './candidates/find-candidates.ts';
export { fitCandidateSources } from './candidates/fit-candidate-sources.ts';
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
export { growCatalogue, growDataset, type NewItem } from './data/grow-catalogue.ts';
export { groupByUser, type UserHistories } from './data/histories.ts';
export type { History, Interactions } from './data/interactions.ts';
export { EMPTY_HISTORY } from './data/interactions.ts';
export { parseTitleWithYear, type TitleWithYear } from './data/title-with-year.ts';
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
  genreShares,
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
export { rerankRankings } from './evaluation/rerank-rankings.ts';
export { USER_SEGMENTS, userSegmentOf } from './evaluation/segments.ts';
export {
  createFeatureSchema,
  FEATURE_GROUPS,
  type FeatureGroup,
  type FeatureSchema,
} from './features/feature-schema.ts';
export { buildItemActivity, type ItemActivity, withLaterEvents } from './features/item-activity.ts';
export { addLater, removeLater } from './features/later-activity.ts';
export { type FittedGeneration, fitGeneration } from './generations/fit-generation.ts';
export {
  GENERATION_DEFAULTS,
  GENERATION_NAMES,
  type GenerationConfig,
  type GenerationName,
  presetOf,
} from './generations/generation-config.ts';
export type { GenerationModel } from './generations/generation-model.ts';
export { findModelFamily, MODEL_FAMILIES } from './generations/model-families.ts';
export type { StageCache, StageContext, StageReporter, StageResult } from './generations/stages.ts';
export { fitDeepRanker } from './ranking/deep-ranker.ts';
export type { FeatureContribution, Ranker, RankingGoals } from './ranking/ranker.ts';
export { NO_FURTHER_GOALS } from './ranking/ranker.ts';
export { type Ranking, rankPool } from './ranking/ranking.ts';
export type { RankingTable } from './ranking/ranking-table.ts';
export { growRelease } from './release/grow-release.ts';
export { vectorsToIndex, withIndices } from './release/index-release.ts';
export { type RefreshData, refreshRelease } from './release/refresh-release.ts';
export type { Release, TrainedLog, TrainingRecord } from './release/release.ts';
export {
  assembleRelease,
  type Digest,
  describeRelease,
  digestText,
  type ReleaseHeader,
  type ReleaseSourcePart,
  versionOf,
} from './release/release-parts.ts';
export {
  type TrainReleaseConfig,
  type TrainReleaseContext,
  trainingKey,
  trainRelease,
} from './release/train-release.ts';
export { type DiversityPoint, measureDiversity } from './report/diversity-curve.ts';
export {
  createReport,
  type EvaluationReport,
  type EvaluationSetting,
  type ModelUnderTest,
} from './report/evaluation-report.ts';
export { formatGenerations } from './report/format-generations.ts';
export { formatReport } from './report/format-table.ts';
export { generationsCharts } from './report/generations-charts.ts';
export { writeGenerationsHtml } from './report/generations-html.ts';
export {
  type AblatedModel,
  compareGenerations,
  type GenerationsReport,
  type StageCost,
} from './report/generations-report.ts';
export { drawLineChart, type LineChart } from './report/line-chart.ts';
export { writeListsCsv } from './report/lists-csv.ts';
export { writeMetricsCsv } from './report/metrics-csv.ts';
export { reportCharts } from './report/report-charts.ts';
export { writeReportHtml } from './report/report-html.ts';
export type {
  Contributor,
  Evidence,
  FitContext,
  FitProgress,
  ItemVectors,
  RetrievalFamily,
  RetrievalModel,
  RetrievalQuery,
  ScoredItems,
  SnapshotStore,
  TrainingData,
  WarmStart,
} from './retrieval/retrieval-model.ts';
export { createItemSpace, type ItemSpace } from './slate/item-space.ts';
export { RERANK_REASONS, type RerankOptions, type RerankReason, rerank } from './slate/rerank.ts';
export { createSplit, PROTOCOLS, type ProtocolName } from './splits/protocols.ts';
export { filterInteractions, type InteractionFilter } from './splits/select-interactions.ts';
export type { EvaluationQuery, Fold, RecallOver, Split, SplitInput, SplitProtocol } from './splits/split.ts';
export { readField, type Scalar, withFields } from './tuning/config-fields.ts';
export { DEFAULT_SPACES } from './tuning/default-spaces.ts';
export { compareTrials, estimateTrial, measureTrial, TUNING_METRICS } from './tuning/measure-trial.ts';
export {
  epochStepsOf,
  proposeTrial,
  type TrialPlan,
  type TriedTrial,
  type TuningPlan,
  valuesOfDefaults,
} from './tuning/propose-trial.ts';
export { parseSearchSpace, type SearchSpace } from './tuning/search-space.ts';
export { type ValidationSplit, withoutTest } from './tuning/validation-split.ts';
export { chooseIndexKind } from './vectors/choose-index-kind.ts';
export { createExactIndex, exactIndexFactory, rankExactly, searchExactly } from './vectors/exact-index.ts';
export { decodeVectorIndex, encodeVectorIndex } from './vectors/index-bytes.ts';
export { measureRecall, sampleVectors } from './vectors/measure-recall.ts';
export { orderByNeighbourhood } from './vectors/neighbourhoods.ts';
export { indexUsers, similarItems } from './vectors/similar.ts';
export type {
  LoadedVectorIndex,
  VectorIndex,
  VectorIndexFactory,
  VectorIndexKind,
  VectorTable,
} from './vectors/vector-index.ts';
export { createVectorStore, requireVector, type VectorStore } from './vectors/vector-store.ts';

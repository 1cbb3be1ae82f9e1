export {
  type Bootstrap,
  type BootstrapConfig,
  bootstrapUsers,
  type Estimate,
  type PairedDifference,
  pairedDifference,
} from './bootstrap.ts';
export { checkFold, checkSplit } from './check-fold.ts';
export {
  type CutLists,
  type EvaluateOptions,
  type Evaluation,
  evaluate,
  evaluateCuts,
  evaluateRankings,
  type SegmentResult,
  type ViewResult,
} from './evaluate.ts';
export {
  coverage,
  genreShares,
  gini,
  intraListDiversity,
  itemNovelty,
  miscalibration,
  popularityLift,
} from './list-metrics.ts';
export { ACCURACY_METRICS, CUTOFFS } from './measure.ts';
export { auc, expectedCalibrationError, logLoss, normalisedEntropy } from './probability-metrics.ts';
export { type DenseScorer, type ListScorer, type Rankings, rankFold, type Scorer } from './rank-fold.ts';
export {
  averagePrecisionAtK,
  hitRateAtK,
  ndcgAtK,
  precisionAtK,
  recallAtK,
  reciprocalRankAtK,
} from './ranking-metrics.ts';
export { rerankRankings } from './rerank-rankings.ts';
export { USER_SEGMENTS, userSegmentOf } from './segments.ts';

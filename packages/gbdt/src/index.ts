export { type FeatureMatrix, featureMatrixFromColumns, type TrainingSet } from './feature-matrix.ts';
export { type FitContext, type FitProgress, fitGbdt } from './fit-gbdt.ts';
export type { GbdtConfig, Objective } from './gbdt-config.ts';
export { type GbdtModel, type TreeNodes, treeCountOf } from './gbdt-model.ts';
export { combineRankingGoals, ndcgAtK, type RankingGoal } from './lambdamart.ts';
export { predictRow, probabilities } from './predict.ts';
export { createPredictor, type Predictor, predict } from './predictor.ts';
export { openThreadPool, type ThreadPool } from './thread-pool.ts';

export { type FeatureMatrix, featureMatrixFromColumns, type TrainingSet } from './features/feature-matrix.ts';
export { loadGbdtModel, saveGbdtModel } from './io/model-file.ts';
export { exportOnnx } from './io/onnx-export.ts';
export { importXgboostModel } from './io/xgboost-import.ts';
export { openThreadPool, type ThreadPool } from './kernels/thread-pool.ts';
export { firstTrees } from './model/first-trees.ts';
export type { GbdtConfig, Objective } from './model/gbdt-config.ts';
export { type GbdtModel, type TreeNodes, treeCountOf } from './model/gbdt-model.ts';
export { combineRankingGoals, ndcgAtK, type RankingGoal } from './objectives/lambdamart.ts';
export {
  type Calibration,
  type CalibrationConfig,
  type CalibrationSet,
  type Calibrator,
  calibrate,
  fitCalibration,
} from './prediction/calibration.ts';
export { type FeatureImportance, featureImportance } from './prediction/importance.ts';
export { predictRow, probabilities } from './prediction/predict.ts';
export { createPredictor, type Predictor, predict } from './prediction/predictor.ts';
export { createExplainer, type Explainer } from './prediction/tree-shap.ts';
export { type FitContext, type FitProgress, fitGbdt } from './training/fit-gbdt.ts';

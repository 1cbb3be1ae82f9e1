export {
  type Calibration,
  type CalibrationConfig,
  type CalibrationSet,
  type Calibrator,
  calibrate,
  fitCalibration,
} from './calibration.ts';
export { type FeatureMatrix, featureMatrixFromColumns, type TrainingSet } from './feature-matrix.ts';
export { type FitContext, type FitProgress, fitGbdt } from './fit-gbdt.ts';
export type { GbdtConfig, Objective } from './gbdt-config.ts';
export { type GbdtModel, type TreeNodes, treeCountOf } from './gbdt-model.ts';
export { type FeatureImportance, featureImportance } from './importance.ts';
export { combineRankingGoals, ndcgAtK, type RankingGoal } from './lambdamart.ts';
export { loadGbdtModel, saveGbdtModel } from './model-file.ts';
export { exportOnnx } from './onnx-export.ts';
export { predictRow, probabilities } from './predict.ts';
export { createPredictor, type Predictor, predict } from './predictor.ts';
export { openThreadPool, type ThreadPool } from './thread-pool.ts';
export { createExplainer, type Explainer } from './tree-shap.ts';
export { importXgboostModel } from './xgboost-import.ts';

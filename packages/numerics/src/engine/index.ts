export { encodeCheckpoint, restoreCheckpoint } from './checkpoint.ts';
export { createEvaluation, type Evaluation } from './evaluation.ts';
export { exportInference } from './export.ts';
export { gradient } from './gradient.ts';
export {
  constant,
  createGraph,
  filled,
  type Graph,
  type Initializer,
  input,
  parameter,
  type Shape,
  scalar,
  type Tensor,
} from './graph/graph.ts';
export type { DataType } from './graph/onnx-encoding.ts';
export { constantFill, normalFill, truncatedNormalFill, uniformFill, xavierUniformFill } from './initializer.ts';
export * from './operators/index.ts';
export type { AdamConfig } from './optimizer.ts';
export {
  assignParameterValues,
  copyParameterValues,
  createParameters,
  type NamedTensor,
  type ParameterState,
  viewParameter,
} from './parameters.ts';
export { decodeSafetensors, encodeSafetensors, type TensorFile } from './safetensors.ts';
export { learningRateAt, type ScheduleConfig } from './schedule.ts';
export {
  createSession,
  type Feeds,
  SERVING_SESSION,
  type Session,
  type SessionOptions,
  type TensorData,
} from './session.ts';
export { createTrainStep, type TrainStep, type TrainStepConfig, type TrainStepResult } from './train-step.ts';
export {
  runTrainingLoop,
  type TrainingBatch,
  type TrainingLoopConfig,
  type TrainingProgress,
} from './training-loop.ts';

export { readField, type Scalar, withFields } from './config-fields.ts';
export { DEFAULT_SPACES } from './default-spaces.ts';
export { compareTrials, estimateTrial, measureTrial, TUNING_METRICS } from './measure-trial.ts';
export {
  epochStepsOf,
  proposeTrial,
  type TrialPlan,
  type TriedTrial,
  type TuningPlan,
  valuesOfDefaults,
} from './propose-trial.ts';
export { parseSearchSpace, type SearchSpace } from './search-space.ts';
export { type ValidationSplit, withoutTest } from './validation-split.ts';

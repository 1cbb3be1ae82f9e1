export { type FittedGeneration, fitGeneration } from './fit-generation.ts';
export {
  GENERATION_DEFAULTS,
  GENERATION_NAMES,
  type GenerationConfig,
  type GenerationName,
} from './generation-config.ts';
export type { GenerationModel } from './generation-model.ts';
export type { LeftOutPart } from './left-out.ts';
export type { HeldOutUsers } from './measure-held-out.ts';
export { findModelFamily, MODEL_FAMILIES } from './model-families.ts';
export { type GenerationCircumstances, LARGE_DATA, resolveGeneration } from './resolve-generation.ts';
export type { StageCache, StageContext, StageReporter, StageResult } from './stages.ts';

export { compareHeldOut, estimateHeldOut, type HeldOutComparison, type HeldOutQuality } from './compare-held-out.ts';
export { growRelease } from './grow-release.ts';
export { vectorsToIndex, withIndices } from './index-release.ts';
export { earlierContent, requireSameData } from './learned-from.ts';
export { type RefreshData, refreshRelease } from './refresh-release.ts';
export type { LearnedFrom, LeftOutOfTraining, LogWindow, Release, TrainedLog, TrainingRecord } from './release.ts';
export {
  assembleRelease,
  type Digest,
  digestText,
  disassembleRelease,
  type ReleaseHeader,
  type ReleaseSourcePart,
  versionOf,
} from './release-parts.ts';
export {
  servingKey,
  type TrainingIdentity,
  type TrainReleaseConfig,
  type TrainReleaseContext,
  trainingKey,
  trainRelease,
} from './train-release.ts';

export type { FitContext, FitProgress, SnapshotStore, TrainingData, WarmStart } from './fit-context.ts';
export { plainContext } from './plain-context.ts';
export { trainingDataOf } from './training-data-of.ts';

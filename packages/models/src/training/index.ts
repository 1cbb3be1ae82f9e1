export type { FitContext, FitProgress, SnapshotStore, TrainingData, WarmStart } from './fit-context.ts';

/** The names that a first program needs. Every folder has a door of its own: `@matinee/models/retrieval`, `/evaluation`, … */
export { decodeArtifact, encodeArtifact, type ModelArtifact } from './artifacts/index.ts';
export {
  buildInteractions,
  type Catalogue,
  createVocabulary,
  type Dataset,
  datasetFromRows,
  type EventRow,
  type History,
  type Interactions,
  type ItemRow,
} from './data/index.ts';
export { evaluate, type ListScorer } from './evaluation/index.ts';
export { findModelFamily, fitGeneration, GENERATION_NAMES, type GenerationName } from './generations/index.ts';
export { type Release, refreshRelease, trainRelease } from './release/index.ts';
export { createReport, formatReport } from './report/index.ts';
export type { RetrievalFamily, RetrievalModel, RetrievalQuery, ScoredItems } from './retrieval/index.ts';
export { createSplit, type Fold, type Split } from './splits/index.ts';
export { type FitContext, plainContext, type TrainingData, trainingDataOf } from './training/index.ts';

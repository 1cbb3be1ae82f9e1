export { type CandidateHit, type CandidateRecall, measureCandidateRecall, recallCutoffs } from './candidate-recall.ts';
export { type CandidateRow, createCandidateFinder } from './find-candidates.ts';
export { fitCandidateSources } from './fit-candidate-sources.ts';

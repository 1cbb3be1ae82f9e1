export type { BlendedCandidates, NamedSource, SourceCandidates } from './blend.ts';
export { blendCandidates } from './blend-candidates.ts';
export { retrieveWithScores } from './collect-candidates.ts';
export type { BlendWeights } from './fit-blend-weights.ts';

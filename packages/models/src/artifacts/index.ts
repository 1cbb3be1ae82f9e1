export { decodeArtifact, encodeArtifact, sortedJson } from './artifact-bytes.ts';
export type { ArtifactArray, ModelArtifact } from './model-artifact.ts';

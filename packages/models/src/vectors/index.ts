export { chooseIndexKind } from './choose-index-kind.ts';
export { createExactIndex, exactIndexFactory, rankExactly, searchExactly } from './exact-index.ts';
export { decodeVectorIndex, encodeVectorIndex } from './index-bytes.ts';
export { measureRecall, sampleVectors } from './measure-recall.ts';
export { orderByNeighbourhood } from './neighbourhoods.ts';
export { indexUsers, similarItems } from './similar.ts';
export type {
  LoadedVectorIndex,
  VectorIndex,
  VectorIndexFactory,
  VectorIndexKind,
  VectorTable,
} from './vector-index.ts';
export { createVectorStore, requireVector, type VectorStore } from './vector-store.ts';

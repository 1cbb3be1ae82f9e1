export { createItemSpace, type ItemSpace } from './item-space.ts';
export { RERANK_REASONS, type RerankOptions, type RerankReason, rerank } from './rerank.ts';

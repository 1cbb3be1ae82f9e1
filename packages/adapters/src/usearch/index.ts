export { createHnswFactory, type HnswOptions } from './hnsw-index.ts';

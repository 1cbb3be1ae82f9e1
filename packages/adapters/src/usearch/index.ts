export { createHnswFactory, type HnswOptions } from './hnsw-index.ts';
export { writeUsearchFile } from './write-usearch-file.ts';

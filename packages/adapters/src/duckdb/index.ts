export type { DataSource } from './data-source.ts';
export { type DatasetManifest, readManifest, type ValidationReport } from './dataset-manifest.ts';
export { detectSource } from './detect-source.ts';
export { loadFilmFacts } from './film-facts-file.ts';
export { loadDataset } from './load-dataset.ts';
export { type PreparedDataset, type PrepareOptions, prepareDataset } from './prepare-dataset.ts';

export { type Addition, type AppendedDataset, appendToDataset } from './append-to-dataset.ts';
export {
  type CandidateTableContext,
  type CandidateTableSummary,
  type CandidateTableWriter,
  openCandidateTable,
} from './candidate-table.ts';
export type { DataSource } from './data-source.ts';
export { type DatasetManifest, readManifest, type ValidationReport } from './dataset-manifest.ts';
export { detectSource } from './detect-source.ts';
export { loadItemFacts } from './item-facts-file.ts';
export { type ListRow, type ListTableWriter, openListTable } from './list-table.ts';
export { loadDataset } from './load-dataset.ts';
export { type DuckDb, openDuckDb, sqlText } from './open-duckdb.ts';
export type { TableFormat } from './part-table.ts';
export { isMovedAside, recoverDataset } from './place-dataset.ts';
export { type PreparedDataset, type PrepareOptions, prepareDataset } from './prepare-dataset.ts';
export { type MappingProposal, proposeMapping } from './propose-mapping.ts';
export { type VectorRow, writeVectors } from './write-vectors.ts';

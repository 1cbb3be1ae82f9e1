export type { FileContent } from '../disk/durable.ts';
export { partialName, removeDeadPartials } from '../disk/partial.ts';
export { openSecretFile } from '../disk/secret-file.ts';
export { type DownloadOptions, downloadFile } from './download.ts';
export { type JsonLines, openJsonLines } from './json-lines.ts';
export {
  findRelease,
  latestOfGeneration,
  listReleases,
  loadRelease,
  type ReleaseNotes,
  saveRelease,
  sha256,
  useRelease,
} from './release-store.ts';
export { renderPng } from './render-png.ts';
export { writeReportFiles } from './report-writer.ts';
export { openSealedFile, type SealedFile } from './sealed-file.ts';
export { openSnapshotFile, type SnapshotFile } from './snapshot-file.ts';
export { openFileStageCache } from './stage-cache.ts';
export { unpackZip } from './unpack-zip.ts';

/** Runs as a separate process: loads the current release of a folder with its graphs, and searches each of them. */
import { loadRelease } from '@matinee/adapters/files';
import { historyOf } from '@matinee/models/testing';
import { createProgress } from '../../terminal/progress.ts';
import { openIndices } from '../open-indices.ts';
import { openWorkspace } from '../workspace.ts';

const [folder = ''] = process.argv.slice(2);
const progress = createProgress({ json: false, stream: process.stdout, signal: new AbortController().signal });
const workspace = openWorkspace(folder);
const release = await openIndices(await loadRelease(folder), { folder, workspace, progress, kindFor: () => 'hnsw' });
for (const { model } of release.sources) {
  await model.retrieve({ history: historyOf([0, 2]), asOf: 3_000_000, userIndex: -1 }, 6);
}

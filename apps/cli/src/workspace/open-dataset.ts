import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  detectSource,
  isMovedAside,
  loadDataset,
  type PreparedDataset,
  prepareDataset,
  recoverDataset,
} from '@matinee/adapters/duckdb';
import type { Dataset } from '@matinee/models/data';
import { MatineeError } from '@matinee/numerics';
import type { Progress } from '../terminal/progress.ts';
import { lockForPreparing, lockForReading } from './locks.ts';
import { checkName, isNameOf, nameOfSource, recordName } from './source-of-name.ts';
import { makeHome, type Workspace } from './workspace.ts';

export interface OpenDatasetOptions {
  readonly workspace: Workspace;
  /** A folder of source files, or the name of a prepared data set; default: the bundled MovieLens set. */
  readonly data: string | undefined;
  /** Name of the prepared data set; default: the source folder's name. */
  readonly name?: string | undefined;
  /** Whether the name is taken over if it belongs to another folder. */
  readonly replaces?: boolean | undefined;
  /** Whether a data set is prepared again without the appended files that are gone; otherwise that is refused. */
  readonly leavesOutMissing?: boolean | undefined;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** The MovieLens set in the repository; the same from `src` and from `dist`. */
export const BUNDLED_DATA = fileURLToPath(new URL('../../../../data/movielens-small', import.meta.url));

/** Loads the data set, and prepares it first if it is new or its source has changed. */
export async function openDataset(options: OpenDatasetOptions): Promise<Dataset> {
  const { workspace, data, progress, signal } = options;
  const prepared = data !== undefined && !existsSync(data) ? path.join(workspace.datasets, data) : undefined;
  if (prepared !== undefined && isMovedAside(prepared)) {
    const unlock = await lockForPreparing(workspace, path.basename(prepared), { progress, signal });
    await recoverDataset(prepared).finally(unlock);
  }
  if (prepared !== undefined && !existsSync(prepared)) {
    throw new MatineeError(
      'NOT_FOUND',
      `--data ${data}: no such folder, and no prepared data set of this name in ${workspace.datasets}`,
    );
  }
  const folder = prepared ?? (await prepareSource(options)).folder;
  return progress.stage('load data', async (stage) => {
    const unlock = await lockForReading(workspace, path.basename(folder), { progress, signal });
    const dataset = await loadDataset(folder).finally(unlock);
    stage.summary(
      `${dataset.name}: ${describeCounts(dataset.events.count, dataset.users.ids.length, dataset.items.vocabulary.ids.length)}`,
    );
    return dataset;
  });
}

/**
 * Prepares a source folder into the workspace.
 *
 * @throws {MatineeError} `NAME_TAKEN` when the name belongs to another folder with other content; `NOT_WRITABLE`.
 */
export async function prepareSource({
  workspace,
  data = BUNDLED_DATA,
  name,
  replaces = false,
  leavesOutMissing = false,
  progress,
  signal,
}: OpenDatasetOptions): Promise<PreparedDataset & { readonly folder: string }> {
  const source = detectSource(data);
  makeHome(workspace);
  const datasetName = name ?? nameOfSource(workspace, source.folder, source.name);
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(datasetName)) {
    throw new MatineeError(
      'BAD_ARGUMENT',
      `--name "${datasetName}" may hold letters, digits, dot, dash and underscore`,
    );
  }
  const folder = path.join(workspace.datasets, datasetName);
  return progress.stage('prepare data', async (stage) => {
    const prepared = await prepareDataset({
      source,
      folder,
      name: datasetName,
      nowMs: Date.now(),
      // What was appended to the data of another folder goes with them.
      keepsAppended: !isNameOf(workspace, datasetName, source.folder) ? 'none' : leavesOutMissing ? 'found' : 'all',
      // A folder that was moved has the same content and needs no preparing.
      lock: () => {
        if (!replaces) checkName(workspace, datasetName, source.folder);
        return lockForPreparing(workspace, datasetName, { progress, signal });
      },
      signal,
      onProgress: (step, percent) => stage.update(Math.round(percent), 100, `% of: ${step}`),
    });
    await recordName(workspace, datasetName, source.folder);
    const { counts, validation } = prepared.manifest;
    const quarantined = validation.events.rowsQuarantined + validation.items.rowsQuarantined;
    const parts = [describeCounts(counts.events, counts.users, counts.items)];
    if (quarantined > 0)
      parts.push(`${quarantined.toLocaleString('en')} rows in ${path.join(folder, 'quarantine.jsonl')}`);
    if (validation.warnings.length > 0 && !prepared.reused)
      for (const each of validation.warnings) progress.note(`warning: ${each}`);
    const { readAgain = [], leftOut = [] } = prepared;
    if (readAgain.length > 0) progress.note(`appended files were read again: ${readAgain.join(', ')}`);
    if (leftOut.length > 0) progress.note(`warning: appended files are left out: ${leftOut.join(', ')}`);
    if (prepared.reused) parts.push('unchanged since last time');
    stage.summary(parts.join('; '));
    return { ...prepared, folder };
  });
}

function describeCounts(events: number, users: number, items: number): string {
  const format = (count: number): string => count.toLocaleString('en');
  return `${format(events)} events, ${format(users)} users, ${format(items)} titles`;
}

import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { type AppendedDataset, appendToDataset, detectSource } from '@matinee/adapters/duckdb';
import { deletedAmong } from './deleted-users.ts';
import { lockForPreparing } from './locks.ts';
import { BUNDLED_DATA, type OpenDatasetOptions } from './open-dataset.ts';
import { checkName, nameOfSource } from './source-of-name.ts';

export interface AppendFilesOptions extends Omit<OpenDatasetOptions, 'replaces' | 'leavesOutMissing'> {
  /** A file or a folder. */
  readonly target: string;
}

/**
 * Adds files to a prepared data set, which is named or found by the folder that it was prepared from.
 *
 * @throws {MatineeError} `DATASET_IN_USE`; `NAME_TAKEN` when the name belongs to another folder; as `appendToDataset`.
 */
export async function appendFiles(options: AppendFilesOptions): Promise<AppendedDataset & { readonly folder: string }> {
  const { workspace, data = BUNDLED_DATA, name, target, progress, signal } = options;
  const source = existsSync(data) ? detectSource(data) : undefined;
  const datasetName = name ?? (source === undefined ? data : nameOfSource(workspace, source.folder, source.name));
  if (source !== undefined) checkName(workspace, datasetName, source.folder);
  const folder = path.join(workspace.datasets, datasetName);
  return progress.stage('append files', async (stage) => {
    const appended = await appendToDataset({
      target: path.resolve(target),
      folder,
      ...(source && { source }),
      nowMs: Date.now(),
      deletedAmong: (userIds) => deletedAmong(workspace, datasetName, userIds),
      lock: () =>
        lockForPreparing(
          workspace,
          datasetName,
          { progress, signal },
          `another process, such as a server, uses ${datasetName} in ${workspace.home}, so nothing was appended; ` +
            'stop it, append, train, and start it again',
        ),
      signal,
      onProgress: (step, percent) => stage.update(Math.round(percent), 100, `% of: ${step}`),
    });
    const { counts } = appended.manifest;
    const number = (count: number): string => count.toLocaleString('en');
    stage.summary(
      `${number(counts.events)} events, ${number(counts.users)} users, ${number(counts.items)} titles` +
        (appended.addition === undefined ? '; nothing new' : ''),
    );
    return { ...appended, folder };
  });
}

/** Returns what a person reads of an append: what each file brought, and what to do next. */
export function describeAppended(
  { files, known, addition, isChanged, manifest, folder }: AppendedDataset & { readonly folder: string },
  releases: string,
): string {
  const number = (count: number): string => count.toLocaleString('en');
  const line = (name: string, text: string): string => `${name.padEnd(12)} ${text}`;
  const lines = [
    ...files.map((file) => line('appended', file)),
    ...known.map((file) => line('known', `${file} is in the data set already; nothing was added`)),
  ];
  if (addition !== undefined) {
    const { byType, repeats } = addition.rowsLeftOut;
    const leftOut = byType + repeats === 0 ? '' : ` + ${number(byType + repeats)} left out`;
    lines.push(
      line(
        'events',
        `${number(addition.rowsRead)} rows read = ${number(addition.rowsKept)} kept + ${number(addition.rowsQuarantined)} quarantined${leftOut}`,
      ),
      line(
        'new',
        `${number(addition.newUsers)} users and ${number(addition.newItems)} items, numbered after the others`,
      ),
    );
    const { ofDeleted } = addition;
    if (ofDeleted.rows > 0) {
      lines.push(
        line(
          'deleted',
          `${number(ofDeleted.rows)} of the rows belong to deleted users (${number(ofDeleted.users)}): answers and trainings leave them out`,
        ),
      );
    }
    if (addition.itemRowsRead > 0) {
      const quarantined = number(addition.itemRowsQuarantined);
      lines.push(
        line(
          'items',
          `${number(addition.itemRowsRead)} rows read, ${quarantined} of them quarantined; ${number(addition.replacedItems)} replace the row of an item: the later one counts`,
        ),
      );
    }
    for (const { id, from, to } of addition.changedTitles) lines.push(line('title', `${id}: "${from}" is now "${to}"`));
    if (addition.duplicates > 0) {
      lines.push(
        line(
          'warning',
          `${number(addition.duplicates)} events repeat user, item, time and type of another (kept): were they in an earlier file?`,
        ),
      );
    }
    if (addition.rowsRead > 0 && addition.rowsQuarantined === addition.rowsRead) {
      lines.push(line('warning', `no row of events is usable; see ${path.join(folder, 'quarantine.jsonl')}`));
    }
  }
  return [...lines, line('next', nextStep(manifest.name, isChanged, hasReleases(releases))), `in ${folder}`].join('\n');
}

function hasReleases(folder: string): boolean {
  return existsSync(folder) && readdirSync(folder).some((name) => !name.startsWith('.'));
}

function nextStep(name: string, isChanged: boolean, isTrained: boolean): string {
  if (!isChanged) return 'nothing: what models learn from is as it was';
  if (!isTrained) return `matinee train --data ${name}`;
  return (
    `matinee train --data ${name} (or matinee start, which trains): releases that learned from the earlier data are ` +
    'refused; matinee refresh cannot continue them, since it learns from the log alone'
  );
}

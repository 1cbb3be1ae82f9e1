import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { writeReportFiles } from '@matinee/adapters/files';
import { MatineeError } from '@matinee/numerics';
import type { Workspace } from './workspace.ts';

/**
 * A data set is known by its name, and so are its log, its releases and its reports. The name is by default that of a
 * folder, which is `data` in many projects. So a home remembers to which folder a name belongs, also while nothing is
 * prepared under it.
 */
interface NameRecord {
  /** The folder of source files, with links resolved. */
  readonly folder: string;
}

/** Returns the name under which a folder is known in this home: the wanted one where it has several. */
export function nameOfSource(workspace: Workspace, folder: string, wanted: string): string {
  const real = realpathSync(folder);
  const recorded = readRecord(workspace, wanted);
  if (recorded === undefined || recorded.folder === real || !existsSync(workspace.sources)) return wanted;
  const names = readdirSync(workspace.sources)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort();
  return names.find((name) => readRecord(workspace, name)?.folder === real) ?? wanted;
}

/**
 * Refuses a name that belongs to another folder.
 *
 * @throws {MatineeError} `NAME_TAKEN` naming both folders and what to do.
 */
export function checkName(workspace: Workspace, name: string, folder: string): void {
  const recorded = readRecord(workspace, name);
  if (recorded === undefined || isNameOf(workspace, name, folder)) return;
  throw new MatineeError(
    'NAME_TAKEN',
    `"${name}" is the data set of ${recorded.folder}, with its log and its releases; give ${folder} a name of its own ` +
      `(matinee prepare --data ${folder} --name ANOTHER), or let it take over the name and all that belongs to it (--replace)`,
  );
}

/** Returns whether a name belongs to a folder, or to none yet. */
export function isNameOf(workspace: Workspace, name: string, folder: string): boolean {
  const recorded = readRecord(workspace, name);
  return recorded === undefined || recorded.folder === realpathSync(folder);
}

/** Remembers that a name belongs to a folder. Two commands may do so at once. */
export async function recordName(workspace: Workspace, name: string, folder: string): Promise<void> {
  const record: NameRecord = { folder: realpathSync(folder) };
  if (readRecord(workspace, name)?.folder === record.folder) return;
  await writeReportFiles(workspace.sources, {
    [path.basename(recordFile(workspace, name))]: `${JSON.stringify(record)}\n`,
  });
}

function recordFile(workspace: Workspace, name: string): string {
  return path.join(workspace.sources, `${name}.json`);
}

function readRecord(workspace: Workspace, name: string): NameRecord | undefined {
  const file = recordFile(workspace, name);
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as NameRecord;
  } catch (cause) {
    throw new MatineeError('BAD_WORKSPACE', `${file} is not readable; delete it and prepare again`, { cause });
  }
}

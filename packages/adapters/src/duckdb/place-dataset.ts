import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { MatineeError } from '@matinee/numerics';
import { syncFile, syncFolder, writeDurably } from '../disk/durable.ts';
import { partialName } from '../disk/partial.ts';
import { type DatasetManifest, MANIFEST_FILE } from './dataset-manifest.ts';

/** @throws {MatineeError} `BAD_DATASET` when something stands in the folder's place that Matinee did not prepare. */
export function requireOurs(folder: string): void {
  const stats = statSync(folder, { throwIfNoEntry: false });
  const isOurs =
    stats?.isDirectory() && (existsSync(path.join(folder, MANIFEST_FILE)) || readdirSync(folder).length === 0);
  if (stats === undefined || isOurs) return;
  throw new MatineeError(
    'BAD_DATASET',
    `${folder} holds no prepared data set; move it away, or prepare under another --name`,
  );
}

/**
 * Lets `write` fill a new folder, adds the manifest that it returns, and puts the folder in the place of `folder`. If
 * anything fails, `folder` stays as it was.
 */
export async function placeDataset(
  folder: string,
  write: (aside: string) => Promise<DatasetManifest>,
): Promise<DatasetManifest> {
  const aside = path.join(path.dirname(folder), partialName());
  try {
    await mkdir(aside);
    const manifest = await write(aside);
    for (const file of await readdir(aside)) await syncFile(path.join(aside, file));
    await writeDurably(path.join(aside, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`);
    await syncFolder(aside);
    await replaceFolder(aside, folder);
    return manifest;
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

/**
 * Replaces a folder. A folder cannot be renamed onto a non-empty one, so the old folder is renamed first;
 * {@link recoverDataset} puts it back after a crash in between.
 */
async function replaceFolder(from: string, to: string): Promise<void> {
  const replaced = replacedFolder(to);
  if (existsSync(to)) await rename(to, replaced);
  await rename(from, to).catch(async (error: unknown) => {
    await recoverDataset(to);
    throw error;
  });
  await syncFolder(path.dirname(to));
  await rm(replaced, { recursive: true, force: true });
}

/** Where a data set stands while another takes its place. No data set has such a name. */
function replacedFolder(folder: string): string {
  return path.join(path.dirname(folder), `.replaced-${path.basename(folder)}`);
}

/** Returns whether a killed run has moved the data set of this folder aside and put none in its place. */
export function isMovedAside(folder: string): boolean {
  return !existsSync(folder) && existsSync(replacedFolder(folder));
}

/** Ends what a killed run has begun: puts a data set back that it moved aside, or removes it where there is another. */
export async function recoverDataset(folder: string): Promise<void> {
  if (isMovedAside(folder)) {
    await rename(replacedFolder(folder), folder);
    await syncFolder(path.dirname(folder));
  } else await rm(replacedFolder(folder), { recursive: true, force: true });
}

/** Gives `work` a new folder in `parent`, and removes it afterwards. */
export async function inScratch<T>(parent: string, work: (scratch: string) => Promise<T>): Promise<T> {
  const scratch = path.join(parent, partialName());
  await mkdir(scratch);
  return work(scratch).finally(() => rm(scratch, { recursive: true, force: true }));
}

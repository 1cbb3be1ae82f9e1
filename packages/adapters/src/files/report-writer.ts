import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { ensureFolder, type FileContent, syncFolder, writeDurably } from '../disk/durable.ts';
import { partialName, removeDeadPartials } from '../disk/partial.ts';

/**
 * Writes files into `folder`, which is created if missing. Each file gets a temporary name and is renamed at the end,
 * in the order of `files`: a reader never sees a partial file, and an interrupted run leaves no report that looks
 * finished. Files and names are on the disk when the promise resolves. What killed runs have left in the folder is
 * removed.
 *
 * @param files Content by name below `folder`.
 */
export async function writeReportFiles(folder: string, files: Readonly<Record<string, FileContent>>): Promise<void> {
  await ensureFolder(folder);
  await removeDeadPartials(folder);
  const written: { aside: string; target: string }[] = [];
  try {
    for (const [name, content] of Object.entries(files)) {
      const aside = path.join(folder, partialName());
      written.push({ aside, target: path.join(folder, name) });
      await writeDurably(aside, content);
    }
    for (const { aside, target } of written) await rename(aside, target);
  } catch (error) {
    await Promise.all(written.map(({ aside }) => rm(aside, { force: true })));
    throw error;
  }
  await syncFolder(folder);
}

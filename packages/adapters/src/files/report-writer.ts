import { mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';

/** Content of a file: complete, or as pieces that are written in order. */
export type FileContent = string | Uint8Array | Iterable<string>;

/** Pieces are collected up to this length before they are written. */
const CHUNK_LENGTH = 1 << 20;

/**
 * Writes files into `folder`, which is created if missing. Each file gets a temporary name and is renamed at the end,
 * in the order of `files`: a reader never sees a partial file, and an interrupted run leaves no report that looks
 * finished.
 *
 * @param files Content by name below `folder`.
 */
export async function writeReportFiles(folder: string, files: Readonly<Record<string, FileContent>>): Promise<void> {
  await mkdir(folder, { recursive: true });
  const written: { aside: string; target: string }[] = [];
  try {
    for (const [name, content] of Object.entries(files)) {
      const target = path.join(folder, name);
      const aside = `${target}.${process.pid}.partial`;
      written.push({ aside, target });
      await writeContent(aside, content);
    }
    for (const { aside, target } of written) await rename(aside, target);
  } catch (error) {
    await Promise.all(written.map(({ aside }) => rm(aside, { force: true })));
    throw error;
  }
}

async function writeContent(file: string, content: FileContent): Promise<void> {
  const handle = await open(file, 'w');
  try {
    if (typeof content === 'string' || content instanceof Uint8Array) {
      await handle.writeFile(content);
    } else {
      let pending = '';
      for (const piece of content) {
        pending += piece;
        if (pending.length < CHUNK_LENGTH) continue;
        await handle.writeFile(pending);
        pending = '';
      }
      await handle.writeFile(pending);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}

import { mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';

/** What a file is made of: whole, or in pieces that are written one after the other. */
export type FileContent = string | Uint8Array | Iterable<string>;

/** Pieces are gathered up to this length before they are written. */
const CHUNK_LENGTH = 1 << 20;

/**
 * Writes files into `folder` (made if missing), each aside and then renamed: a reader sees the old file or the new one,
 * never half of one, and a run that dies leaves no report that looks finished. The last file named is renamed last.
 *
 * @param files By name below `folder`.
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

import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';

/** Content of a file: complete, or as pieces that are written in order. */
export type FileContent = string | Uint8Array | Iterable<string>;

/** Pieces are collected up to this length before they are written. */
const CHUNK_LENGTH = 1 << 20;

/** Writes a file, and resolves once its content is on the disk. Its name is there for good after {@link syncFolder}. */
export async function writeDurably(file: string, content: FileContent): Promise<void> {
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
  } catch (error) {
    // Of a full disk the system says only that a write failed, not which.
    throw error instanceof Error ? Object.assign(error, { path: file }) : error;
  } finally {
    await handle.close();
  }
}

/** Resolves once the content of a file that something else wrote is on the disk. */
export async function syncFile(file: string): Promise<void> {
  // For writing, since some systems sync no file that is open for reading.
  const handle = await open(file, 'r+');
  await handle.sync().finally(() => handle.close());
}

/** Resolves once the names in a folder are on the disk: new files, renamed ones, and those that are gone. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}

/** Creates a folder and those above it where they are missing, for good. */
export async function ensureFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  const top = path.dirname(first);
  for (let each = path.dirname(path.resolve(folder)); ; each = path.dirname(each)) {
    await syncFolder(each);
    if (each === top || each === path.dirname(each)) return;
  }
}

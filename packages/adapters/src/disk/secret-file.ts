import { randomBytes } from 'node:crypto';
import { link, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { MatineeError } from '@matinee/numerics';
import { ensureFolder, syncFolder } from './durable.ts';
import { partialName, removeDeadPartials } from './partial.ts';

const LENGTH = 32;

/**
 * Returns the 32 secret bytes in a file that only its owner can read. A missing file is created with random ones; where
 * several processes do so at once, all return the same bytes.
 *
 * @throws {MatineeError} `BAD_FILE` when the file holds something else.
 */
export async function openSecretFile(file: string): Promise<Uint8Array> {
  const folder = path.dirname(file);
  await removeDeadPartials(folder);
  const known = await readSecret(file);
  if (known !== undefined) return known;
  await ensureFolder(folder);
  const partial = path.join(folder, partialName());
  try {
    const handle = await open(partial, 'wx', 0o600);
    try {
      await handle.writeFile(randomBytes(LENGTH));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await linkOrRename(partial, file);
    await syncFolder(folder);
  } finally {
    await rm(partial, { force: true });
  }
  return (await readSecret(file)) as Uint8Array;
}

/** A link, unlike a rename, replaces no file that another process has created first. */
async function linkOrRename(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    // Some file systems know no links.
    if (!['EPERM', 'ENOTSUP', 'ENOSYS'].includes(code)) throw error;
    await rename(from, to);
  }
}

async function readSecret(file: string): Promise<Uint8Array | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  if (bytes.length === LENGTH) return bytes;
  throw new MatineeError('BAD_FILE', `${file} must hold ${LENGTH} bytes; restore it from a backup, or remove it`);
}

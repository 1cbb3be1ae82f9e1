import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { MatineeError } from '@matinee/numerics';
import yauzl from 'yauzl';
import { partialName, removeDeadPartials } from '../disk/partial.ts';

/** Larger than every unpacked MovieLens data set, so a larger zip is not one of them. */
const MAX_UNPACKED_BYTES = 8 * 2 ** 30;

/**
 * Unpacks a zip file to a temporary folder and renames it to `folder`. If the zip contains a single folder, the content
 * of that folder becomes `folder`.
 *
 * @throws {MatineeError} `BAD_ZIP` for a damaged file, an entry outside the folder, or more than 8 GiB. Nothing is left
 *   of the attempt.
 */
export async function unpackZip(file: string, folder: string): Promise<void> {
  await removeDeadPartials(path.dirname(folder));
  const aside = path.join(path.dirname(folder), partialName());
  try {
    const top = await unpackEntries(file, aside);
    await rm(folder, { recursive: true, force: true });
    await rename(top === undefined ? aside : path.join(aside, top), folder);
  } catch (cause) {
    if (cause instanceof MatineeError) throw cause;
    throw new MatineeError(
      'BAD_ZIP',
      `${file} cannot be unpacked: ${(cause as Error).message}; delete it and try again`,
      { cause },
    );
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

/** @returns The name of the folder that contains all entries, if there is one. */
async function unpackEntries(file: string, folder: string): Promise<string | undefined> {
  // yauzl refuses absolute names, names with ".." and sizes that differ from the announced ones.
  const zip = await yauzl.openPromise(file, { lazyEntries: true });
  const tops = new Set<string>();
  let unpackedBytes = 0;
  try {
    for await (const entry of zip.eachEntry()) {
      unpackedBytes += entry.uncompressedSize;
      if (unpackedBytes > MAX_UNPACKED_BYTES) throw new MatineeError('BAD_ZIP', `${file} unpacks to more than 8 GiB`);
      const [top = '', ...rest] = entry.fileName.split('/');
      tops.add(rest.length === 0 ? '' : top);
      const target = path.join(folder, entry.fileName);
      if (entry.fileName.endsWith('/')) {
        await mkdir(target, { recursive: true });
        continue;
      }
      await mkdir(path.dirname(target), { recursive: true });
      await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(target));
    }
  } finally {
    zip.close();
  }
  const [only] = tops;
  return tops.size === 1 && only !== '' ? only : undefined;
}

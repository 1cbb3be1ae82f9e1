import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { MatineeError } from '@matinee/numerics';
import yauzl from 'yauzl';

/** More than the largest MovieLens set unpacks to; a zip beyond it is not one of them. */
const MAX_UNPACKED_BYTES = 8 * 2 ** 30;

/**
 * Unpacks a zip file to `folder`, aside first, then renamed. If the zip holds one folder and nothing else, its content
 * becomes `folder`.
 *
 * @throws {MatineeError} `BAD_ZIP` for a damaged file, an entry that would leave the folder, or more than 8 GiB; nothing
 *   is left of the try.
 */
export async function unpackZip(file: string, folder: string): Promise<void> {
  const aside = `${folder}.unpacking`;
  await rm(aside, { recursive: true, force: true });
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

/** @returns The name of the one folder that everything is in, if so. */
async function unpackEntries(file: string, folder: string): Promise<string | undefined> {
  // yauzl refuses names that are absolute or climb out with "..", and sizes that differ from those announced.
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

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { StageCache, StageResult } from '@matinee/models/generations';
import { sha256 } from './release-store.ts';
import { writeReportFiles } from './report-writer.ts';
import { openSnapshotFile } from './snapshot-file.ts';

/**
 * Opens a cache of stage results as files of one folder. File names are hashes of everything that determines the
 * result.
 *
 * @param identity What determines a result besides the key of its stage: data, seed, version of the code that fits
 *   sources.
 * @param rankingCode Version of the code of the later stages.
 */
export function openFileStageCache(folder: string, identity: string, rankingCode: string): StageCache {
  const nameOf = (key: string): string => sha256(Buffer.from(`${identity}\n${key}`)).slice(0, 32);
  return {
    rankingCode,
    async read(key) {
      try {
        const { ms } = JSON.parse(await readFile(path.join(folder, `${nameOf(key)}.json`), 'utf8')) as StageResult;
        return { bytes: await readFile(path.join(folder, `${nameOf(key)}.bin`)), ms };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return undefined;
        throw error;
      }
    },
    async write(key, { bytes, ms }) {
      await writeReportFiles(folder, {
        [`${nameOf(key)}.json`]: JSON.stringify({ ms, key: JSON.parse(key) as unknown }),
        [`${nameOf(key)}.bin`]: bytes,
      });
      await openSnapshotFile(path.join(folder, `${nameOf(key)}.snapshot`)).remove();
    },
    snapshots: (key) => openSnapshotFile(path.join(folder, `${nameOf(key)}.snapshot`)),
  };
}

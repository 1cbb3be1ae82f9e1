import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { StageCache, StageResult } from '@matinee/models/generations';
import { sha256 } from './release-store.ts';
import { writeReportFiles } from './report-writer.ts';
import { openSnapshotFile } from './snapshot-file.ts';

/**
 * Results of finished steps as files of one folder, named by the hash of what decides them.
 *
 * @param identity What decides a result beside the step's own key: data, seed, version of the code that fits sources.
 * @param rankingCode Version of the code of the steps behind them.
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

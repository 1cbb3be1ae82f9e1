import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import type { SnapshotStore } from '@matinee/models/training';
import { writeReportFiles } from './report-writer.ts';

/** A training run's snapshot in one file, replaced as a whole. */
export interface SnapshotFile extends SnapshotStore {
  /** Removes it, once its run is over. */
  remove(): Promise<void>;
}

/** @param file Made with its folder by the first write. */
export function openSnapshotFile(file: string): SnapshotFile {
  return {
    async read() {
      try {
        return await readFile(file);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    write: (snapshot) => writeReportFiles(path.dirname(file), { [path.basename(file)]: snapshot }),
    remove: () => rm(file, { force: true }),
  };
}

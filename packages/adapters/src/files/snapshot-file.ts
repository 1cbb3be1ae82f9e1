import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import type { SnapshotStore } from '@matinee/models/training';
import { writeReportFiles } from './report-writer.ts';

/** The snapshot of a training run in one file, replaced as a whole. */
export interface SnapshotFile extends SnapshotStore {
  /** Removes the file; call it when the run has ended. */
  remove(): Promise<void>;
}

/** Opens a snapshot file. The first write creates the file and its folder. */
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

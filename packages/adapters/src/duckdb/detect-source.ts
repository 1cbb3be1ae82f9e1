import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { MatineeError } from '@matinee/numerics';
import type { DataSource } from './data-source.ts';
import { MAPPING_FILE, readMappedSource } from './mapped-source.ts';
import { findMovieLensSource } from './movielens-source.ts';

/**
 * Recognises the source files of a folder: your own files with a `matinee.json`, or a MovieLens data set.
 *
 * @throws {MatineeError} `NOT_FOUND` when the folder does not exist or nothing in it is recognised.
 */
export function detectSource(folder: string): DataSource {
  const resolved = path.resolve(folder);
  if (!existsSync(resolved) || !statSync(resolved).isDirectory()) {
    throw new MatineeError('NOT_FOUND', `no folder ${resolved}; --data takes a folder of source files`);
  }
  const source = readMappedSource(resolved) ?? findMovieLensSource(resolved);
  if (source === undefined) {
    throw new MatineeError(
      'NOT_FOUND',
      `${resolved} contains neither ${MAPPING_FILE} (your own files) nor ratings.csv or ratings.dat (MovieLens); ` +
        'see docs/data.md',
    );
  }
  return source;
}

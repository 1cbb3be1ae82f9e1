import { existsSync } from 'node:fs';
import path from 'node:path';
import { defined } from '@matinee/numerics';
import type { DataSource, InteractionSource, ItemSource, TableFormat } from './data-source.ts';

const CSV: TableFormat = { kind: 'csv', delimiter: ',', header: true, encoding: 'utf-8' };
const DAT: TableFormat = { kind: 'csv', delimiter: '::', header: false, encoding: 'latin-1' };

const RATE = { timeUnit: 'seconds', valueRange: [0.5, 5], defaultType: 'rate', eventTypes: {} } as const;

/**
 * Recognises MovieLens folders: `ratings.csv` + `movies.csv` (ml-latest*, ml-25m, ml-32m, each also gzipped) and
 * `ratings.dat` + `movies.dat` (ml-1m, ml-10m); the two may be mixed. Returns undefined for any other folder.
 */
export function findMovieLensSource(folder: string): DataSource | undefined {
  const interactions = findInteractions(folder);
  if (interactions === undefined) return undefined;
  const items = findItems(folder);
  return { name: path.basename(folder), kind: 'movielens', interactions, ...defined({ items }) };
}

function findInteractions(folder: string): InteractionSource | undefined {
  const csv = firstExisting(folder, ['ratings.csv', 'ratings.csv.gz']);
  if (csv !== undefined) {
    const columns = { user: 'userId', item: 'movieId', value: 'rating', time: 'timestamp' };
    return { file: csv, format: CSV, columns, ...RATE };
  }
  const dat = firstExisting(folder, ['ratings.dat', 'ratings.dat.gz']);
  if (dat === undefined) return undefined;
  return { file: dat, format: DAT, columns: { user: '0', item: '1', value: '2', time: '3' }, ...RATE };
}

function findItems(folder: string): ItemSource | undefined {
  const csv = firstExisting(folder, ['movies.csv', 'movies.csv.gz']);
  if (csv !== undefined) {
    // The bundled set has a column for the year; the other sets have the year in the title.
    const columns = { id: 'movieId', title: 'title', year: 'year', genres: 'genres' };
    return { file: csv, format: CSV, columns, genreSeparator: '|', yearIsOptional: true };
  }
  const dat = firstExisting(folder, ['movies.dat', 'movies.dat.gz']);
  if (dat === undefined) return undefined;
  return { file: dat, format: DAT, columns: { id: '0', title: '1', genres: '2' }, genreSeparator: '|' };
}

function firstExisting(folder: string, names: readonly string[]): string | undefined {
  return names.map((name) => path.join(folder, name)).find((file) => existsSync(file));
}

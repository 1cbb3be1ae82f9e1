import { existsSync } from 'node:fs';
import path from 'node:path';
import { defined } from '@matinee/numerics';
import type { CsvFormat, DataSource, InteractionSource, ItemSource } from './data-source.ts';

const CSV: CsvFormat = { kind: 'csv', delimiter: ',', header: true, encoding: 'utf-8', quotes: 'strict' };
const DAT: CsvFormat = { kind: 'csv', delimiter: '::', header: false, encoding: 'windows-1252', quotes: 'none' };

const RATE = {
  timeUnit: 'seconds',
  valueRange: [0.5, 5],
  defaultType: 'rate',
  eventTypes: {},
  repeats: 'all',
} as const;

const BY_POSITION = { user: '0', item: '1', value: '2', time: '3' };

/** The genres of `u.item` in the order of its last columns, of which the first is column 5. */
const GENRES_OF_100K = [
  'unknown',
  'Action',
  'Adventure',
  'Animation',
  "Children's",
  'Comedy',
  'Crime',
  'Documentary',
  'Drama',
  'Fantasy',
  'Film-Noir',
  'Horror',
  'Musical',
  'Mystery',
  'Romance',
  'Sci-Fi',
  'Thriller',
  'War',
  'Western',
];

/**
 * Recognises MovieLens folders: `ratings.csv` + `movies.csv` (ml-latest*, ml-20m, ml-25m, ml-32m, each also gzipped),
 * `ratings.dat` + `movies.dat` (ml-1m, ml-10m) and `u.data` + `u.item` (ml-100k); they may be mixed. Returns undefined
 * for any other folder.
 */
export function findMovieLensSource(folder: string): DataSource | undefined {
  const interactions = findInteractions(folder);
  if (interactions === undefined) return undefined;
  const items = findItems(folder);
  return { name: path.basename(folder), kind: 'movielens', folder, interactions, ...defined({ items }) };
}

function findInteractions(folder: string): InteractionSource | undefined {
  const csv = firstExisting(folder, ['ratings.csv', 'ratings.csv.gz']);
  if (csv !== undefined) {
    const columns = { user: 'userId', item: 'movieId', value: 'rating', time: 'timestamp' };
    return { file: csv, parts: [csv], format: CSV, columns, ...RATE };
  }
  const dat = firstExisting(folder, ['ratings.dat', 'ratings.dat.gz']);
  if (dat !== undefined) return { file: dat, parts: [dat], format: DAT, columns: BY_POSITION, ...RATE };
  const data = firstExisting(folder, ['u.data', 'u.data.gz']);
  if (data === undefined) return undefined;
  return { file: data, parts: [data], format: { ...DAT, delimiter: '\t' }, columns: BY_POSITION, ...RATE };
}

function findItems(folder: string): ItemSource | undefined {
  const csv = firstExisting(folder, ['movies.csv', 'movies.csv.gz']);
  if (csv !== undefined) {
    // The bundled set has a column for the year; the other sets have the year in the title.
    const columns = { id: 'movieId', title: 'title', year: 'year', genres: 'genres' };
    return { file: csv, parts: [csv], format: CSV, columns, genreSeparator: '|', yearIsOptional: true };
  }
  const dat = firstExisting(folder, ['movies.dat', 'movies.dat.gz']);
  if (dat !== undefined) {
    const columns = { id: '0', title: '1', genres: '2' };
    return { file: dat, parts: [dat], format: DAT, columns, genreSeparator: '|' };
  }
  const item = firstExisting(folder, ['u.item', 'u.item.gz']);
  if (item === undefined) return undefined;
  return {
    file: item,
    parts: [item],
    format: { ...DAT, delimiter: '|' },
    columns: { id: '0', title: '1' },
    genreSeparator: '|',
    // "unknown" is no genre.
    genreColumns: Object.fromEntries(GENRES_OF_100K.map((name, at) => [String(at + 5), name]).slice(1)),
  };
}

function firstExisting(folder: string, names: readonly string[]): string | undefined {
  return names.map((name) => path.join(folder, name)).find((file) => existsSync(file));
}

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { readMaturity } from '@matinee/recommender';

const require = createRequire(import.meta.url);

/** A film of the table in `vega-datasets`. */
export interface VegaEntry {
  readonly title: string;
  readonly year: number;
  /** By MPAA's rating; undefined where it has none. */
  readonly age: number | undefined;
  readonly distributor: string | undefined;
}

interface VegaRow {
  /** "1776" stands there as a number. */
  readonly Title: string | number | null;
  /** "Jun 12 1998". */
  readonly 'Release Date': string | null;
  readonly 'MPAA Rating': string | null;
  readonly Distributor: string | null;
}

/** The table ends in 2011; later years were written with two digits and read wrongly: 2046 is 1946. */
const LAST_YEAR = 2011;

/** Rows without title or year are left out. */
export async function readVegaEntries(): Promise<readonly VegaEntry[]> {
  const file = require.resolve('vega-datasets/data/movies.json');
  const rows = JSON.parse(await readFile(file, 'utf8')) as readonly VegaRow[];
  return rows.flatMap(({ Title, Distributor, ...row }): VegaEntry[] => {
    const written = Number(/(\d{4})$/.exec(row['Release Date'] ?? '')?.[1]);
    if (Title === null || Number.isNaN(written)) return [];
    const year = written > LAST_YEAR ? written - 100 : written;
    const age = readMaturity(row['MPAA Rating'] ?? '');
    return [{ title: String(Title), year, age, distributor: Distributor ?? undefined }];
  });
}

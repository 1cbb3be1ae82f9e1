import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { readMaturity } from '@matinee/recommender';

const require = createRequire(import.meta.url);

/** An entry of `movies.json` in `vega-datasets`. */
export interface VegaEntry {
  readonly title: string;
  readonly year: number;
  /** Age of the MPAA rating; undefined without a rating. */
  readonly age: number | undefined;
  readonly distributor: string | undefined;
}

interface VegaRow {
  /** The title "1776" is a number. */
  readonly Title: string | number | null;
  /** Such as "Jun 12 1998". */
  readonly 'Release Date': string | null;
  readonly 'MPAA Rating': string | null;
  readonly Distributor: string | null;
}

/** The table ends in 2011. Later years are misread two-digit years: 2046 means 1946. */
const LAST_YEAR = 2011;

/** Reads `movies.json` of `vega-datasets`. Rows without title or year are left out. */
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

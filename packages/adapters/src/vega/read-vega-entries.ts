import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { readMaturity } from '@matinee/recommender';

const require = createRequire(import.meta.url);

/** An entry of `movies.json` in `vega-datasets`. */
export interface VegaEntry {
  readonly title: string;
  readonly year: number;
  /** Month of release, 1 to 12. */
  readonly month: number | undefined;
  /** The MPAA rating, such as "PG"; undefined where there is none that says an age. */
  readonly rating: string | undefined;
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

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Reads `movies.json` of `vega-datasets`. Rows without title or year are left out. */
export async function readVegaEntries(): Promise<readonly VegaEntry[]> {
  const file = require.resolve('vega-datasets/data/movies.json');
  const rows = JSON.parse(await readFile(file, 'utf8')) as readonly VegaRow[];
  return rows.flatMap(({ Title, Distributor, ...row }): VegaEntry[] => {
    const writtenYear = Number(/(\d{4})$/.exec(row['Release Date'] ?? '')?.[1]);
    if (Title === null || Number.isNaN(writtenYear)) return [];
    const year = writtenYear > LAST_YEAR ? writtenYear - 100 : writtenYear;
    const written = row['MPAA Rating'] ?? '';
    const rating = readMaturity(written) === undefined ? undefined : written;
    const month = MONTHS.indexOf((row['Release Date'] ?? '').slice(0, 3)) + 1 || undefined;
    return [{ title: String(Title), year, month, rating, distributor: Distributor ?? undefined }];
  });
}

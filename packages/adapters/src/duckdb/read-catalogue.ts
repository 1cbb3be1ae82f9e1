import { parseMovieTitle } from '@matinee/models';
import { MatineeError } from '@matinee/numerics';
import type { ItemSource } from './data-source.ts';
import { type DuckDb, sqlText } from './open-duckdb.ts';
import type { QuarantinedRow } from './stage-interactions.ts';

/** One row of the item table, cleaned. */
export interface CatalogueItem {
  readonly itemId: string;
  readonly title?: string;
  /** 0 = unknown. */
  readonly year: number;
  readonly genres: readonly string[];
  readonly posterUrl?: string;
  /** The columns that the mapping does not name. */
  readonly attributes?: Readonly<Record<string, unknown>>;
}

export interface ReadCatalogue {
  readonly items: readonly CatalogueItem[];
  readonly rowsRead: number;
  readonly quarantined: readonly QuarantinedRow[];
}

/** What MovieLens writes where it knows no genre. */
const NO_GENRE = /^\(no genres listed\)$/i;

/**
 * Reads the item table. Unlike events, titles may hold quotes and line breaks, so CSV goes through DuckDB's parser; a row
 * without id, with an id that came before, or with a broken structure is quarantined.
 */
export async function readCatalogue(db: DuckDb, source: ItemSource): Promise<ReadCatalogue> {
  const { file, columns } = source;
  const { rows, names, firstLine, rejected } = await readRows(db, source);
  for (const column of Object.values(columns)) {
    // MovieLens' movies.csv has a year column in some editions only.
    if (!names.includes(column) && !(column === columns.year && column === 'year')) {
      throw new MatineeError('BAD_MAPPING', `${file} has no column "${column}"; it has: ${names.join(', ')}`);
    }
  }
  const named = new Set<string>(Object.values(columns));
  const items: CatalogueItem[] = [];
  const quarantined: QuarantinedRow[] = [...rejected];
  const lineById = new Map<string, number>();
  for (const [position, row] of rows.entries()) {
    const line = position + firstLine;
    const refuse = (reason: string): void => void quarantined.push({ file, line, reason, text: JSON.stringify(row) });
    const itemId = textOf(row[columns.id]);
    if (itemId === undefined) {
      refuse('id is empty');
      continue;
    }
    const earlier = lineById.get(itemId);
    if (earlier !== undefined) {
      refuse(`id "${itemId}" stands on line ${earlier} already`);
      continue;
    }
    lineById.set(itemId, line);
    const titleText = columns.title === undefined ? undefined : textOf(row[columns.title]);
    const parsed = titleText === undefined ? undefined : parseMovieTitle(titleText);
    const yearText = columns.year === undefined ? undefined : textOf(row[columns.year]);
    const year = yearText !== undefined && /^\d{4}(\.0)?$/.test(yearText) ? Number(yearText) : (parsed?.year ?? 0);
    const posterUrl = columns.poster === undefined ? undefined : textOf(row[columns.poster]);
    const attributes = Object.fromEntries(
      Object.entries(row).filter(([name, value]) => !named.has(name) && value !== null),
    );
    items.push({
      itemId,
      year,
      genres: columns.genres === undefined ? [] : parseGenres(row[columns.genres], source.genreSeparator),
      ...(parsed === undefined ? {} : { title: parsed.title }),
      ...(posterUrl !== undefined && /^https?:\/\//.test(posterUrl) ? { posterUrl } : {}),
      ...(Object.keys(attributes).length === 0 ? {} : { attributes }),
    });
  }
  quarantined.sort((a, b) => a.line - b.line);
  return { items, rowsRead: rows.length + rejected.length, quarantined };
}

function textOf(value: unknown): string | undefined {
  const text = value === null || value === undefined ? '' : String(value).trim();
  return text === '' ? undefined : text;
}

function parseGenres(value: unknown, separator: string): readonly string[] {
  const parts = Array.isArray(value) ? value.map(String) : (textOf(value)?.split(separator) ?? []);
  const genres = parts.map((part) => part.trim()).filter((part) => part !== '' && !NO_GENRE.test(part));
  return [...new Set(genres)];
}

interface Rows {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly names: readonly string[];
  readonly firstLine: number;
  readonly rejected: readonly QuarantinedRow[];
}

async function readRows(db: DuckDb, { file, format }: ItemSource): Promise<Rows> {
  if (format.kind === 'parquet') {
    const rows = await db.rows(`SELECT * FROM read_parquet(${sqlText(file)})`);
    const described = await db.rows(`DESCRIBE SELECT * FROM read_parquet(${sqlText(file)})`);
    return { rows, names: described.map((row) => String(row['column_name'])), firstLine: 1, rejected: [] };
  }
  if (format.kind === 'jsonl') return readJsonLines(db, file);
  const csv = `read_csv(${sqlText(file)}, delim=${sqlText(format.delimiter)}, header=${format.header}, all_varchar=true,
    encoding='${format.encoding}', quote=${format.header ? `'"'` : `''`}, escape=${format.header ? `'"'` : `''`},
    store_rejects=true, rejects_limit=0, sample_size=1000, null_padding=false, strict_mode=true)`;
  await db.run(`CREATE OR REPLACE TABLE catalogue_rows AS SELECT * FROM ${csv}`);
  const described = await db.rows('DESCRIBE catalogue_rows');
  const found = described.map((row) => String(row['column_name']));
  // Without a header columns are known by position, as in the mapping.
  const names = format.header ? found : found.map((_, position) => String(position));
  const selection = found.map((name, position) => `"${name.replaceAll('"', '""')}" AS "${names[position]}"`);
  const rows = await db.rows(`SELECT ${selection.join(', ')} FROM catalogue_rows ORDER BY rowid`);
  const rejects = await db.rows(
    `SELECT line, any_value(error_message) AS message, left(any_value(csv_line), 2000) AS text FROM reject_errors GROUP BY line ORDER BY line`,
  );
  const rejected = rejects.map((row) => ({
    file,
    line: Number(row['line']),
    reason: String(row['message']),
    text: String(row['text'] ?? ''),
  }));
  return { rows, names, firstLine: format.header ? 2 : 1, rejected };
}

async function readJsonLines(db: DuckDb, file: string): Promise<Rows> {
  const lines = await db.rows(
    `SELECT line FROM read_csv(${sqlText(file)}, auto_detect=false, header=false, delim=${sqlText('\u0001')}, quote='', escape='',
      strict_mode=false, columns={'line': 'VARCHAR'})`,
  );
  const rows: Record<string, unknown>[] = [];
  const rejected: QuarantinedRow[] = [];
  const names = new Set<string>();
  for (const [position, { line }] of lines.entries()) {
    if (line === null) continue;
    try {
      const value: unknown = JSON.parse(String(line));
      if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('not a JSON object');
      for (const name of Object.keys(value)) names.add(name);
      rows.push(value as Record<string, unknown>);
    } catch (error) {
      rejected.push({ file, line: position + 1, reason: (error as Error).message, text: String(line).slice(0, 2000) });
    }
  }
  return { rows, names: [...names], firstLine: 1, rejected };
}

import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { isPosterUrl, parseTitleWithYear } from '@matinee/models/data';
import { defined, MatineeError } from '@matinee/numerics';
import { type ItemFact, readItemFact, textOf } from '@matinee/recommender';
import { csvRecords } from './csv-records.ts';
import type { ItemSource, TableFormat } from './data-source.ts';
import { exactValueOf, parseJson } from './exact-json.ts';
import { idOf, parquetIdSql } from './id-text.ts';
import { type DuckDb, sqlName, sqlText } from './open-duckdb.ts';
import { readGenres } from './read-genres.ts';
import { readYear } from './read-year.ts';
import type { RowWriter } from './row-writer.ts';

/** One cleaned row of the item table. */
export interface CatalogueItem {
  readonly itemId: string;
  readonly title?: string;
  /** 0 = unknown. */
  readonly year: number;
  readonly genres: readonly string[];
  readonly posterUrl?: string;
  /** Columns that are not in the mapping. */
  readonly attributes?: Readonly<Record<string, unknown>>;
  /** Facts for the rules. */
  readonly fact: ItemFact;
}

export interface ReadCatalogue {
  readonly items: readonly CatalogueItem[];
  readonly rowsRead: number;
  readonly rowsQuarantined: number;
  /**
   * Ids of rows that were quarantined because a fact for the rules is unreadable. Events may add such an item to the
   * catalogue again. Where and to whom it may be shown is unknown, so it is never shown.
   */
  readonly withheldIds: readonly string[];
}

/** A row of the file by column name, or the reason why it is unusable. */
type TableRow = { readonly line: number; readonly text: string } & (
  | { readonly values: Readonly<Record<string, unknown>>; readonly id: string | undefined }
  | { readonly problem: string }
);

/**
 * Reads the item table into memory. A row is quarantined if its structure is broken, its id is missing or repeated, or
 * a fact for the rules is unreadable. Another cell that cannot be read counts as empty and is a remark.
 *
 * @throws {MatineeError} `BAD_MAPPING` when a column is not in the file; lists the columns of the file.
 */
export async function readCatalogue(
  db: DuckDb,
  source: ItemSource,
  { quarantine, remarks }: { readonly quarantine: RowWriter; readonly remarks: RowWriter },
): Promise<ReadCatalogue> {
  const { file, columns } = source;
  const { rows, names } = await readRows(db, source);
  for (const [meaning, column] of Object.entries(columns)) {
    if (names.includes(column) || (meaning === 'year' && source.yearIsOptional === true)) continue;
    throw new MatineeError('BAD_MAPPING', `${file} has no column "${column}"; it has: ${names.join(', ')}`);
  }
  const named = new Set<string>(Object.values(columns));
  const items: CatalogueItem[] = [];
  const lineById = new Map<string, number>();
  const withheldIds: string[] = [];
  for (const row of rows) {
    const { line, text } = row;
    const itemId = 'values' in row ? row.id : undefined;
    const earlier = itemId === undefined ? undefined : lineById.get(itemId);
    if ('problem' in row) quarantine.add({ file, line, reason: row.problem, text });
    else if (itemId === undefined) quarantine.add({ file, line, reason: 'id is empty', text });
    else if (earlier !== undefined) {
      quarantine.add({ file, line, reason: `id "${itemId}" stands on line ${earlier} already`, text });
    } else {
      lineById.set(itemId, line);
      const fact = readItemFact(row.values, columns);
      if ('problem' in fact) {
        quarantine.add({ file, line, reason: fact.problem, text });
        withheldIds.push(itemId);
      } else {
        const remark = (reason: string): void => remarks.add({ file, line, reason, text });
        items.push(readItem(itemId, row.values, { source, named, fact, remark }));
      }
    }
  }
  return { items, rowsRead: rows.length, rowsQuarantined: rows.length - items.length, withheldIds };
}

interface ItemReading {
  readonly source: ItemSource;
  /** Columns that the mapping names. */
  readonly named: ReadonlySet<string>;
  readonly fact: ItemFact;
  readonly remark: (reason: string) => void;
}

function readItem(
  itemId: string,
  values: Readonly<Record<string, unknown>>,
  { source: { columns, genreSeparator }, named, fact, remark }: ItemReading,
): CatalogueItem {
  const field = (column: string | undefined): string | undefined => {
    const text = column === undefined ? undefined : textOf(values[column]);
    return text === '\\N' ? undefined : text;
  };
  const titleText = field(columns.title);
  const parsed = titleText === undefined ? undefined : parseTitleWithYear(titleText);
  const year = readYear(columns.year === undefined ? undefined : values[columns.year]);
  if (year === undefined) remark(`year: cannot read "${field(columns.year)}" as a year`);
  const { genres, problem } = readGenres(
    columns.genres === undefined ? undefined : values[columns.genres],
    genreSeparator,
  );
  if (problem !== undefined) remark(problem);
  const posterText = field(columns.poster);
  const posterUrl = posterText !== undefined && isPosterUrl(posterText) ? posterText : undefined;
  if (posterText !== undefined && posterUrl === undefined) remark(`poster: "${posterText}" is not an https address`);
  const attributes = Object.fromEntries(
    Object.entries(values).filter(([name, value]) => !named.has(name) && value !== null && value !== ''),
  );
  return {
    itemId,
    year: year || (parsed?.year ?? 0),
    fact,
    genres,
    ...defined({
      title: parsed?.title,
      posterUrl,
      attributes: Object.keys(attributes).length === 0 ? undefined : attributes,
    }),
  };
}

interface Table {
  readonly rows: readonly TableRow[];
  readonly names: readonly string[];
}

async function readRows(db: DuckDb, { file, format, columns }: ItemSource): Promise<Table> {
  if (format.kind === 'parquet') return readParquet(db, file, columns.id);
  const packed = await readFile(file);
  const bytes = file.endsWith('.gz') ? await promisify(zlib.gunzip)(packed) : packed;
  const isLatin = format.kind === 'csv' && format.encoding === 'latin-1';
  const text = bytes.toString(isLatin ? 'latin1' : 'utf8').replace(/^\uFEFF/, '');
  // Decoding replaces invalid UTF-8 by U+FFFD, but a valid file may contain that character itself.
  const problemOf = (row: string): string | undefined =>
    !isLatin && row.includes('\uFFFD') && !isUtf8(bytes) ? 'not valid UTF-8' : undefined;
  return format.kind === 'jsonl'
    ? readJsonLines(text, columns.id, problemOf)
    : readCsv(text, format, columns.id, problemOf);
}

async function readParquet(db: DuckDb, file: string, idColumn: string): Promise<Table> {
  const described = await db.rows(`DESCRIBE SELECT * FROM read_parquet(${sqlText(file)})`);
  const id = described.find((column) => column['column_name'] === idColumn);
  const idName = sqlName(idColumn);
  const ids = id && `REPLACE (${parquetIdSql(idName, String(id['column_type']))} AS ${idName})`;
  const rows = await db.rows(`SELECT * ${ids ?? ''} FROM read_parquet(${sqlText(file)})`);
  return {
    names: described.map((column) => String(column['column_name'])),
    rows: rows.map((values, row) => ({
      line: row + 1,
      values,
      id: idOf(values[idColumn]),
      text: JSON.stringify(values),
    })),
  };
}

type FindProblem = (row: string) => string | undefined;

function readCsv(
  all: string,
  format: TableFormat & { readonly kind: 'csv' },
  idColumn: string,
  problemOf: FindProblem,
): Table {
  // The .dat files of MovieLens have no header and no quotes.
  const records = csvRecords(all, { delimiter: format.delimiter, quotes: format.header });
  let names: readonly string[] | undefined;
  const rows: TableRow[] = [];
  for (const record of records) {
    const { line, text } = record;
    const problem = 'problem' in record ? record.problem : problemOf(text);
    if (problem !== undefined) rows.push({ line, problem, text });
    if (problem !== undefined || 'problem' in record) continue;
    const { fields } = record;
    if (names === undefined) {
      names = format.header ? fields.map((name) => name.trim()) : fields.map((_, position) => String(position));
      if (format.header) continue;
    }
    const { length } = names;
    if (fields.length === length) {
      const values = Object.fromEntries(names.map((name, position) => [name, fields[position]]));
      rows.push({ line, text, values, id: idOf(values[idColumn]) });
    } else rows.push({ line, text, problem: `expected ${length} columns, found ${fields.length}` });
  }
  return { rows, names: names ?? [] };
}

function readJsonLines(all: string, idColumn: string, problemOf: FindProblem): Table {
  const rows: TableRow[] = [];
  const names = new Set<string>();
  for (const [position, text] of all.split(/\r?\n/).entries()) {
    if (text === '') continue;
    const line = position + 1;
    const values = parseObject(text);
    const problem = problemOf(text) ?? (typeof values === 'string' ? values : undefined);
    if (problem !== undefined || typeof values === 'string') {
      rows.push({ line, text, problem: problem ?? 'not valid JSON' });
      continue;
    }
    for (const name of Object.keys(values)) names.add(name);
    rows.push({ line, text, values, id: idOf(exactValueOf(text, values, idColumn)) });
  }
  return { rows, names: [...names] };
}

/** Parses a JSON object. Returns the reason if the text is not one. */
function parseObject(text: string): Record<string, unknown> | string {
  try {
    const value = parseJson(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : 'not a JSON object';
  } catch {
    return 'not valid JSON';
  }
}

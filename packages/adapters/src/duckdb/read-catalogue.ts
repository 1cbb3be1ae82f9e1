import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { isPosterUrl, parseTitleWithYear } from '@matinee/models/data';
import { defined, MatineeError } from '@matinee/numerics';
import { type ItemFact, readItemFact, textOf } from '@matinee/recommender';
import { pythonToJson } from './clean-copy.ts';
import { csvRecords } from './csv-records.ts';
import type { AttributeTable, CsvFormat, ItemSource, TableFormat, TableSource } from './data-source.ts';
import { exactValueOf, parseJson } from './exact-json.ts';
import { holdsControl, idOf, parquetIdSql } from './id-text.ts';
import { type DuckDb, sqlName } from './open-duckdb.ts';
import { readGenres } from './read-genres.ts';
import { readYear } from './read-year.ts';
import type { RowWriter } from './row-writer.ts';
import { isPacked } from './scan-source-file.ts';
import { parquetSql, readParquetFile } from './source-text.ts';
import { decodeText, detectEncoding } from './text-encoding.ts';

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
type TableRow = { readonly file: string; readonly line: number; readonly text: string } & (
  | { readonly values: Readonly<Record<string, unknown>>; readonly id: string | undefined }
  | { readonly problem: string }
);

/**
 * Reads the item table into memory. A row is quarantined if its structure is broken, its id is missing or repeated, or
 * a fact for the rules is unreadable. Another cell that cannot be read counts as empty and is a remark.
 *
 * @throws {MatineeError} `BAD_MAPPING` when a column is not in the file, listing those of the file; `EMPTY_DATASET` when
 *   no row is usable.
 */
export async function readCatalogue(
  db: DuckDb,
  source: ItemSource,
  { quarantine, remarks }: { readonly quarantine: RowWriter; readonly remarks: RowWriter },
): Promise<ReadCatalogue> {
  const { columns } = source;
  const more = await readAttributeTables(db, source.attributeTables ?? [], remarks);
  const { rows, names: ownNames } = await readParts(db, source, columns.id);
  const names = [...ownNames, ...more.names];
  const genreColumns = Object.keys(source.genreColumns ?? {});
  for (const [meaning, column] of [...Object.entries(columns), ...genreColumns.map((each) => ['genres', each])] as [
    string,
    string,
  ][]) {
    if (names.includes(column) || (meaning === 'year' && source.yearIsOptional === true)) continue;
    throw new MatineeError('BAD_MAPPING', `${source.file} has no column "${column}"; it has: ${names.join(', ')}`);
  }
  const named = new Set<string>([...Object.values(columns), ...genreColumns]);
  const items: CatalogueItem[] = [];
  const lineById = new Map<string, number>();
  const withheldIds: string[] = [];
  for (const row of rows) {
    const { file, line, text } = row;
    const itemId = 'values' in row ? row.id : undefined;
    const earlier = itemId === undefined ? undefined : lineById.get(itemId);
    if ('problem' in row) quarantine.add({ file, line, reason: row.problem, text });
    else if (itemId === undefined) quarantine.add({ file, line, reason: 'id is empty', text });
    else if (holdsControl(itemId)) quarantine.add({ file, line, reason: 'id holds a control character', text });
    else if (earlier !== undefined) {
      quarantine.add({ file, line, reason: `id "${itemId}" stands on line ${earlier} already`, text });
    } else {
      lineById.set(itemId, line);
      const values = { ...more.of(itemId), ...row.values };
      const reasons: string[] = [];
      const item = readItem(itemId, values, { source, named, remark: (reason) => void reasons.push(reason) });
      const fact = readItemFact(values, columns, item);
      if ('problem' in fact) {
        quarantine.add({ file, line, reason: fact.problem, text });
        withheldIds.push(itemId);
      } else {
        for (const reason of reasons) remarks.add({ file, line, reason, text });
        items.push({ ...item, fact });
      }
    }
  }
  if (items.length === 0) {
    const [first] = rows;
    const reason = first === undefined ? 'it has no rows' : `line ${first.line}: ${describeFirst(first, withheldIds)}`;
    throw new MatineeError(
      'EMPTY_DATASET',
      `no usable row in the item table ${source.file}; ${reason}. Without an item table, leave it out of the source`,
    );
  }
  return { items, rowsRead: rows.length, rowsQuarantined: rows.length - items.length, withheldIds };
}

function describeFirst(row: TableRow, withheldIds: readonly string[]): string {
  if ('problem' in row) return row.problem;
  return withheldIds.length === 0 ? 'id is empty' : 'a fact for the rules cannot be read';
}

interface ItemReading {
  readonly source: ItemSource;
  /** Columns that the mapping names. */
  readonly named: ReadonlySet<string>;
  readonly remark: (reason: string) => void;
}

function readItem(
  itemId: string,
  values: Readonly<Record<string, unknown>>,
  { source: { columns, genreSeparator, genreColumns }, named, remark }: ItemReading,
): Omit<CatalogueItem, 'fact'> {
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
  const attributes = attributesIn(values, named);
  return {
    itemId,
    year: year || (parsed?.year ?? 0),
    genres: [...new Set([...genres, ...flaggedGenres(values, genreColumns ?? {})])],
    ...defined({
      title: parsed?.title,
      posterUrl,
      attributes: Object.keys(attributes).length === 0 ? undefined : attributes,
    }),
  };
}

/** Returns the cells of a row that the mapping does not name and that are not empty. */
function attributesIn(values: Readonly<Record<string, unknown>>, named: ReadonlySet<string>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).filter(([name, value]) => !named.has(name) && value !== null && value !== ''),
  );
}

/** Most values of a collected column that an item keeps. */
const MOST_COLLECTED = 20;

interface MoreAttributes {
  readonly names: readonly string[];
  of(itemId: string): Readonly<Record<string, unknown>>;
}

/** Reads the attributes of items from further tables. A row that cannot be used is a remark. */
async function readAttributeTables(
  db: DuckDb,
  tables: readonly AttributeTable[],
  remarks: RowWriter,
): Promise<MoreAttributes> {
  const allNames = new Set<string>();
  const attributes = new Map<string, Record<string, unknown>>();
  const add = (id: string, more: Readonly<Record<string, unknown>>): void =>
    void attributes.set(id, { ...more, ...attributes.get(id) });
  for (const table of tables) {
    const { id: idColumn, collect } = table;
    const { rows, names } = await readParts(db, table, idColumn);
    for (const column of [idColumn, ...(collect === undefined ? [] : [collect.column])]) {
      if (!names.includes(column)) {
        throw new MatineeError('BAD_MAPPING', `${table.file} has no column "${column}"; it has: ${names.join(', ')}`);
      }
    }
    for (const name of collect === undefined ? names : [collect.name]) allNames.add(name);
    const counts = new Map<string, Map<string, number>>();
    for (const row of rows) {
      const { file, line, text } = row;
      if ('problem' in row) remarks.add({ file, line, reason: row.problem, text });
      else if (row.id === undefined) remarks.add({ file, line, reason: 'id is empty', text });
      else if (collect === undefined) add(row.id, attributesIn(row.values, new Set([idColumn])));
      else {
        const value = textOf(row.values[collect.column]);
        const ofItem = counts.get(row.id) ?? new Map<string, number>();
        if (value !== undefined) counts.set(row.id, ofItem.set(value, (ofItem.get(value) ?? 0) + 1));
      }
    }
    for (const [id, ofItem] of counts) {
      const sorted = [...ofItem].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([value]) => value);
      if (collect !== undefined) add(id, { [collect.name]: sorted.slice(0, MOST_COLLECTED) });
    }
  }
  return { names: [...allNames], of: (id) => attributes.get(id) ?? {} };
}

/** Returns the genres whose columns say yes. */
function flaggedGenres(
  values: Readonly<Record<string, unknown>>,
  genreColumns: Readonly<Record<string, string>>,
): readonly string[] {
  return Object.entries(genreColumns)
    .filter(([column]) => /^(?:1(?:\.0*)?|true|yes)$/i.test(String(values[column]).trim()))
    .map(([, genre]) => genre);
}

interface Table {
  readonly rows: readonly TableRow[];
  readonly names: readonly string[];
}

/** Reads all parts of a table of items. */
async function readParts(db: DuckDb, { parts, format }: TableSource, idColumn: string): Promise<Table> {
  const tables: Table[] = [];
  for (const file of parts) {
    tables.push(
      format.kind === 'parquet' ? await readParquet(db, file, idColumn) : await readText(file, format, idColumn),
    );
  }
  return { rows: tables.flatMap(({ rows }) => rows), names: [...new Set(tables.flatMap(({ names }) => names))] };
}

async function readText(
  file: string,
  format: TableFormat & { readonly kind: 'csv' | 'jsonl' },
  idColumn: string,
): Promise<Table> {
  const packed = await readFile(file);
  const bytes = isPacked(file) ? await promisify(zlib.gunzip)(packed) : packed;
  const encoding = detectEncoding(bytes) ?? format.encoding;
  const text = decodeText(bytes, encoding);
  // Decoding replaces invalid bytes by U+FFFD, but a valid file may contain that character itself.
  const isDamaged = encoding !== 'utf-8' || !isUtf8(bytes);
  const problemOf = (row: string): string | undefined =>
    isDamaged && row.includes('\uFFFD') ? `not valid ${encoding.toUpperCase()}` : undefined;
  const reading: TextReading = { file, idColumn, problemOf };
  return format.kind === 'jsonl' ? readJsonLines(text, reading) : readCsv(text, format, reading);
}

async function readParquet(db: DuckDb, file: string, idColumn: string): Promise<Table> {
  const described = await readParquetFile(file, () => db.rows(`DESCRIBE SELECT * FROM ${parquetSql([file])}`));
  const id = described.find((column) => column['column_name'] === idColumn);
  const idName = sqlName(idColumn);
  const ids = id && `REPLACE (${parquetIdSql(idName, String(id['column_type']))} AS ${idName})`;
  const rows = await db.rows(`SELECT * ${ids ?? ''} FROM ${parquetSql([file])}`);
  return {
    names: described.map((column) => String(column['column_name'])),
    rows: rows.map((values, row) => ({
      file,
      line: row + 1,
      values,
      id: idOf(values[idColumn]),
      text: JSON.stringify(values),
    })),
  };
}

interface TextReading {
  readonly file: string;
  readonly idColumn: string;
  /** Returns what makes the text of a row unusable. */
  readonly problemOf: (row: string) => string | undefined;
}

function readCsv(all: string, format: CsvFormat, { file, idColumn, problemOf }: TextReading): Table {
  let names: readonly string[] | undefined;
  const rows: TableRow[] = [];
  for (const record of csvRecords(all, format)) {
    const { line, text } = record;
    const problem = 'problem' in record ? record.problem : problemOf(text);
    if (problem !== undefined) rows.push({ file, line, problem, text });
    if (problem !== undefined || 'problem' in record) continue;
    const { fields } = record;
    if (names === undefined) {
      names = format.header ? fields.map((name) => name.trim()) : fields.map((_, position) => String(position));
      if (format.header) continue;
    }
    const { length } = names;
    if (fields.length === length) {
      const values = Object.fromEntries(names.map((name, position) => [name, fields[position]]));
      rows.push({ file, line, text, values, id: idOf(values[idColumn]) });
    } else rows.push({ file, line, text, problem: `expected ${length} columns, found ${fields.length}` });
  }
  return { rows, names: names ?? [] };
}

function readJsonLines(all: string, { file, idColumn, problemOf }: TextReading): Table {
  const rows: TableRow[] = [];
  const names = new Set<string>();
  for (const [position, text] of all.split(/\r?\n/).entries()) {
    if (text === '') continue;
    const line = position + 1;
    const json = /^\{\s*u?'/.test(text) ? pythonToJson(text) : text;
    const values = parseObject(json);
    const problem = problemOf(text) ?? (typeof values === 'string' ? values : undefined);
    if (problem !== undefined || typeof values === 'string') {
      rows.push({ file, line, text, problem: problem ?? 'not valid JSON' });
      continue;
    }
    for (const name of Object.keys(values)) names.add(name);
    rows.push({ file, line, text, values, id: idOf(exactValueOf(json, values, idColumn)) });
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

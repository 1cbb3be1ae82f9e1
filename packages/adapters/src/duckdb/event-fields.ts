import { defined, MatineeError } from '@matinee/numerics';
import type { CsvFormat, InteractionSource } from './data-source.ts';
import { jsonIdSql, parquetIdSql } from './id-text.ts';
import { type DuckDb, sqlName, sqlText } from './open-duckdb.ts';
import { parquetSql, type SourceText } from './source-text.ts';

/** SQL expressions for the fields of an event. */
interface Fields {
  readonly user: string;
  readonly item: string;
  readonly time?: string;
  readonly value?: string;
  readonly type?: string;
}

export interface EventFields {
  readonly fields: Fields;
  /** WHEN clauses for rows that lack the fields. */
  readonly structure: string;
  /** A relation with the fields, `text` (the row) and `blank`. */
  readonly from: string;
  /** Line of the relation's first row, from 1; for Parquet the first row is 1. */
  readonly firstLine: number;
  /** Whether the time is a point in time and not a number or text. */
  readonly hasTypedTime: boolean;
}

/** A character that no {@link SourceText} contains, so that each line becomes one column. */
const NO_DELIMITER = '\u0001';
/** Stands for a delimiter of several characters while a line is split. */
const UNIT_SEPARATOR = '\u001f';

/**
 * Returns SQL that opens the fields of the events of a source.
 *
 * @throws {MatineeError} `BAD_MAPPING` when a column is not in the file; lists the columns of the file.
 */
export async function openEventFields(db: DuckDb, source: InteractionSource, text: SourceText): Promise<EventFields> {
  const { format } = source;
  if (format.kind === 'parquet') return openParquet(db, source, text);
  return format.kind === 'csv' ? openCsv(db, source, format, text) : openJsonLines(source, text);
}

function mapFields(
  { columns }: InteractionSource,
  reach: (column: string) => string,
  reachId: (column: string) => string = reach,
): Fields {
  const reachOptional = (column: string | undefined) => (column === undefined ? undefined : reach(column));
  return {
    user: reachId(columns.user),
    item: reachId(columns.item),
    ...defined({
      time: reachOptional(columns.time),
      value: reachOptional(columns.value),
      type: reachOptional(columns.type),
    }),
  };
}

async function openParquet(db: DuckDb, source: InteractionSource, text: SourceText): Promise<EventFields> {
  const { file, columns } = source;
  const described = await db.rows(`DESCRIBE SELECT * FROM ${parquetSql(text.files)}`);
  const names = described.map((row) => String(row['column_name']));
  for (const column of Object.values(columns)) requireColumn(file, names, column);
  const typeOf = (column: string): string => String(described[names.indexOf(column)]?.['column_type']);
  // The fields get new names, since a file may have columns called "user" or "text" with another meaning.
  const position = (column: string): string => `field_${names.indexOf(column)}`;
  const idPosition = (column: string): string => `id_${names.indexOf(column)}`;
  const selection = [
    ...Object.values(columns).map((column) => `CAST(${sqlName(column)} AS VARCHAR) AS ${position(column)}`),
    ...[columns.user, columns.item].map(
      (column) => `${parquetIdSql(sqlName(column), typeOf(column))} AS ${idPosition(column)}`,
    ),
  ];
  const row = `to_json({${names.map((name) => `${sqlText(name)}: ${sqlName(name)}`).join(', ')}})::VARCHAR`;
  return {
    fields: mapFields(source, position, idPosition),
    structure: '',
    from: `(SELECT ${[...new Set(selection)].join(', ')}, ${row} AS text, false AS blank FROM ${parquetSql(text.files)})`,
    firstLine: 1,
    hasTypedTime: columns.time !== undefined && /^(?:TIMESTAMP|DATE)/.test(typeOf(columns.time)),
  };
}

function openJsonLines(source: InteractionSource, text: SourceText): EventFields {
  return {
    fields: mapFields(
      source,
      (column) => `json_extract_string(object, ${sqlText(`$.${JSON.stringify(column)}`)})`,
      (column) => jsonIdSql('object', 'text', column),
    ),
    structure: `WHEN object IS NULL THEN 'not valid JSON'\nWHEN json_type(object) <> 'OBJECT' THEN 'not a JSON object'`,
    from: `(SELECT line AS text, line IS NULL AS blank, CASE WHEN json_valid(line) THEN line::JSON END AS object FROM ${lines(text, 0)})`,
    firstLine: 1,
    hasTypedTime: false,
  };
}

async function openCsv(
  db: DuckDb,
  source: InteractionSource,
  format: CsvFormat,
  text: SourceText,
): Promise<EventFields> {
  const { file, columns } = source;
  const header = format.header ? await readHeader(db, file, text, format) : undefined;
  const fields = mapFields(source, (column) => {
    if (header !== undefined) requireColumn(file, header, column);
    const position = header === undefined ? Number(column) : header.indexOf(column);
    if (!Number.isInteger(position)) {
      throw new MatineeError('BAD_MAPPING', `${file} has no header: name column "${column}" by its position, from 0`);
    }
    return `f[${position + 1}]`;
  });
  const needed = header?.length ?? format.columnCount ?? Math.max(...Object.values(columns).map(Number)) + 1;
  const comparison = header === undefined && format.columnCount === undefined ? '<' : '<>';
  return {
    fields,
    structure: `WHEN f IS NULL THEN 'quotes do not match'
      WHEN len(f) ${comparison} ${needed} THEN 'expected ${needed} columns, found ' || len(f)`,
    from: `(SELECT line AS text, line IS NULL AS blank, ${splitLine(format)} AS f FROM ${lines(text, format.header ? 1 : 0)})`,
    firstLine: format.header ? 2 : 1,
    hasTypedTime: false,
  };
}

/** Returns SQL that splits a line into its fields; NULL for a line whose quotes do not match. */
function splitLine({ delimiter, quotes, columnCount }: CsvFormat): string {
  const plain = `string_split(line, ${sqlText(delimiter)})`;
  const otherwise = quotes === 'strict' ? 'NULL' : plain;
  const fields =
    quotes === 'none'
      ? plain
      : `CASE WHEN NOT contains(line, '"') THEN ${plain} ELSE ${quotedFields(delimiter, otherwise)} END`;
  if (columnCount === undefined) return fields;
  return `list_transform([${fields}], lambda l: CASE WHEN len(l) <= ${columnCount} THEN l
    ELSE list_concat(l[1:${columnCount - 1}], [array_to_string(l[${columnCount}:], ${sqlText(delimiter)})]) END)[1]`;
}

/**
 * Returns SQL for the fields of a quoted line (RFC 4180), in which a field that does not begin with a quote may contain
 * some.
 *
 * @param otherwise SQL for a line whose quotes do not match.
 */
function quotedFields(delimiter: string, otherwise: string): string {
  const isShort = delimiter.length === 1;
  const mark = isShort ? delimiter : UNIT_SEPARATOR;
  const d = mark.replace(/[\\^$.|?*+()[\]{}-]/g, '\\$&');
  const line = isShort ? 'line' : `replace(line, ${sqlText(delimiter)}, ${sqlText(mark)})`;
  const field = `"(?:[^"]|"")*"|[^"${d}][^${d}]*|`;
  const value = `CASE WHEN starts_with(f, '"') THEN replace(substr(f, 2, length(f) - 2), '""', '"') ELSE f END`;
  const whole = isShort ? value : `replace(${value}, ${sqlText(mark)}, ${sqlText(delimiter)})`;
  return `CASE WHEN regexp_full_match(${line}, ${sqlText(`(?:${field})(?:${d}(?:${field}))*`)})
    THEN list_transform(regexp_extract_all(${sqlText(mark)} || ${line}, ${sqlText(`${d}(${field})`)}, 1), lambda f: ${whole})
    ELSE ${otherwise} END`;
}

/**
 * Returns SQL that reads a text file line by line, without DuckDB's CSV parser. A stray quote then costs only its own
 * line, and every row has an exact line number. Fields of an event contain no line breaks.
 */
function lines({ files, encoding }: SourceText, skip: number): string {
  return `read_csv(${sqlText(files[0] ?? '')}, auto_detect=false, header=false, skip=${skip}, delim=${sqlText(NO_DELIMITER)},
    quote='', escape='', strict_mode=false, encoding='${encoding}', columns={'line': 'VARCHAR'},
    store_rejects=true, rejects_limit=0)`;
}

async function readHeader(db: DuckDb, file: string, text: SourceText, format: CsvFormat): Promise<readonly string[]> {
  const [first] = await db.rows(`SELECT ${splitLine(format)} AS f FROM ${lines(text, 0)} LIMIT 1`);
  if (first === undefined || !Array.isArray(first['f'])) {
    throw new MatineeError('BAD_MAPPING', `${file} is empty; its first line must name the columns`);
  }
  return first['f'].map((name) =>
    String(name)
      .replace(/^\uFEFF/, '')
      .trim(),
  );
}

function requireColumn(file: string, names: readonly string[], column: string): void {
  if (!names.includes(column)) {
    throw new MatineeError('BAD_MAPPING', `${file} has no column "${column}"; it has: ${names.join(', ')}`);
  }
}

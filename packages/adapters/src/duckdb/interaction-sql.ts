import { EVENT_TYPES } from '@matinee/models/data';
import { defined, MatineeError } from '@matinee/numerics';
import type { InteractionSource, TableFormat } from './data-source.ts';
import { isBlankSql, jsonIdSql, parquetIdSql } from './id-text.ts';
import { type DuckDb, sqlName, sqlText } from './open-duckdb.ts';
import { CONTROL_MARK } from './scan-source-file.ts';

/** The text to read: the source file or its clean copy. */
export interface SourceText {
  readonly file: string;
  readonly hasMarkedControls: boolean;
}

/** Rows of a source file as SQL, with the text of each field and the problem of the row. */
export interface InteractionSql {
  /**
   * A relation with columns user, item (VARCHAR), t (DOUBLE, seconds), v (FLOAT), type (UTINYINT), problem, blank,
   * text.
   */
  readonly relation: string;
  /** Physical line of the relation's first row, from 1; for Parquet the first row is 1. */
  readonly firstLine: number;
}

/** A character that no {@link SourceText} contains, so that each line becomes one column. */
const NO_DELIMITER = '\u0001';

/**
 * Returns SQL for the fields of a quoted line (RFC 4180). A line with unbalanced quotes yields one field: a problem.
 */
function quotedFields(delimiter: string): string {
  const d = delimiter.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');
  const field = `(?:"(?:[^"]|"")*"|[^"]*?)`;
  const whole = sqlText(`${field}(?:${d}${field})*`);
  const each = sqlText(`${d}("(?:[^"]|"")*"|(?:[^"${d.length === 1 ? d : ''}]*))`);
  return `CASE WHEN regexp_full_match(line, ${whole})
    THEN list_transform(regexp_extract_all(${sqlText(delimiter)} || line, ${each}, 1),
      lambda f: CASE WHEN starts_with(f, '"') THEN replace(substr(f, 2, length(f) - 2), '""', '"') ELSE f END)
    ELSE [line] END`;
}

/**
 * Returns SQL that reads a text file line by line, without DuckDB's CSV parser. A stray quote then costs only its own
 * line, and every row has an exact line number. Fields of an event contain no line breaks.
 */
function lines({ file }: SourceText, format: TableFormat, skip: number): string {
  const encoding = format.kind === 'csv' ? format.encoding : 'utf-8';
  return `read_csv(${sqlText(file)}, auto_detect=false, header=false, skip=${skip}, delim=${sqlText(NO_DELIMITER)},
    quote='', escape='', strict_mode=false, encoding='${encoding}', columns={'line': 'VARCHAR'},
    store_rejects=true, rejects_limit=0)`;
}

/**
 * Returns the SQL that reads events from a source file and finds the problem of each row.
 *
 * @param latestSeconds Seconds since 1970; later events are in the future and get a problem.
 * @throws {MatineeError} `BAD_MAPPING` when a column is not in the file; lists the columns of the file.
 */
export async function interactionSql(
  db: DuckDb,
  source: InteractionSource,
  sourceText: SourceText,
  latestSeconds: number,
): Promise<InteractionSql> {
  const { fields, structure, from, firstLine } = await openFields(db, source, sourceText);
  const { user, item, time, value, type } = fields;
  const seconds = {
    seconds: `TRY_CAST(${time} AS DOUBLE)`,
    milliseconds: `TRY_CAST(${time} AS DOUBLE) / 1000`,
    iso: `epoch(TRY_CAST(${time} AS TIMESTAMPTZ))`,
  }[source.timeUnit];
  const eventType =
    type === undefined
      ? String(EVENT_TYPES.indexOf(source.defaultType))
      : `CASE ${type} ${Object.entries(source.eventTypes)
          .map(([name, meaning]) => `WHEN ${sqlText(name)} THEN ${EVENT_TYPES.indexOf(meaning)}`)
          .join(' ')} END`;
  const number = value === undefined ? "'nan'::FLOAT" : `TRY_CAST(nullif(${value}, '') AS FLOAT)`;
  const problems = [
    sourceText.hasMarkedControls
      ? `WHEN contains(text, ${sqlText(CONTROL_MARK)}) THEN 'holds a control character'`
      : '',
    structure,
    `WHEN ${isBlankSql(user)} THEN 'user is empty'`,
    `WHEN ${isBlankSql(item)} THEN 'item is empty'`,
    `WHEN t IS NULL OR NOT isfinite(t) THEN 'time: cannot read ' || ${quoted(time)} || ' as ${source.timeUnit}'`,
    `WHEN t < 0 THEN 'time: ' || ${quoted(time)} || ' is before 1970'`,
    `WHEN t > ${latestSeconds} THEN 'time: ' || ${quoted(time)} || ' is in the future'`,
    ...(value === undefined
      ? []
      : [
          `WHEN coalesce(${value}, '') <> '' AND (v IS NULL OR NOT isfinite(v)) THEN 'value: ' || ${quoted(value)} || ' is not a number'`,
          ...(source.valueRange === undefined
            ? []
            : [
                `WHEN v NOT BETWEEN ${source.valueRange[0]} AND ${source.valueRange[1]} THEN 'value: ' || ${quoted(value)} || ' is not from ${source.valueRange[0]} to ${source.valueRange[1]}'`,
              ]),
        ]),
    ...(type === undefined ? [] : [`WHEN type IS NULL THEN 'type: ' || ${quoted(type)} || ' is not in eventTypes'`]),
  ];
  return {
    firstLine,
    relation: `(SELECT *, CASE ${problems.join('\n')} END AS problem FROM
      (SELECT *, ${user} AS user, ${item} AS item, ${seconds} AS t, ${number} AS v, CAST(${eventType} AS UTINYINT) AS type FROM ${from}))`,
  };
}

/** Returns SQL for the quoted text of a field inside a reason. */
function quoted(field: string): string {
  return `'"' || left(replace(coalesce(${field}, ''), '"', ''''), 100) || '"'`;
}

interface Fields {
  readonly user: string;
  readonly item: string;
  readonly time: string;
  readonly value?: string;
  readonly type?: string;
}

/** Returns SQL expressions for the fields, and WHEN clauses for rows that lack them. */
async function openFields(
  db: DuckDb,
  source: InteractionSource,
  text: SourceText,
): Promise<{ fields: Fields; structure: string; from: string; firstLine: number }> {
  const { file, format, columns } = source;
  const map = (reach: (column: string) => string, reachId = reach): Fields => {
    const reachOptional = (column: string | undefined) => (column === undefined ? undefined : reach(column));
    return {
      user: reachId(columns.user),
      item: reachId(columns.item),
      time: reach(columns.time),
      ...defined({ value: reachOptional(columns.value), type: reachOptional(columns.type) }),
    };
  };

  if (format.kind === 'parquet') {
    const described = await db.rows(`DESCRIBE SELECT * FROM read_parquet(${sqlText(file)})`);
    const names = described.map((row) => String(row['column_name']));
    for (const column of Object.values(columns)) requireColumn(file, names, column);
    // The fields get new names, since a file may have columns called "user" or "text" with another meaning.
    const position = (column: string): string => `field_${names.indexOf(column)}`;
    const idPosition = (column: string): string => `id_${names.indexOf(column)}`;
    const typeOf = (column: string): string => String(described[names.indexOf(column)]?.['column_type']);
    const selection = [
      ...Object.values(columns).map((column) => `CAST(${sqlName(column)} AS VARCHAR) AS ${position(column)}`),
      ...[columns.user, columns.item].map(
        (column) => `${parquetIdSql(sqlName(column), typeOf(column))} AS ${idPosition(column)}`,
      ),
    ];
    return {
      fields: map(position, idPosition),
      structure: '',
      from: `(SELECT ${[...new Set(selection)].join(', ')}, to_json({${columnList(names)}})::VARCHAR AS text, false AS blank FROM read_parquet(${sqlText(file)}))`,
      firstLine: 1,
    };
  }
  if (format.kind === 'jsonl') {
    return {
      fields: map(
        (column) => `json_extract_string(object, ${sqlText(`$.${JSON.stringify(column)}`)})`,
        (column) => jsonIdSql('object', 'text', column),
      ),
      structure: `WHEN object IS NULL THEN 'not valid JSON'\nWHEN json_type(object) <> 'OBJECT' THEN 'not a JSON object'`,
      from: `(SELECT line AS text, line IS NULL AS blank, CASE WHEN json_valid(line) THEN line::JSON END AS object FROM ${lines(text, format, 0)})`,
      firstLine: 1,
    };
  }
  const header = format.header ? await readHeader(db, text, format) : undefined;
  const positions = map((column) => {
    if (header !== undefined) requireColumn(file, header, column);
    const position = header === undefined ? Number(column) : header.indexOf(column);
    if (!Number.isInteger(position)) {
      throw new MatineeError('BAD_MAPPING', `${file} has no header: name column "${column}" by its position, from 0`);
    }
    return `f[${position + 1}]`;
  });
  const needed = header?.length ?? Math.max(...Object.values(columns).map(Number)) + 1;
  const comparison = header === undefined ? '<' : '<>';
  return {
    fields: positions,
    structure: `WHEN len(f) ${comparison} ${needed} THEN 'expected ${needed} columns, found ' || len(f)`,
    from: `(SELECT line AS text, line IS NULL AS blank, CASE WHEN contains(line, '"') THEN ${quotedFields(format.delimiter)}
      ELSE string_split(line, ${sqlText(format.delimiter)}) END AS f FROM ${lines(text, format, format.header ? 1 : 0)})`,
    firstLine: format.header ? 2 : 1,
  };
}

function columnList(names: readonly string[]): string {
  return names.map((name) => `${sqlText(name)}: ${sqlName(name)}`).join(', ');
}

async function readHeader(
  db: DuckDb,
  text: SourceText,
  format: TableFormat & { kind: 'csv' },
): Promise<readonly string[]> {
  const [first] = await db.rows(
    `SELECT CASE WHEN contains(line, '"') THEN ${quotedFields(format.delimiter)} ELSE string_split(line, ${sqlText(format.delimiter)}) END AS f
     FROM ${lines(text, format, 0)} LIMIT 1`,
  );
  if (first === undefined || !Array.isArray(first['f'])) {
    throw new MatineeError('BAD_MAPPING', `${text.file} is empty; its first line must name the columns`);
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

import { sqlText } from './open-duckdb.ts';

/** The characters that `String.trim` removes from the ends of a text; SQL's `trim` alone removes only blanks. */
const BLANKS = sqlText(
  '\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff',
);

/** Returns SQL for a text without the blanks around it, as {@link String.trim} does. */
export function trimmedSql(text: string): string {
  return `trim(${text}, ${BLANKS})`;
}

/** Returns SQL that is true for a text of blanks alone and for NULL. Most texts begin with a letter or a digit. */
export function isBlankSql(text: string): string {
  return `CASE WHEN ${text} >= '0' AND ${text} < '{' THEN false ELSE ${trimmedSql(`coalesce(${text}, '')`)} = '' END`;
}

/** Returns SQL that is true for a text with a control character that is no blank, such as NUL. */
export function holdsControlSql(text: string): string {
  return `regexp_matches(coalesce(${text}, ''), '[\\x00-\\x08\\x0e-\\x1f]')`;
}

/** The same of a text that is read already. */
export function holdsControl(text: string): boolean {
  return Array.from(text).some((character) => character < '\t' || (character > '\r' && character < ' '));
}

/**
 * Returns SQL for the text of a value of a JSON object, with every digit as written in the line: DuckDB writes the
 * number 1e3 as 1000.0.
 *
 * @param object SQL for the object.
 * @param line SQL for the line that holds it.
 */
export function jsonIdSql(object: string, line: string, column: string): string {
  const key = JSON.stringify(column);
  const path = sqlText(`$.${key}`);
  const text = `json_extract_string(${object}, ${path})`;
  const number = `regexp_extract(${line}, ${sqlText(`${escapePattern(key)}\\s*:\\s*(-?[0-9][0-9.eE+-]*)`)}, 1)`;
  return `CASE WHEN json_type(${object}, ${path}) = 'DOUBLE' AND TRY_CAST(${number} AS DOUBLE) = TRY_CAST(${text} AS DOUBLE)
    THEN ${number} ELSE ${text} END`;
}

/**
 * Returns SQL for the id in a column of a Parquet file. A column of floating-point numbers has no other way to write 7
 * than 7.0, so a whole number is written without its fraction: it is the id 7 of an integer column elsewhere.
 */
export function parquetIdSql(column: string, type: string): string {
  const text = `CAST(${column} AS VARCHAR)`;
  if (type !== 'DOUBLE' && type !== 'FLOAT') return text;
  return `CASE WHEN ${column} = trunc(${column}) AND abs(${column}) < 9007199254740992
    THEN CAST(CAST(${column} AS BIGINT) AS VARCHAR) ELSE ${text} END`;
}

/** Returns the id in a parsed cell of an item table, or undefined if the cell is empty. */
export function idOf(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  const text = (typeof value === 'object' ? JSON.stringify(value) : String(value)).trim();
  return text === '' ? undefined : text;
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');
}

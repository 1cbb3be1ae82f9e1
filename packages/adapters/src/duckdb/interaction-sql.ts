import { EVENT_TYPES } from '@matinee/models/data';
import { MatineeError } from '@matinee/numerics';
import { CONTROL_MARK } from './clean-copy.ts';
import type { InteractionSource, TimeUnit } from './data-source.ts';
import { openEventFields } from './event-fields.ts';
import { holdsControlSql, isBlankSql } from './id-text.ts';
import { type DuckDb, sqlText } from './open-duckdb.ts';
import type { SourceText } from './source-text.ts';

/** Rows of a source file as SQL, with the text of each field and the problem of the row. */
export interface InteractionSql {
  /**
   * A relation with columns user, item (VARCHAR), t (DOUBLE, seconds), v (FLOAT), type (UTINYINT; {@link LEFT_OUT} for
   * a row that the source leaves out), problem, blank, text.
   */
  readonly relation: string;
  /** Physical line of the relation's first row, from 1; for Parquet the first row is 1. */
  readonly firstLine: number;
}

/** The type of a row whose event type means nothing to the source. */
export const LEFT_OUT = 255;

/**
 * Returns the SQL that reads events from a source file and finds the problem of each row.
 *
 * @param latestSeconds Seconds since 1970; later events are in the future and get a problem.
 * @throws {MatineeError} `BAD_MAPPING` when a column is not in the file; lists the columns of the file.
 */
export async function interactionSql(
  db: DuckDb,
  source: InteractionSource,
  text: SourceText,
  latestSeconds: number,
): Promise<InteractionSql> {
  const { fields, structure, from, firstLine, hasTypedTime } = await openEventFields(db, source, text);
  const { user, item, time, value, type } = fields;
  const unit = source.timeUnit ?? (hasTypedTime ? 'iso' : 'seconds');
  const seconds = time === undefined ? '0::DOUBLE' : await secondsSql(db, time, unit, source.timeFormat);
  const eventType =
    type === undefined
      ? String(EVENT_TYPES.indexOf(source.defaultType))
      : `CASE ${type} ${Object.entries(source.eventTypes)
          .map(
            ([name, meaning]) =>
              `WHEN ${sqlText(name)} THEN ${meaning === null ? LEFT_OUT : EVENT_TYPES.indexOf(meaning)}`,
          )
          .join(' ')} END`;
  const written = source.hasDecimalComma ? `replace(${value}, ',', '.')` : value;
  const number = value === undefined ? "'nan'::FLOAT" : `TRY_CAST(nullif(${written}, '') AS FLOAT)`;
  const problems = [
    text.hasMarkedControls ? `WHEN contains(text, ${sqlText(CONTROL_MARK)}) THEN 'holds a control character'` : '',
    structure,
    `WHEN ${isBlankSql(user)} THEN 'user is empty'`,
    `WHEN ${isBlankSql(item)} THEN 'item is empty'`,
    // In a CSV file they stand in the text itself, and are found there.
    ...(source.format.kind === 'csv'
      ? []
      : [
          `WHEN ${holdsControlSql(user)} THEN 'user holds a control character'`,
          `WHEN ${holdsControlSql(item)} THEN 'item holds a control character'`,
        ]),
    ...(time === undefined ? [] : timeProblems(time, source.timeFormat ?? unit, latestSeconds)),
    ...(value === undefined ? [] : valueProblems(value, source.valueRange)),
    ...(type === undefined ? [] : [`WHEN type IS NULL THEN 'type: ' || ${quoted(type)} || ' is not in eventTypes'`]),
  ];
  return {
    firstLine,
    relation: `(SELECT *, CASE ${problems.join('\n')} END AS problem FROM
      (SELECT *, ${user} AS user, ${item} AS item, ${seconds} AS t, ${number} AS v, CAST(${eventType} AS UTINYINT) AS type FROM ${from}))`,
  };
}

/** Returns SQL for a time in seconds since 1970. */
async function secondsSql(db: DuckDb, time: string, unit: TimeUnit, timeFormat: string | undefined): Promise<string> {
  if (timeFormat !== undefined) {
    const format = sqlText(timeFormat);
    await db.rows(`SELECT strftime(TIMESTAMP '2000-01-01', ${format})`).catch((cause: unknown) => {
      throw new MatineeError(
        'BAD_MAPPING',
        `matinee.json, interactions.timeFormat: "${timeFormat}" is not a format of strptime, as in %d.%m.%Y %H:%M`,
        { cause },
      );
    });
    return `epoch(try_strptime(${time}, ${format}))`;
  }
  if (unit === 'iso') return `epoch(TRY_CAST(${time} AS TIMESTAMPTZ))`;
  return `TRY_CAST(${time} AS DOUBLE) / ${UNITS_IN_A_SECOND[unit]}`;
}

export const UNITS_IN_A_SECOND: Readonly<Record<Exclude<TimeUnit, 'iso'>, number>> = {
  seconds: 1,
  milliseconds: 1e3,
  microseconds: 1e6,
  nanoseconds: 1e9,
};

function timeProblems(time: string, wanted: string, latestSeconds: number): readonly string[] {
  return [
    `WHEN t IS NULL OR NOT isfinite(t) THEN 'time: cannot read ' || ${quoted(time)} || ${sqlText(` as ${wanted}`)}`,
    `WHEN t < 0 THEN 'time: ' || ${quoted(time)} || ' is before 1970'`,
    `WHEN t > ${latestSeconds} THEN 'time: ' || ${quoted(time)} || ' is in the future'`,
  ];
}

function valueProblems(value: string, range: readonly [number, number] | undefined): readonly string[] {
  const problems = [
    `WHEN coalesce(${value}, '') <> '' AND (v IS NULL OR NOT isfinite(v)) THEN 'value: ' || ${quoted(value)} || ' is not a number'`,
  ];
  if (range === undefined) return problems;
  const [lowest, highest] = range;
  return [
    ...problems,
    `WHEN v NOT BETWEEN ${lowest} AND ${highest} THEN 'value: ' || ${quoted(value)} || ' is not from ${lowest} to ${highest}'`,
  ];
}

/** Returns SQL for the quoted text of a field inside a reason. */
function quoted(field: string): string {
  return `'"' || left(replace(coalesce(${field}, ''), '"', ''''), 100) || '"'`;
}

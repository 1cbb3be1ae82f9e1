import type { InteractionSource } from './data-source.ts';
import { trimmedSql } from './id-text.ts';
import { type InteractionSql, interactionSql, LEFT_OUT } from './interaction-sql.ts';
import type { DuckDb } from './open-duckdb.ts';
import { MAX_QUARANTINED_TEXT, type RowWriter } from './row-writer.ts';
import type { SourceText } from './source-text.ts';

/** Counts of the database table `staged` (user_key, item_key, t, v, type, ok; `rowid` is the order of the source). */
export interface StagedInteractions {
  /** Non-blank rows of the file: kept + quarantined + left out. */
  readonly rowsRead: number;
  readonly rowsKept: number;
  readonly rowsQuarantined: number;
  /** Good rows that the source leaves out: by their event type, and as repeats. */
  readonly rowsLeftOut: { readonly byType: number; readonly repeats: number };
  /** `BIGINT` if every id is written as a plain integer, else `VARCHAR`. */
  readonly keyType: 'BIGINT' | 'VARCHAR';
}

type KeyType = StagedInteractions['keyType'];

const SAMPLED_ROWS = 2000;

/**
 * Reads the events into the table `staged`. If all ids look like plain integers they are staged as integers, a third of
 * the bytes. One id that does not ("007", "u1") makes all ids text; if it comes late, the file is read a second time.
 *
 * @param text What is read in place of the source's files, with the same lines.
 */
export async function stageInteractions(
  db: DuckDb,
  source: InteractionSource,
  text: SourceText,
  latestSeconds: number,
  quarantine: RowWriter,
  onProgress: (percent: number) => void,
): Promise<StagedInteractions> {
  const rows = await interactionSql(db, source, text, latestSeconds);
  const keyType = await fillStaged(db, rows.relation, onProgress);
  const [counts] = await db.rows(
    `SELECT count(*) AS staged, count(*) FILTER (ok) AS kept, count(*) FILTER (NOT ok AND type = ${LEFT_OUT}) AS out FROM staged`,
  );
  const [staged, good, byType] = [counts?.['staged'], counts?.['kept'], counts?.['out']].map(Number) as [
    number,
    number,
    number,
  ];
  const refused = await readRefusedLines(db);
  const quarantined = staged - good - byType;
  await quarantineBadRows(db, rows, { text, hasBadRows: quarantined > 0, refused }, quarantine);
  const repeats = source.repeats === 'all' ? 0 : await dropRepeats(db, source.repeats);
  return {
    rowsRead: staged + refused.length,
    rowsKept: good - repeats,
    rowsQuarantined: quarantined + refused.length,
    rowsLeftOut: { byType, repeats },
    keyType,
  };
}

/** Creates the table `staged` without a row, for a source in which nothing has happened yet. */
export async function stageNothing(db: DuckDb): Promise<StagedInteractions> {
  await db.run(
    'CREATE TABLE staged (user_key VARCHAR, item_key VARCHAR, t DOUBLE, v FLOAT, ok BOOLEAN, type UTINYINT, plain BOOLEAN)',
  );
  const rowsLeftOut = { byType: 0, repeats: 0 };
  return { rowsRead: 0, rowsKept: 0, rowsQuarantined: 0, rowsLeftOut, keyType: 'VARCHAR' };
}

/** Keeps the first or the last of all events of one user, item and type. Returns how many others there were. */
async function dropRepeats(db: DuckDb, repeats: 'first' | 'last'): Promise<number> {
  const direction = repeats === 'first' ? 'ASC' : 'DESC';
  const count = async (): Promise<number> =>
    Number((await db.rows('SELECT count(*) AS n FROM staged WHERE ok'))[0]?.['n']);
  const before = await count();
  await db.run(
    `CREATE OR REPLACE TABLE staged AS SELECT * EXCLUDE (place) FROM (SELECT *, rowid AS place FROM staged WHERE ok)
     QUALIFY row_number() OVER (PARTITION BY user_key, item_key, type ORDER BY t ${direction}, place ${direction}) = 1
     ORDER BY place`,
  );
  return before - (await count());
}

/** Fills the table `staged` and returns the type of its ids. */
async function fillStaged(db: DuckDb, relation: string, onProgress: (percent: number) => void): Promise<KeyType> {
  const plain = (field: string): string => `coalesce(TRY_CAST(${field} AS BIGINT)::VARCHAR = ${field}, false)`;
  const arePlain = `problem IS NOT NULL OR (${plain('user')} AND ${plain('item')})`;
  const fill = async (keyType: KeyType): Promise<void> => {
    const key = (field: string): string => (keyType === 'VARCHAR' ? trimmedSql(field) : `TRY_CAST(${field} AS BIGINT)`);
    await forgetRejects(db);
    await db.run(
      `CREATE OR REPLACE TABLE staged AS SELECT ${key('user')} AS user_key, ${key('item')} AS item_key, t, v,
        problem IS NULL AND type <> ${LEFT_OUT} AS ok,
        CASE WHEN problem IS NULL THEN type END AS type, ${keyType === 'VARCHAR' ? 'true' : arePlain} AS plain FROM ${relation} WHERE NOT blank`,
      onProgress,
    );
  };
  const allPlain = async (table: string, condition: string): Promise<boolean> => {
    const [counted] = await db.rows(`SELECT bool_and(${condition}) AS plain FROM ${table}`);
    return counted?.['plain'] !== false;
  };
  // The first rows usually decide: casting millions of texts to numbers takes longer than reading them.
  const sample = `(SELECT * FROM ${relation} WHERE NOT blank LIMIT ${SAMPLED_ROWS})`;
  const keyType: KeyType = (await allPlain(sample, arePlain)) ? 'BIGINT' : 'VARCHAR';
  await fill(keyType);
  if (await allPlain('staged', 'plain')) return keyType;
  await fill('VARCHAR');
  return 'VARCHAR';
}

interface RefusedLine {
  readonly line: number;
  readonly reason: string;
  readonly text: string;
}

interface BadRows {
  readonly text: SourceText;
  /** Whether the relation has rows with a problem. */
  readonly hasBadRows: boolean;
  /** Lines that are not in the relation, in the order of the file. */
  readonly refused: readonly RefusedLine[];
}

/** Quarantines the rows with a problem and the refused lines, in the order of the file. */
async function quarantineBadRows(
  db: DuckDb,
  { relation, firstLine }: InteractionSql,
  { text: { originOf }, hasBadRows, refused }: BadRows,
  quarantine: RowWriter,
): Promise<void> {
  // Lines that DuckDB refused to read have no row number: each shifts the lines after it by one.
  let shift = 0;
  const addRefusedUpTo = (line: number): void => {
    for (let next = refused[shift]; next !== undefined && next.line <= line + shift; next = refused[++shift]) {
      quarantine.add({ ...next, ...originOf(next.line) });
    }
  };
  if (hasBadRows) {
    await db.each(
      `SELECT n, problem, left(text, ${MAX_QUARANTINED_TEXT}) FROM (SELECT row_number() OVER () AS n, problem, blank, text FROM ${relation})
       WHERE problem IS NOT NULL AND NOT blank ORDER BY n`,
      ([n, problem, badText]) => {
        const line = Number(n) + firstLine - 1;
        addRefusedUpTo(line);
        quarantine.add({ ...originOf(line + shift), reason: String(problem), text: String(badText) });
      },
    );
  }
  addRefusedUpTo(Number.POSITIVE_INFINITY);
}

/** Drops the two temporary tables in which DuckDB keeps undecodable lines for the lifetime of the connection. */
async function forgetRejects(db: DuckDb): Promise<void> {
  await db.run('DROP TABLE IF EXISTS reject_errors');
  await db.run('DROP TABLE IF EXISTS reject_scans');
}

/** Returns the lines that DuckDB could not decode, in the order of the file. */
async function readRefusedLines(db: DuckDb): Promise<readonly RefusedLine[]> {
  const [present] = await db.rows(`SELECT count(*) AS n FROM duckdb_tables() WHERE table_name = 'reject_errors'`);
  if (Number(present?.['n']) === 0) return [];
  const rows = await db.rows(
    `SELECT line, any_value(error_type)::VARCHAR AS kind, left(any_value(csv_line), ${MAX_QUARANTINED_TEXT}) AS text
     FROM reject_errors GROUP BY line ORDER BY line`,
  );
  return rows.map((row) => ({
    line: Number(row['line']),
    reason: row['kind'] === 'INVALID ENCODING' ? 'not valid UTF-8' : `unreadable: ${String(row['kind']).toLowerCase()}`,
    text: String(row['text'] ?? ''),
  }));
}

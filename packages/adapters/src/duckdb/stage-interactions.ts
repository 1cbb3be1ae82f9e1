import type { InteractionSource } from './data-source.ts';
import { trimmedSql } from './id-text.ts';
import { type InteractionSql, interactionSql, type SourceText } from './interaction-sql.ts';
import type { DuckDb } from './open-duckdb.ts';
import { MAX_QUARANTINED_TEXT, type RowWriter } from './row-writer.ts';

/** Counts of the database table `staged` (user_key, item_key, t, v, type, ok; `rowid` is the order of the source). */
export interface StagedInteractions {
  /** Non-blank rows of the file: kept + quarantined. */
  readonly rowsRead: number;
  readonly rowsKept: number;
  readonly rowsQuarantined: number;
  /** `BIGINT` if every id is written as a plain integer, else `VARCHAR`. */
  readonly keyType: 'BIGINT' | 'VARCHAR';
}

type KeyType = StagedInteractions['keyType'];

const SAMPLED_ROWS = 2000;

/**
 * Reads the events into the table `staged`. If all ids look like plain integers they are staged as integers, a third of
 * the bytes. One id that does not ("007", "u1") makes all ids text; if it comes late, the file is read a second time.
 *
 * @param text The text to read in place of `source.file`, with the same lines.
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
  const [counts] = await db.rows('SELECT count(*) AS staged, count(*) FILTER (ok) AS kept FROM staged');
  const staged = Number(counts?.['staged']);
  const rowsKept = Number(counts?.['kept']);
  const refused = await readRefusedLines(db);
  await quarantineBadRows(db, rows, { file: source.file, hasBadRows: rowsKept < staged, refused }, quarantine);
  return {
    rowsRead: staged + refused.length,
    rowsKept,
    rowsQuarantined: staged - rowsKept + refused.length,
    keyType,
  };
}

/** Fills the table `staged` and returns the type of its ids. */
async function fillStaged(db: DuckDb, relation: string, onProgress: (percent: number) => void): Promise<KeyType> {
  const plain = (field: string): string => `coalesce(TRY_CAST(${field} AS BIGINT)::VARCHAR = ${field}, false)`;
  const arePlain = `problem IS NOT NULL OR (${plain('user')} AND ${plain('item')})`;
  const fill = async (keyType: KeyType): Promise<void> => {
    const key = (field: string): string => (keyType === 'VARCHAR' ? trimmedSql(field) : `TRY_CAST(${field} AS BIGINT)`);
    await forgetRejects(db);
    await db.run(
      `CREATE OR REPLACE TABLE staged AS SELECT ${key('user')} AS user_key, ${key('item')} AS item_key, t, v, type,
        problem IS NULL AS ok, ${keyType === 'VARCHAR' ? 'true' : arePlain} AS plain FROM ${relation} WHERE NOT blank`,
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
  readonly file: string;
  /** Whether the relation has rows with a problem. */
  readonly hasBadRows: boolean;
  /** Lines that are not in the relation, in the order of the file. */
  readonly refused: readonly RefusedLine[];
}

/** Quarantines the rows with a problem and the refused lines, in the order of the file. */
async function quarantineBadRows(
  db: DuckDb,
  { relation, firstLine }: InteractionSql,
  { file, hasBadRows, refused }: BadRows,
  quarantine: RowWriter,
): Promise<void> {
  // Lines that DuckDB refused to read have no row number: each shifts the lines after it by one.
  let shift = 0;
  const addRefusedUpTo = (line: number): void => {
    for (let next = refused[shift]; next !== undefined && next.line <= line + shift; next = refused[++shift]) {
      quarantine.add({ file, ...next });
    }
  };
  if (hasBadRows) {
    await db.each(
      `SELECT n, problem, left(text, ${MAX_QUARANTINED_TEXT}) FROM (SELECT row_number() OVER () AS n, problem, blank, text FROM ${relation})
       WHERE problem IS NOT NULL AND NOT blank ORDER BY n`,
      ([n, problem, badText]) => {
        const line = Number(n) + firstLine - 1;
        addRefusedUpTo(line);
        quarantine.add({ file, line: line + shift, reason: String(problem), text: String(badText) });
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

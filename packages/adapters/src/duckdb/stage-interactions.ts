import type { InteractionSource } from './data-source.ts';
import { interactionSql } from './interaction-sql.ts';
import type { DuckDb } from './open-duckdb.ts';

/** A row that could not be used, as it goes to `quarantine.jsonl`. */
export interface QuarantinedRow {
  readonly file: string;
  /** Physical line, from 1 (for Parquet: row, from 1). */
  readonly line: number;
  readonly reason: string;
  /** The row as it stands in the file, cut at 2,000 characters. */
  readonly text: string;
}

/** The table `staged` of the database: user_key, item_key, t, v, type, ok; `rowid` is the order of the source. */
export interface StagedInteractions {
  /** Rows of the file that are not blank: kept + quarantined. */
  readonly rowsRead: number;
  readonly rowsKept: number;
  readonly quarantined: readonly QuarantinedRow[];
  /** Whether ids are kept as integers (all of them are written as such) or as text. */
  readonly keyType: 'BIGINT' | 'VARCHAR';
}

const MAX_TEXT = 2000;

/**
 * Reads the events into the table `staged`. Ids that all look like plain integers are staged as integers, a third of
 * the bytes; one that does not ("007", "u1") makes the file be read again with text ids.
 */
export async function stageInteractions(
  db: DuckDb,
  source: InteractionSource,
  latestSeconds: number,
  onProgress: (percent: number) => void,
): Promise<StagedInteractions> {
  const { relation, firstLine } = await interactionSql(db, source, latestSeconds);
  const fill = async (keyType: 'BIGINT' | 'VARCHAR'): Promise<void> => {
    const key = (field: string): string => (keyType === 'VARCHAR' ? `trim(${field})` : `TRY_CAST(${field} AS BIGINT)`);
    const plain = (field: string): string => `coalesce(TRY_CAST(${field} AS BIGINT)::VARCHAR = ${field}, false)`;
    const isPlain = keyType === 'VARCHAR' ? 'true' : `problem IS NOT NULL OR (${plain('user')} AND ${plain('item')})`;
    await forgetRejects(db);
    await db.run(
      `CREATE OR REPLACE TABLE staged AS SELECT ${key('user')} AS user_key, ${key('item')} AS item_key, t, v, type,
        problem IS NULL AS ok, ${isPlain} AS plain FROM ${relation} WHERE text IS NOT NULL`,
      onProgress,
    );
  };
  let keyType: 'BIGINT' | 'VARCHAR' = 'BIGINT';
  await fill(keyType);
  const [counted] = await db.rows('SELECT bool_and(plain) AS plain FROM staged');
  if (counted?.['plain'] === false) {
    keyType = 'VARCHAR';
    await fill(keyType);
  }
  const [counts] = await db.rows('SELECT count(*) AS staged, count(*) FILTER (ok) AS kept FROM staged');
  const staged = Number(counts?.['staged']);
  const rowsKept = Number(counts?.['kept']);

  const rejected = await readRejects(db, source.file);
  const quarantined = [...rejected];
  if (rowsKept < staged) {
    const bad = await db.rows(
      `SELECT n, problem, left(text, ${MAX_TEXT}) AS text
       FROM (SELECT row_number() OVER () AS n, problem, text FROM ${relation}) WHERE problem IS NOT NULL AND text IS NOT NULL ORDER BY n`,
    );
    // Lines that DuckDB refused to read have no row number: each shifts those after it by one.
    const refused = rejected.map((row) => row.line).sort((a, b) => a - b);
    let shift = 0;
    for (const row of bad) {
      let line = Number(row['n']) + firstLine - 1 + shift;
      while (shift < refused.length && (refused[shift] as number) <= line) {
        shift++;
        line++;
      }
      quarantined.push({ file: source.file, line, reason: String(row['problem']), text: String(row['text']) });
    }
  }
  quarantined.sort((a, b) => a.line - b.line);
  return { rowsRead: staged + rejected.length, rowsKept, quarantined, keyType };
}

/** DuckDB keeps the lines that it could not decode in two temporary tables, for the connection's lifetime. */
async function forgetRejects(db: DuckDb): Promise<void> {
  await db.run('DROP TABLE IF EXISTS reject_errors');
  await db.run('DROP TABLE IF EXISTS reject_scans');
}

async function readRejects(db: DuckDb, file: string): Promise<readonly QuarantinedRow[]> {
  const [present] = await db.rows(`SELECT count(*) AS n FROM duckdb_tables() WHERE table_name = 'reject_errors'`);
  if (Number(present?.['n']) === 0) return [];
  const rows = await db.rows(
    `SELECT line, any_value(error_type)::VARCHAR AS kind, left(any_value(csv_line), ${MAX_TEXT}) AS text FROM reject_errors GROUP BY line ORDER BY line`,
  );
  return rows.map((row) => ({
    file,
    line: Number(row['line']),
    reason: row['kind'] === 'INVALID ENCODING' ? 'not valid UTF-8' : `unreadable: ${String(row['kind']).toLowerCase()}`,
    text: String(row['text'] ?? ''),
  }));
}

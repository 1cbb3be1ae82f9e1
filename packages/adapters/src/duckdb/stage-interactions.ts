import type { InteractionSource } from './data-source.ts';
import { interactionSql, type SourceText } from './interaction-sql.ts';
import type { DuckDb } from './open-duckdb.ts';
import { MAX_QUARANTINED_TEXT, type QuarantineWriter } from './quarantine-writer.ts';

/** The table `staged` of the database: user_key, item_key, t, v, type, ok; `rowid` is the order of the source. */
export interface StagedInteractions {
  /** Rows of the file that are not blank: kept + quarantined. */
  readonly rowsRead: number;
  readonly rowsKept: number;
  readonly rowsQuarantined: number;
  /** Whether ids are kept as integers (all of them are written as such) or as text. */
  readonly keyType: 'BIGINT' | 'VARCHAR';
}

const SAMPLED_ROWS = 2000;

/**
 * Reads the events into the table `staged`. Ids that all look like plain integers are staged as integers, a third of
 * the bytes; one that does not ("007", "u1") makes all ids text, and the file is read again if it comes late.
 *
 * @param text What to read in place of `source.file`, line for line the same.
 */
export async function stageInteractions(
  db: DuckDb,
  source: InteractionSource,
  text: SourceText,
  latestSeconds: number,
  quarantine: QuarantineWriter,
  onProgress: (percent: number) => void,
): Promise<StagedInteractions> {
  const { relation, firstLine } = await interactionSql(db, source, text, latestSeconds);
  const plain = (field: string): string => `coalesce(TRY_CAST(${field} AS BIGINT)::VARCHAR = ${field}, false)`;
  const arePlain = `problem IS NOT NULL OR (${plain('user')} AND ${plain('item')})`;
  const fill = async (keyType: 'BIGINT' | 'VARCHAR'): Promise<void> => {
    const key = (field: string): string => (keyType === 'VARCHAR' ? `trim(${field})` : `TRY_CAST(${field} AS BIGINT)`);
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
  // The first rows mostly tell; trying millions of texts as numbers takes longer than reading them.
  const sample = `(SELECT * FROM ${relation} WHERE NOT blank LIMIT ${SAMPLED_ROWS})`;
  let keyType: 'BIGINT' | 'VARCHAR' = (await allPlain(sample, arePlain)) ? 'BIGINT' : 'VARCHAR';
  await fill(keyType);
  if (!(await allPlain('staged', 'plain'))) {
    keyType = 'VARCHAR';
    await fill(keyType);
  }
  const [counts] = await db.rows('SELECT count(*) AS staged, count(*) FILTER (ok) AS kept FROM staged');
  const staged = Number(counts?.['staged']);
  const rowsKept = Number(counts?.['kept']);

  const refused = await readRefusedLines(db);
  const { file } = source;
  // Lines that DuckDB refused to read have no row number: each shifts those after it by one.
  let shift = 0;
  const addRefusedUpTo = (line: number): void => {
    for (let next = refused[shift]; next !== undefined && next.line <= line + shift; next = refused[++shift]) {
      quarantine.add({ file, ...next });
    }
  };
  if (rowsKept < staged) {
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
  return {
    rowsRead: staged + refused.length,
    rowsKept,
    rowsQuarantined: staged - rowsKept + refused.length,
    keyType,
  };
}

/** DuckDB keeps the lines that it could not decode in two temporary tables, for the connection's lifetime. */
async function forgetRejects(db: DuckDb): Promise<void> {
  await db.run('DROP TABLE IF EXISTS reject_errors');
  await db.run('DROP TABLE IF EXISTS reject_scans');
}

/** The lines that DuckDB could not decode, in the order of the file. */
async function readRefusedLines(
  db: DuckDb,
): Promise<readonly { readonly line: number; readonly reason: string; readonly text: string }[]> {
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

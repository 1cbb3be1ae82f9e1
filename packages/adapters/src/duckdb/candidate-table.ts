import { type DuckDBAppender, FLOAT, LIST, listValue, STRUCT, structValue, VARCHAR } from '@duckdb/node-api';
import type { CandidateHit, CandidateRow } from '@matinee/models/candidates';
import type { Vocabulary } from '@matinee/models/data';
import type { EvaluationQuery } from '@matinee/models/splits';
import { type DuckDb, sqlText } from './open-duckdb.ts';
import { copyAside, openPartTable } from './part-table.ts';

/** Resolves the indices of candidate rows. */
export interface CandidateTableContext {
  readonly users: Vocabulary;
  readonly items: Vocabulary;
  /** Names of the sources, in the order of `CandidateRow.source`. */
  readonly sources: readonly string[];
  readonly queries: readonly EvaluationQuery[];
  readonly signal?: AbortSignal | undefined;
}

/** Summary of a finished table. */
export interface CandidateTableSummary {
  readonly rowCount: number;
  /** Distinct items that the sources found per query: mean over all queries. */
  readonly meanUnionSize: number;
  readonly hits: readonly CandidateHit[];
}

/**
 * Writes a table of candidates in parts of some queries each, which are merged at the end. An existing part is always
 * complete, so an interrupted run resumes after the last one.
 */
export interface CandidateTableWriter {
  /** Number of existing parts, 0 … partCount − 1. */
  readonly partCount: number;
  /** Writes the next part. */
  writePart(rows: readonly CandidateRow[]): Promise<void>;
  /** Merges all parts into one file, which appears complete or not at all. {@link discard} removes the parts. */
  finish(file: string): Promise<CandidateTableSummary>;
  /** Writes all queries, including those without candidates. */
  writeQueries(file: string): Promise<void>;
  /** Removes the parts. */
  discard(): void;
  close(): void;
}

const CANDIDATE_COLUMNS = `query INTEGER, user_id VARCHAR, as_of DOUBLE, item_id VARCHAR, source VARCHAR, score FLOAT, rank INTEGER,
  contributors STRUCT(item_id VARCHAR, contribution FLOAT)[], blend_score FLOAT, blend_rank INTEGER, is_target BOOLEAN`;
const QUERY_COLUMNS = 'query INTEGER, user_id VARCHAR, as_of DOUBLE, history_length INTEGER, target_item_ids VARCHAR[]';
const CONTRIBUTORS = LIST(STRUCT({ item_id: VARCHAR, contribution: FLOAT }));

/**
 * Opens the table whose parts are in `folder`, which is created if missing. The name of the folder must identify
 * everything that determines the rows; otherwise the parts of another run are used.
 *
 * @throws {MatineeError} From every method: `CANCELLED` when the signal is aborted, `DUCKDB` when a file cannot be
 *   written.
 */
export async function openCandidateTable(
  folder: string,
  context: CandidateTableContext,
): Promise<CandidateTableWriter> {
  const parts = await openPartTable(folder, { columns: CANDIDATE_COLUMNS, signal: context.signal });
  const { db } = parts;
  return {
    get partCount() {
      return parts.partCount;
    },
    writePart: (rows) =>
      parts.writePart((appender) => {
        for (const row of rows) appendCandidate(appender, row, context);
      }),
    async finish(file) {
      await parts.finish(file);
      return summarise(db, file, context);
    },
    async writeQueries(file) {
      await db.run(`CREATE OR REPLACE TABLE asked (${QUERY_COLUMNS})`);
      await db.append('asked', (appender) => appendQueries(appender, context));
      await copyAside(db, 'SELECT * FROM asked', file);
      await db.run('DROP TABLE asked');
    },
    discard: parts.discard,
    close: parts.close,
  };
}

function appendCandidate(
  appender: DuckDBAppender,
  row: CandidateRow,
  { users, items, sources, queries }: CandidateTableContext,
): void {
  const { userIndex, asOf } = queries[row.query] as EvaluationQuery;
  appender.appendInteger(row.query);
  appender.appendVarchar(users.ids[userIndex] as string);
  appender.appendDouble(asOf);
  appender.appendVarchar(items.ids[row.itemIndex] as string);
  appender.appendVarchar(sources[row.source] as string);
  appender.appendFloat(row.score);
  appender.appendInteger(row.rank);
  if (row.contributors === undefined) appender.appendNull();
  else {
    const contributors = row.contributors.map(({ itemIndex, contribution }) =>
      structValue({ item_id: items.ids[itemIndex] as string, contribution }),
    );
    appender.appendList(listValue(contributors), CONTRIBUTORS);
  }
  appender.appendFloat(row.blendScore);
  appender.appendInteger(row.blendRank);
  appender.appendBoolean(row.isTarget);
  appender.endRow();
}

function appendQueries(appender: DuckDBAppender, { users, items, queries }: CandidateTableContext): void {
  for (const [query, { userIndex, asOf, history, targets }] of queries.entries()) {
    appender.appendInteger(query);
    appender.appendVarchar(users.ids[userIndex] as string);
    appender.appendDouble(asOf);
    appender.appendInteger(history.itemIndices.length);
    appender.appendList(listValue(Array.from(targets, (item) => items.ids[item] as string)), LIST(VARCHAR));
    appender.endRow();
  }
}

/** Counts the rows of the written file. */
async function summarise(
  db: DuckDb,
  file: string,
  { items, queries }: CandidateTableContext,
): Promise<CandidateTableSummary> {
  const table = `read_parquet(${sqlText(file)})`;
  const [counts] = await db.rows(`SELECT count(*)::DOUBLE AS rows FROM ${table}`);
  const [sizes] = await db.rows(
    `SELECT coalesce(sum(size), 0)::DOUBLE AS total FROM (SELECT max(blend_rank) AS size FROM ${table} GROUP BY query)`,
  );
  const hits: CandidateHit[] = [];
  await db.each(
    `SELECT query, source, item_id, rank, blend_rank FROM ${table} WHERE is_target`,
    ([query, source, itemId, rank, blendRank]) => {
      hits.push({
        query: Number(query),
        source: String(source),
        itemIndex: items.indexOf(String(itemId)),
        rank: Number(rank),
        blendRank: Number(blendRank),
      });
    },
  );
  return {
    rowCount: Number(counts?.['rows']),
    meanUnionSize: Number(sizes?.['total']) / queries.length,
    hits,
  };
}

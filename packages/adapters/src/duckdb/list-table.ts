import { type DuckDBAppender, LIST, listValue, VARCHAR } from '@duckdb/node-api';
import { openPartTable, type TableFormat } from './part-table.ts';

/** One place of one user's list. */
export interface ListRow {
  readonly userId: string;
  /** From 1. */
  readonly rank: number;
  readonly itemId: string;
  readonly title: string;
  readonly score: number;
  readonly section: string;
  readonly reason: string;
  readonly sources: readonly string[];
}

/** What all rows of a table share. */
export interface ListTableContext {
  /** The generation. */
  readonly version: string;
  /** The release's hash. */
  readonly release: string;
  /** The moment that the lists are for, milliseconds since 1970. */
  readonly asOfMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Writes users' lists part by part, so that an interrupted run goes on after the last part. */
export interface ListTableWriter {
  /** Number of existing parts. */
  readonly partCount: number;
  writePart(rows: readonly ListRow[]): Promise<void>;
  /** Merges all parts into one file, which appears complete or not at all. Returns the number of its rows. */
  finish(file: string, format: TableFormat): Promise<number>;
  discard(): void;
  close(): void;
}

const COLUMNS = `user_id VARCHAR, rank INTEGER, item_id VARCHAR, title VARCHAR, score DOUBLE, section VARCHAR, reason VARCHAR,
  sources VARCHAR[], version VARCHAR, release VARCHAR, as_of_ms BIGINT`;

/**
 * Opens the table whose parts are in `folder`, as `openPartTable` does.
 *
 * @throws {MatineeError} From every method: `CANCELLED`, `DUCKDB`.
 */
export async function openListTable(folder: string, context: ListTableContext): Promise<ListTableWriter> {
  const parts = await openPartTable(folder, { columns: COLUMNS, signal: context.signal });
  return {
    get partCount() {
      return parts.partCount;
    },
    writePart: (rows) =>
      parts.writePart((appender) => {
        for (const row of rows) appendRow(appender, row, context);
      }),
    async finish(file, format) {
      const [counted] = await parts.db.rows(`SELECT count(*)::DOUBLE AS rows FROM (${parts.select()})`);
      await parts.finish(file, format);
      return Number(counted?.['rows']);
    },
    discard: parts.discard,
    close: parts.close,
  };
}

function appendRow(
  appender: DuckDBAppender,
  { userId, rank, itemId, title, score, section, reason, sources }: ListRow,
  { version, release, asOfMs }: ListTableContext,
): void {
  appender.appendVarchar(userId);
  appender.appendInteger(rank);
  appender.appendVarchar(itemId);
  appender.appendVarchar(title);
  appender.appendDouble(score);
  appender.appendVarchar(section);
  appender.appendVarchar(reason);
  appender.appendList(listValue([...sources]), LIST(VARCHAR));
  appender.appendVarchar(version);
  appender.appendVarchar(release);
  appender.appendBigInt(BigInt(asOfMs));
  appender.endRow();
}

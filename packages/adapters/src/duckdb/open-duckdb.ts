import { type DuckDBAppender, type DuckDBConnection, type DuckDBDataChunk, DuckDBInstance } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import { MatineeError } from '@matinee/numerics';

export interface DuckDbOptions {
  /** DuckDB's own limit; beyond it, data spills to `temporaryFolder`. The process needs about 200 MB more. */
  readonly memoryLimitMb: number;
  readonly threads: number;
  readonly temporaryFolder: string;
  /** Interrupts the running statement. */
  readonly signal?: AbortSignal | undefined;
}

/** An in-memory database that spills to disk. Statements run one at a time. */
export interface DuckDb {
  /** Runs a statement. `onProgress` gets the percentage done about ten times a second, where DuckDB knows it. */
  run(sql: string, onProgress?: (percent: number) => void): Promise<void>;
  /** Returns all rows as objects, for small results. Integers beyond 32 bits and decimals are strings. */
  rows(sql: string): Promise<readonly Record<string, unknown>[]>;
  /** Streams the rows of a result of any size, as arrays in column order. Integers beyond 32 bits are bigints. */
  each(sql: string, onRow: (row: readonly unknown[]) => void): Promise<void>;
  /**
   * Streams a result whose columns are fixed-width numbers, as raw bytes: `onChunk` gets the bytes of each column,
   * which are valid only during the call.
   */
  scan(
    sql: string,
    bytesPerValue: readonly number[],
    onChunk: (columns: readonly Uint8Array[], rowCount: number) => void,
  ): Promise<void>;
  /** Fills a table row by row; `fill` calls `endRow` after each row. */
  append(table: string, fill: (appender: DuckDBAppender) => void): Promise<void>;
  close(): void;
}

/**
 * Opens an in-memory DuckDB.
 *
 * @throws {MatineeError} From every statement: `CANCELLED` when the signal interrupted it, `DUCKDB` when it failed.
 */
export async function openDuckDb(options: DuckDbOptions): Promise<DuckDb> {
  const { signal } = options;
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: `${options.memoryLimitMb}MB`,
    threads: String(options.threads),
    temp_directory: options.temporaryFolder,
    // Nothing is fetched at run time: an extension that the binary lacks is an error, not a download.
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const connection = await instance.connect();
  // A time without an offset is UTC on every machine.
  await connection.run("SET TimeZone = 'UTC'");
  const interrupt = (): void => connection.interrupt();
  signal?.addEventListener('abort', interrupt);

  return {
    run: (sql, onProgress) => guard(sql, signal, () => runWithProgress(connection, sql, onProgress)),
    rows: (sql) => guard(sql, signal, async () => (await connection.runAndReadAll(sql)).getRowObjectsJson()),
    each: (sql, onRow) =>
      guard(sql, signal, () =>
        eachChunk(connection, sql, (chunk) => {
          for (const row of chunk.getRows()) onRow(row);
        }),
      ),
    scan: (sql, bytesPerValue, onChunk) =>
      guard(sql, signal, () =>
        eachChunk(connection, sql, (chunk) => {
          const columns = bytesPerValue.map((bytes, column) =>
            duckdb.vector_get_data(duckdb.data_chunk_get_vector(chunk.chunk, column), chunk.rowCount * bytes),
          );
          onChunk(columns, chunk.rowCount);
        }),
      ),
    append: (table, fill) =>
      guard(`append to ${table}`, signal, async () => {
        const appender = await connection.createAppender(table);
        try {
          fill(appender);
        } finally {
          appender.closeSync();
        }
      }),
    close() {
      signal?.removeEventListener('abort', interrupt);
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** Runs `work` and turns what it throws into a `MatineeError`; `sql` is quoted in the message. */
async function guard<T>(sql: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  if (signal?.aborted) throw new MatineeError('CANCELLED', 'stopped');
  try {
    return await work();
  } catch (cause) {
    if (signal?.aborted) throw new MatineeError('CANCELLED', 'stopped', { cause });
    if (cause instanceof MatineeError) throw cause;
    const message = (cause as Error).message.split('\n')[0] ?? '';
    const statement = `(in: ${sql.replace(/\s+/g, ' ').slice(0, 120)} …)`;
    throw new MatineeError('DUCKDB', `${message} ${statement}${adviceFor(message)}`, { cause });
  }
}

/** DuckDB passes on what the system says of a file, in English. */
function adviceFor(message: string): string {
  if (/No space left|quota exceeded/i.test(message)) return '; free some space on the disk';
  if (/File too large/i.test(message)) return '; raise the limit of this process (ulimit -f)';
  if (/Read-only|Permission denied/i.test(message)) return '; choose another --home, or allow writing to it';
  return '';
}

async function runWithProgress(
  connection: DuckDBConnection,
  sql: string,
  onProgress: ((percent: number) => void) | undefined,
): Promise<void> {
  const timer = onProgress && setInterval(() => onProgress(Math.max(0, connection.progress.percentage)), 100);
  try {
    await connection.run(sql);
  } finally {
    clearInterval(timer);
  }
}

async function eachChunk(
  connection: DuckDBConnection,
  sql: string,
  onChunk: (chunk: DuckDBDataChunk) => void,
): Promise<void> {
  const result = await connection.stream(sql);
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return;
    onChunk(chunk);
  }
}

/** Returns a SQL string literal. */
export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Returns the name of a column or table in SQL. */
export function sqlName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

import { type DuckDBAppender, DuckDBInstance } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import { MatineeError } from '@matinee/numerics';

export interface DuckDbOptions {
  /** DuckDB's own bound; beyond it, it spills to `temporaryFolder`. The process needs some 200 MB besides. */
  readonly memoryLimitMb: number;
  readonly threads: number;
  readonly temporaryFolder: string;
  /** Interrupts the running statement. */
  readonly signal?: AbortSignal | undefined;
}

/** An in-memory database that spills to disk. Statements run one after another. */
export interface DuckDb {
  /** Runs a statement; `onProgress` gets percent done, about ten times a second, where DuckDB knows it. */
  run(sql: string, onProgress?: (percent: number) => void): Promise<void>;
  /** All rows as objects, for small results: integers beyond 32 bits and decimals come as strings. */
  rows(sql: string): Promise<readonly Record<string, unknown>[]>;
  /** Streams the rows of a result of any size, as arrays in the order of its columns; integers beyond 32 bits as bigint. */
  each(sql: string, onRow: (row: readonly unknown[]) => void): Promise<void>;
  /**
   * Streams a result whose columns are fixed-width numbers, without making JavaScript values of them: `onChunk` gets
   * the raw bytes of each column, valid only during the call.
   */
  scan(
    sql: string,
    bytesPerValue: readonly number[],
    onChunk: (columns: readonly Uint8Array[], rowCount: number) => void,
  ): Promise<void>;
  /** Fills a table row by row; `fill` calls `endRow` after each. */
  append(table: string, fill: (appender: DuckDBAppender) => void): Promise<void>;
  close(): void;
}

/** @throws {MatineeError} `CANCELLED` from a statement that the signal interrupted; `DUCKDB` for one that failed. */
export async function openDuckDb(options: DuckDbOptions): Promise<DuckDb> {
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: `${options.memoryLimitMb}MB`,
    threads: String(options.threads),
    temp_directory: options.temporaryFolder,
    // Nothing is fetched at run time; what the binary lacks is an error, not a download.
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const connection = await instance.connect();
  // A time without an offset is UTC, on every machine.
  await connection.run("SET TimeZone = 'UTC'");
  const interrupt = (): void => connection.interrupt();
  options.signal?.addEventListener('abort', interrupt);

  const guard = async <T>(sql: string, work: () => Promise<T>): Promise<T> => {
    if (options.signal?.aborted) throw new MatineeError('CANCELLED', 'stopped');
    try {
      return await work();
    } catch (cause) {
      if (options.signal?.aborted) throw new MatineeError('CANCELLED', 'stopped', { cause });
      if (cause instanceof MatineeError) throw cause;
      const message = (cause as Error).message.split('\n')[0];
      throw new MatineeError('DUCKDB', `${message} (in: ${sql.replace(/\s+/g, ' ').slice(0, 120)} …)`, { cause });
    }
  };

  return {
    run: (sql, onProgress) =>
      guard(sql, async () => {
        const timer = onProgress && setInterval(() => onProgress(Math.max(0, connection.progress.percentage)), 100);
        try {
          await connection.run(sql);
        } finally {
          clearInterval(timer);
        }
      }),
    rows: (sql) => guard(sql, async () => (await connection.runAndReadAll(sql)).getRowObjectsJson()),
    each: (sql, onRow) =>
      guard(sql, async () => {
        const result = await connection.stream(sql);
        for (;;) {
          const chunk = await result.fetchChunk();
          if (chunk === null || chunk.rowCount === 0) return;
          for (const row of chunk.getRows()) onRow(row);
        }
      }),
    scan: (sql, bytesPerValue, onChunk) =>
      guard(sql, async () => {
        const result = await connection.stream(sql);
        for (;;) {
          const chunk = await result.fetchChunk();
          if (chunk === null || chunk.rowCount === 0) return;
          const columns = bytesPerValue.map((bytes, column) =>
            duckdb.vector_get_data(duckdb.data_chunk_get_vector(chunk.chunk, column), chunk.rowCount * bytes),
          );
          onChunk(columns, chunk.rowCount);
        }
      }),
    append: (table, fill) =>
      guard(`append to ${table}`, async () => {
        const appender = await connection.createAppender(table);
        try {
          fill(appender);
        } finally {
          appender.closeSync();
        }
      }),
    close() {
      options.signal?.removeEventListener('abort', interrupt);
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** A SQL string literal. */
export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

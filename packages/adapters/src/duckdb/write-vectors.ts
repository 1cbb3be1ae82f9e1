import path from 'node:path';
import { type DuckDBAppender, FLOAT, LIST, listValue } from '@duckdb/node-api';
import { openDuckDb } from './open-duckdb.ts';
import { copyAside } from './part-table.ts';

/** A vector of something that has an index and an id. */
export interface VectorRow {
  readonly index: number;
  readonly id: string;
  readonly vector: Float32Array;
}

interface VectorTableOptions {
  /** What the vectors are of; names the columns: `item` gives `item_idx` and `item_id`. */
  readonly of: 'item' | 'user';
  readonly signal?: AbortSignal | undefined;
}

const MEMORY_LIMIT_MB = 500;
const ROWS_AT_ONCE = 4096;

/**
 * Writes vectors as Parquet with the columns `…_idx`, `…_id` and `vector`, a list of float32. The file appears complete
 * or not at all.
 *
 * @returns The number of rows.
 * @throws {MatineeError} `CANCELLED` when the signal is aborted, `DUCKDB` when the file cannot be written.
 */
export async function writeVectors(
  file: string,
  rows: AsyncIterable<VectorRow> | Iterable<VectorRow>,
  { of, signal }: VectorTableOptions,
): Promise<number> {
  const db = await openDuckDb({
    memoryLimitMb: MEMORY_LIMIT_MB,
    threads: 1,
    temporaryFolder: path.join(path.dirname(file), 'spill'),
    signal,
  });
  try {
    await db.run(`CREATE TABLE vectors (${of}_idx INTEGER, ${of}_id VARCHAR, vector FLOAT[])`);
    let count = 0;
    let waiting: VectorRow[] = [];
    const store = async (): Promise<void> => {
      await db.append('vectors', (appender) => {
        for (const row of waiting) appendRow(appender, row);
      });
      count += waiting.length;
      waiting = [];
    };
    for await (const row of rows) {
      waiting.push(row);
      if (waiting.length === ROWS_AT_ONCE) await store();
    }
    await store();
    await copyAside(db, 'SELECT * FROM vectors', file);
    return count;
  } finally {
    db.close();
  }
}

function appendRow(appender: DuckDBAppender, { index, id, vector }: VectorRow): void {
  appender.appendInteger(index);
  appender.appendVarchar(id);
  appender.appendList(listValue(Array.from(vector)), LIST(FLOAT));
  appender.endRow();
}

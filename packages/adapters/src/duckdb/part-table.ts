import { existsSync, rmSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { DuckDBAppender } from '@duckdb/node-api';
import { ensureFolder, syncFile, syncFolder } from '../disk/durable.ts';
import { partialName, removeDeadPartials } from '../disk/partial.ts';
import { type DuckDb, openDuckDb, sqlText } from './open-duckdb.ts';

/** A table that is written in parts, which are merged at the end. An existing part is always complete. */
export interface PartTable {
  readonly db: DuckDb;
  /** Number of existing parts, 0 … partCount − 1. */
  readonly partCount: number;
  /** Writes the next part; `fill` calls `endRow` after each row. */
  writePart(fill: (appender: DuckDBAppender) => void): Promise<void>;
  /** Merges all parts into one file, in order. It appears complete or not at all. */
  finish(file: string, format?: TableFormat): Promise<void>;
  /** The query that reads all parts, in order. */
  select(): string;
  /** Removes the parts. */
  discard(): void;
  close(): void;
}

/** How DuckDB writes a file. */
export type TableFormat = 'parquet' | 'jsonl';

interface PartTableOptions {
  /** The table's columns in SQL. */
  readonly columns: string;
  readonly signal?: AbortSignal | undefined;
}

const FORMATS: Readonly<Record<TableFormat, string>> = {
  parquet: '(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)',
  jsonl: '(FORMAT json)',
};

/** DuckDB's limit. It only needs memory for the rows of a part and one row group. */
const MEMORY_LIMIT_MB = 1000;

/**
 * Opens the table whose parts are in `folder`, which is created if missing. The name of the folder must identify
 * everything that determines the rows; otherwise the parts of another run are used.
 *
 * @throws {MatineeError} From every method: `CANCELLED` when the signal is aborted, `DUCKDB` when a file cannot be
 *   written.
 */
export async function openPartTable(folder: string, { columns, signal }: PartTableOptions): Promise<PartTable> {
  await ensureFolder(folder);
  await removeDeadPartials(folder);
  const partOf = (part: number): string => path.join(folder, `${String(part).padStart(6, '0')}.parquet`);
  let partCount = 0;
  while (existsSync(partOf(partCount))) partCount++;
  const db = await openDuckDb({
    memoryLimitMb: MEMORY_LIMIT_MB,
    threads: 1,
    temporaryFolder: path.join(folder, 'spill'),
    signal,
  });
  const select = (): string => {
    const parts = Array.from({ length: partCount }, (_, part) => sqlText(partOf(part)));
    return `SELECT * FROM read_parquet([${parts.join(', ')}])`;
  };
  return {
    db,
    select,
    get partCount() {
      return partCount;
    },
    async writePart(fill) {
      await db.run(`CREATE OR REPLACE TABLE part (${columns})`);
      await db.append('part', fill);
      await copyAside(db, 'SELECT * FROM part', partOf(partCount));
      partCount++;
    },
    finish: (file, format) => copyAside(db, select(), file, format),
    discard: () => rmSync(folder, { recursive: true, force: true }),
    close: () => db.close(),
  };
}

/** Writes a query's result into a file, which appears complete or not at all. */
export async function copyAside(
  db: DuckDb,
  select: string,
  file: string,
  format: TableFormat = 'parquet',
): Promise<void> {
  const folder = path.dirname(file);
  const aside = path.join(folder, partialName());
  try {
    await db.run(`COPY (${select}) TO ${sqlText(aside)} ${FORMATS[format]}`);
    await syncFile(aside);
    await rename(aside, file);
    await syncFolder(folder);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
}

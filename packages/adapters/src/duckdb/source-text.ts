import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { MatineeError } from '@matinee/numerics';
import { type PartStart, writeCleanCopy } from './clean-copy.ts';
import type { TableSource } from './data-source.ts';
import { type DuckDb, sqlText } from './open-duckdb.ts';
import type { ScannedFile } from './scan-source-file.ts';

/** What DuckDB reads in place of the parts of a table. */
export interface SourceText {
  readonly files: readonly string[];
  readonly encoding: 'utf-8' | 'latin-1';
  /** Whether control characters are marked by `CONTROL_MARK`. */
  readonly hasMarkedControls: boolean;
  /** Returns the part, and its line, of a line of the text (for Parquet: of a row), both from 1. */
  originOf(line: number): { readonly file: string; readonly line: number };
}

/**
 * Opens the parts of a table: a text that DuckDB reads as it is, Parquet files, or a clean copy of texts.
 *
 * @param scanned Result of scanning each part.
 * @param folder Where a copy is written.
 */
export async function openSourceText(
  db: DuckDb,
  { parts, format }: TableSource,
  scanned: readonly ScannedFile[],
  folder: string,
  signal?: AbortSignal,
): Promise<SourceText> {
  if (format.kind === 'parquet') {
    const starts: PartStart[] = [];
    let rows = 0;
    for (const file of parts) {
      starts.push({ file, firstLine: rows + 1 });
      const [counted] = await readParquetFile(file, () =>
        db.rows(`SELECT num_rows AS n FROM parquet_file_metadata(${sqlText(file)})`),
      );
      rows += Number(counted?.['n']);
    }
    return { files: parts, encoding: 'utf-8', hasMarkedControls: false, originOf: (line) => findOrigin(starts, line) };
  }
  const [first] = parts;
  const isCopied =
    parts.length > 1 ||
    scanned.some((each) => each.needsCleanCopy) ||
    (format.kind === 'csv' && format.blocks === true);
  if (!isCopied && first !== undefined) {
    const encoding = scanned[0]?.encoding === 'utf-8' ? 'utf-8' : 'latin-1';
    return { files: parts, encoding, hasMarkedControls: false, originOf: (line) => ({ file: first, line }) };
  }
  mkdirSync(folder, { recursive: true });
  const copy = path.join(folder, 'clean-copy');
  const texts = parts.map((file, at) => ({
    file,
    encoding: scanned[at]?.encoding ?? 'utf-8',
    isPython: scanned[at]?.isPython === true,
  }));
  const starts = await writeCleanCopy(texts, format, copy, signal);
  return { files: [copy], encoding: 'utf-8', hasMarkedControls: true, originOf: (line) => findOrigin(starts, line) };
}

function findOrigin(starts: readonly PartStart[], line: number): { readonly file: string; readonly line: number } {
  const part = starts.findLast(({ firstLine }) => firstLine <= line) ?? { file: '', firstLine: 1 };
  return { file: part.file, line: line - part.firstLine + 1 };
}

/** Returns SQL for the rows of Parquet files, whose columns may stand in another order in each. */
export function parquetSql(files: readonly string[]): string {
  return `read_parquet([${files.map(sqlText).join(', ')}], union_by_name = true)`;
}

/** @throws {MatineeError} `BAD_SOURCE` naming the file when DuckDB cannot read it. */
export async function readParquetFile<T>(file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (!(cause instanceof MatineeError && cause.code === 'DUCKDB')) throw cause;
    throw new MatineeError('BAD_SOURCE', `${file} is damaged (${cause.message}); replace it with an intact copy`, {
      cause,
    });
  }
}

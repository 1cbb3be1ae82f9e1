import { closeSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';

/** A row and what is wrong with it, as written to `quarantine.jsonl` and `remarks.jsonl`. */
interface WrittenRow {
  /** The source file: its path in the folder of the source. */
  readonly file: string;
  /** Physical line on which the row begins, from 1 (for Parquet: row, from 1). */
  readonly line: number;
  /** Why the row is unusable, or what of it could not be read; values of the row are in quotes. */
  readonly reason: string;
  /** The row as in the file, truncated to 2,000 characters. */
  readonly text: string;
}

/** Writes rows in small batches, since a source with a wrong mapping has millions of unusable rows. */
export interface RowWriter {
  add(row: WrittenRow): void;
  /** Rows added so far. */
  readonly count: number;
  readonly first: WrittenRow | undefined;
  /** Number of rows per reason, with quoted values left out of the reasons. */
  readonly countByReason: Readonly<Record<string, number>>;
  close(): void;
}

/** Number of characters to which the text of a row is truncated. */
export const MAX_QUARANTINED_TEXT = 2000;

const FLUSH_LENGTH = 1 << 18;

/**
 * Opens a file for rows; those that it has stay.
 *
 * @param sourceFolder Files of rows are named by their path in this folder.
 */
export function createRowWriter(file: string, sourceFolder: string): RowWriter {
  const descriptor = openSync(file, 'a');
  const countByReason: Record<string, number> = {};
  let [count, pending] = [0, ''];
  let first: WrittenRow | undefined;
  const flush = (): void => {
    if (pending !== '') writeSync(descriptor, pending);
    pending = '';
  };
  return {
    add(row) {
      const named = {
        ...row,
        file: nameInFolder(sourceFolder, row.file),
        text: row.text.slice(0, MAX_QUARANTINED_TEXT),
      };
      first ??= named;
      count++;
      const kind = row.reason.replace(/"(?:[^"\\]|\\.)*"/g, '…').replace(/\b(found|line) \d+/g, '$1 …');
      countByReason[kind] = (countByReason[kind] ?? 0) + 1;
      pending += `${JSON.stringify(named)}\n`;
      if (pending.length > FLUSH_LENGTH) flush();
    },
    get count() {
      return count;
    },
    get first() {
      return first;
    },
    countByReason,
    close() {
      flush();
      closeSync(descriptor);
    },
  };
}

/** Returns the path of a file in a folder, or its name alone if it is elsewhere. */
export function nameInFolder(folder: string, file: string): string {
  const relative = path.relative(folder, file);
  return relative.startsWith('..') || path.isAbsolute(relative) ? path.basename(file) : relative;
}

import { closeSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';

/** A row that could not be used, as it goes to `quarantine.jsonl`. */
interface QuarantinedRow {
  /** The source file's name. */
  readonly file: string;
  /** Physical line on which the row begins, from 1 (for Parquet: row, from 1). */
  readonly line: number;
  /** What is wrong; what the row held stands in quotes. */
  readonly reason: string;
  /** The row as it stands in the file, cut at 2,000 characters. */
  readonly text: string;
}

/** Writes rows as they come: a source with a wrong mapping has millions of them. */
export interface QuarantineWriter {
  add(row: QuarantinedRow): void;
  /** Rows added so far. */
  readonly count: number;
  readonly first: QuarantinedRow | undefined;
  /** How many rows each kind of reason has: reasons without what they quote. */
  readonly countByReason: Readonly<Record<string, number>>;
  close(): void;
}

/** Longest text of a row that is kept, in characters. */
export const MAX_QUARANTINED_TEXT = 2000;

const FLUSH_LENGTH = 1 << 18;

export function createQuarantineWriter(file: string): QuarantineWriter {
  const descriptor = openSync(file, 'w');
  const countByReason: Record<string, number> = {};
  let [count, pending] = [0, ''];
  let first: QuarantinedRow | undefined;
  const flush = (): void => {
    if (pending !== '') writeSync(descriptor, pending);
    pending = '';
  };
  return {
    add(row) {
      const named = { ...row, file: path.basename(row.file), text: row.text.slice(0, MAX_QUARANTINED_TEXT) };
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

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import zlib from 'node:zlib';
import { defined, MatineeError } from '@matinee/numerics';
import type { TableFormat } from './data-source.ts';
import { decodeText, detectEncoding } from './text-encoding.ts';

/** Result of one pass over a source file. */
export interface ScannedFile {
  readonly name: string;
  readonly sizeBytes: number;
  /** Hash of the file as stored, packed or not. */
  readonly sha256: string;
  /** Hash of the unpacked file, where it was wanted and the file is packed. */
  readonly unpackedSha256?: string;
  /** The encoding of the text: what its first bytes give away, else what the source says. */
  readonly encoding: string;
  /** Whether each line is an object in Python, as in `{'id': 1, 'name': None}`, and not in JSON. */
  readonly isPython: boolean;
  /** Whether the text has no character but blanks and line ends. */
  readonly isBlank: boolean;
  /**
   * Whether DuckDB's reader would misread the text: it is in another encoding than UTF-8 or Latin-1, mixes line ends,
   * or contains the byte 0x01 or a carriage return without line feed. It is then read from a clean copy.
   */
  readonly needsCleanCopy: boolean;
}

export interface ScanOptions {
  /** The name of the file in the manifest. */
  readonly name: string;
  readonly format: TableFormat;
  /** Whether what a packed file holds is hashed too; default false. */
  readonly hashesUnpacked?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (doneBytes: number) => void;
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const START_OF_HEADING = 0x01;
/** Number of first bytes by which encoding and format are recognised. */
const HEAD_BYTES = 1024;

/**
 * Hashes a source file and searches it for bytes that DuckDB cannot handle. A `.gz` is unpacked to its end, since
 * DuckDB does not notice that one is truncated.
 *
 * @throws {MatineeError} `BAD_SOURCE` for a damaged `.gz` or a text whose lines end with carriage returns alone.
 */
export async function scanSourceFile(file: string, options: ScanOptions): Promise<ScannedFile> {
  const { name, format, signal, onProgress } = options;
  const isText = format.kind !== 'parquet';
  const hash = createHash('sha256');
  const unpacked = options.hashesUnpacked === true && isPacked(file) ? createHash('sha256') : undefined;
  const search = createControlSearch(isText && format.encoding === 'windows-1252');
  let head = Buffer.alloc(0);
  let doneBytes = 0;
  let textBytes = 0;
  const hashing = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      doneBytes += chunk.length;
      onProgress?.(doneBytes);
      done(null, chunk);
    },
  });
  const searching = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of chunks) {
      textBytes += chunk.length;
      unpacked?.update(chunk);
      if (head.length < HEAD_BYTES) head = Buffer.concat([head, chunk.subarray(0, HEAD_BYTES - head.length)]);
      if (isText) search.add(chunk);
    }
  };
  const input = createReadStream(file, { highWaterMark: 1 << 20 });
  const stop = { signal: signal ?? new AbortController().signal };
  try {
    if (isPacked(file)) await pipeline(input, hashing, zlib.createGunzip({ chunkSize: 1 << 18 }), searching, stop);
    else await pipeline(input, hashing, searching, stop);
  } catch (cause) {
    if (signal?.aborted) throw new MatineeError('CANCELLED', 'stopped', { cause });
    if (!isPacked(file) || !String((cause as { code?: string }).code).startsWith('Z_')) throw cause;
    throw new MatineeError(
      'BAD_SOURCE',
      `${file} is damaged (${(cause as Error).message}); replace it with an intact copy`,
      { cause },
    );
  }
  const about = {
    ...{ name, sizeBytes: (await stat(file)).size, sha256: hash.digest('hex') },
    ...defined({ unpackedSha256: unpacked?.digest('hex') }),
  };
  if (!isText) {
    if (head.toString('latin1', 0, 4) !== 'PAR1') throw new MatineeError('BAD_SOURCE', `${file} is not a Parquet file`);
    return { ...about, encoding: 'utf-8', isPython: false, isBlank: false, needsCleanCopy: false };
  }
  const encoding = detectEncoding(head) ?? format.encoding;
  const start = decodeText(head, encoding).trimStart();
  if (format.kind === 'jsonl' && start.startsWith('[')) {
    throw new MatineeError('BAD_SOURCE', `${file} is one JSON list; write one object a line, as jq -c '.[]' does`);
  }
  const isBlank = start === '' && textBytes <= HEAD_BYTES;
  const isPython = format.kind === 'jsonl' && /^\{\s*u?'/.test(start);
  const { hasReturn, hasLoneReturn, hasFeed, hasLoneFeed, hasStartOfHeading, hasHighControl } = search.result();
  const isPlain = encoding === 'utf-8' || (encoding === 'windows-1252' && !hasHighControl);
  if (isPlain && hasLoneReturn && !hasFeed) {
    throw new MatineeError('BAD_SOURCE', `${file} ends its lines with CR alone; convert them to LF or CR LF`);
  }
  const hasControls = hasLoneReturn || hasStartOfHeading || (hasReturn && hasLoneFeed);
  return { ...about, encoding, isPython, isBlank, needsCleanCopy: !isPlain || isPython || hasControls };
}

/** @param findsHighControls Whether bytes are searched that Windows-1252 and Latin-1 read differently. */
function createControlSearch(findsHighControls: boolean) {
  let hasHighControl = false;
  let [hasReturn, hasLoneReturn, hasLoneFeed, hasFeed, hasStartOfHeading] = [false, false, false, false, false];
  let previous = 0;
  return {
    add(chunk: Buffer): void {
      if (chunk.length === 0) return;
      hasStartOfHeading ||= chunk.includes(START_OF_HEADING);
      hasReturn ||= chunk.includes(CARRIAGE_RETURN);
      if (findsHighControls) hasHighControl ||= chunk.some((byte) => byte >= 0x80 && byte <= 0x9f);
      if (!hasReturn) {
        hasFeed = hasLoneFeed ||= chunk.includes(LINE_FEED);
        previous = chunk[chunk.length - 1] as number;
        return;
      }
      for (let at = 0; at < chunk.length; at++) {
        const byte = chunk[at] as number;
        if (byte === LINE_FEED) {
          hasFeed = true;
          hasLoneFeed ||= previous !== CARRIAGE_RETURN;
        } else if (previous === CARRIAGE_RETURN) hasLoneReturn = true;
        previous = byte;
      }
    },
    result: () => {
      const endsInReturn = previous === CARRIAGE_RETURN;
      return {
        hasReturn,
        hasLoneReturn: hasLoneReturn || endsInReturn,
        hasFeed,
        hasLoneFeed,
        hasStartOfHeading,
        hasHighControl,
      };
    },
  };
}

export function isPacked(file: string): boolean {
  return file.endsWith('.gz');
}

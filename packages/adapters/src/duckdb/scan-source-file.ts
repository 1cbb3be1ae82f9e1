import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import zlib from 'node:zlib';
import { MatineeError } from '@matinee/numerics';

/** Result of one pass over a source file. */
export interface ScannedFile {
  readonly name: string;
  readonly sizeBytes: number;
  /** Hash of the file as stored, packed or not. */
  readonly sha256: string;
  /**
   * Whether the text mixes line ends or contains the byte 0x01 or a carriage return without line feed. DuckDB's reader
   * miscounts lines or silently drops characters in such a file, so it is read from the copy of {@link cleanCopy}.
   */
  readonly needsCleanCopy: boolean;
}

export interface ScanOptions {
  /** False for Parquet files, which are only hashed. */
  readonly isText: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (doneBytes: number) => void;
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const START_OF_HEADING = 0x01;
/** Replaces, in the clean copy, each control character that DuckDB's reader cannot handle. */
export const CONTROL_MARK = '\u0002';

/**
 * Hashes a source file and searches it for bytes that DuckDB cannot handle. A `.gz` is unpacked to its end, since
 * DuckDB does not notice that one is truncated.
 *
 * @throws {MatineeError} `BAD_SOURCE` for a damaged `.gz` or a text whose lines end with carriage returns alone.
 */
export async function scanSourceFile(file: string, options: ScanOptions): Promise<ScannedFile> {
  const { signal, isText, onProgress } = options;
  const hash = createHash('sha256');
  const search = createControlSearch();
  let doneBytes = 0;
  const hashing = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      doneBytes += chunk.length;
      onProgress?.(doneBytes);
      done(null, chunk);
    },
  });
  const searching = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of chunks) if (isText) search.add(chunk);
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
  const { hasReturn, hasLoneReturn, hasFeed, hasLoneFeed, hasStartOfHeading } = search.result();
  if (hasLoneReturn && !hasFeed) {
    throw new MatineeError('BAD_SOURCE', `${file} ends its lines with CR alone; convert them to LF or CR LF`);
  }
  return {
    name: path.basename(file),
    sizeBytes: (await stat(file)).size,
    sha256: hash.digest('hex'),
    needsCleanCopy: hasLoneReturn || hasStartOfHeading || (hasReturn && hasLoneFeed),
  };
}

function createControlSearch() {
  let [hasReturn, hasLoneReturn, hasLoneFeed, hasFeed, hasStartOfHeading] = [false, false, false, false, false];
  let previous = 0;
  return {
    add(chunk: Buffer): void {
      if (chunk.length === 0) return;
      hasStartOfHeading ||= chunk.includes(START_OF_HEADING);
      hasReturn ||= chunk.includes(CARRIAGE_RETURN);
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
      return { hasReturn, hasLoneReturn: hasLoneReturn || endsInReturn, hasFeed, hasLoneFeed, hasStartOfHeading };
    },
  };
}

/**
 * Writes an unpacked copy of a text in which all lines end with a line feed. Each other carriage return and each 0x01
 * becomes a {@link CONTROL_MARK}. Line numbers do not change.
 */
export async function cleanCopy(file: string, target: string, signal?: AbortSignal): Promise<void> {
  const mark = CONTROL_MARK.charCodeAt(0);
  // A carriage return is written only once the byte after it is known.
  let isReturnHeld = false;
  const clean = (chunk: Buffer): Buffer => {
    const bytes = Buffer.allocUnsafe(chunk.length + 1);
    let length = 0;
    for (const byte of chunk) {
      if (isReturnHeld && byte !== LINE_FEED) bytes[length++] = mark;
      isReturnHeld = byte === CARRIAGE_RETURN;
      if (!isReturnHeld) bytes[length++] = byte === START_OF_HEADING ? mark : byte;
    }
    return bytes.subarray(0, length);
  };
  const cleaning = new Transform({
    transform: (chunk: Buffer, _encoding, done) => done(null, clean(chunk)),
    flush: (done) => done(null, isReturnHeld ? CONTROL_MARK : ''),
  });
  const input = createReadStream(file, { highWaterMark: 1 << 20 });
  const unpacked: Readable = isPacked(file) ? input.pipe(zlib.createGunzip()) : input;
  await pipeline(unpacked, cleaning, createWriteStream(target), { signal: signal ?? new AbortController().signal });
}

function isPacked(file: string): boolean {
  return file.endsWith('.gz');
}

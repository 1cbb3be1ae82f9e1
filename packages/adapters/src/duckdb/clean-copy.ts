import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import zlib from 'node:zlib';
import { MatineeError } from '@matinee/numerics';
import type { CsvFormat, TableFormat } from './data-source.ts';
import { parsePythonLiteral } from './python-literal.ts';
import { isPacked } from './scan-source-file.ts';
import { decodeInPieces } from './text-encoding.ts';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const START_OF_HEADING = 0x01;
/** Replaces, in the clean copy, each control character that DuckDB's reader cannot handle. */
export const CONTROL_MARK = '\u0002';

/** A file of the source and how its text is read. */
export interface TextPart {
  readonly file: string;
  readonly encoding: string;
  readonly isPython: boolean;
}

/** Where a part begins in the copy. */
export interface PartStart {
  readonly file: string;
  /** Line of the copy that holds the first line of the part, from 1. */
  readonly firstLine: number;
}

/**
 * Writes an unpacked copy of all parts of a table in UTF-8 in which all lines end with a line feed. Each other carriage
 * return and each 0x01 becomes a {@link CONTROL_MARK}. The copy has the lines of the parts, one for one: the header of a
 * later part and a line that only names a block are empty. Returns where each part begins.
 *
 * @throws {MatineeError} `BAD_SOURCE` when a part has another header than the first.
 */
export async function writeCleanCopy(
  parts: readonly TextPart[],
  format: TableFormat & { readonly kind: 'csv' | 'jsonl' },
  target: string,
  signal?: AbortSignal,
): Promise<readonly PartStart[]> {
  const starts: PartStart[] = [];
  let lineCount = 0;
  let header: string | undefined;
  async function* copy(): AsyncGenerator<Buffer> {
    for (const part of parts) {
      starts.push({ file: part.file, firstLine: lineCount + 1 });
      let endsOpen = false;
      let isFirstLine = format.kind === 'csv' && format.header;
      for await (const lines of linesOf(part, format)) {
        let text = lines;
        if (isFirstLine) {
          const end = lines.indexOf(LINE_FEED) < 0 ? lines.length : lines.indexOf(LINE_FEED);
          const own = lines.toString('utf8', 0, end);
          header ??= own;
          if (own !== header) {
            throw new MatineeError('BAD_SOURCE', `${part.file} has the header "${own}", the first file "${header}"`);
          }
          if (starts.length > 1) text = lines.subarray(end);
          isFirstLine = false;
        }
        for (let at = text.indexOf(LINE_FEED); at >= 0; at = text.indexOf(LINE_FEED, at + 1)) lineCount++;
        if (text.length > 0) endsOpen = text[text.length - 1] !== LINE_FEED;
        yield text;
      }
      if (endsOpen) {
        lineCount++;
        yield Buffer.from('\n');
      }
    }
  }
  await pipeline(copy(), createWriteStream(target), { signal: signal ?? new AbortController().signal });
  return starts;
}

/** Yields the text of a part in pieces that end with a line, but for the last. */
async function* linesOf(part: TextPart, format: TableFormat & { readonly kind: 'csv' | 'jsonl' }) {
  const convert = lineConverter(part, format);
  const clean = createControlCleaner();
  const decoder = decodeInPieces(part.encoding);
  // Invalid UTF-8 is left to DuckDB, which names the line.
  const keepsBytes = part.encoding === 'utf-8' && convert === undefined;
  const input = createReadStream(part.file, { highWaterMark: 1 << 20 });
  const unpacked: Readable = isPacked(part.file) ? input.pipe(zlib.createGunzip()) : input;
  let held = Buffer.alloc(0);
  let isStart = true;
  const convertAll = (lines: Buffer): Buffer =>
    convert === undefined ? lines : Buffer.from(lines.toString().split('\n').map(convert).join('\n'));
  try {
    for await (const chunk of unpacked as AsyncIterable<Buffer>) {
      let bytes = keepsBytes ? chunk : Buffer.from(decoder.add(chunk));
      if (isStart && keepsBytes && bytes.toString('latin1', 0, 3) === '\u00ef\u00bb\u00bf') bytes = bytes.subarray(3);
      isStart = false;
      const text = Buffer.concat([held, clean.add(bytes)]);
      const end = text.lastIndexOf(LINE_FEED) + 1;
      held = text.subarray(end);
      if (end > 0) yield convertAll(text.subarray(0, end));
    }
    const rest = Buffer.concat([held, clean.add(Buffer.from(keepsBytes ? '' : decoder.end())), clean.end()]);
    if (rest.length > 0) yield convertAll(rest);
  } finally {
    input.destroy();
    if (!input.closed) await once(input, 'close');
  }
}

function createControlCleaner() {
  const mark = CONTROL_MARK.charCodeAt(0);
  // A carriage return is written only once the byte after it is known.
  let isReturnHeld = false;
  return {
    add(chunk: Buffer): Buffer {
      const bytes = Buffer.allocUnsafe(chunk.length + 1);
      let length = 0;
      for (const byte of chunk) {
        if (isReturnHeld && byte !== LINE_FEED) bytes[length++] = mark;
        isReturnHeld = byte === CARRIAGE_RETURN;
        if (!isReturnHeld) bytes[length++] = byte === START_OF_HEADING ? mark : byte;
      }
      return bytes.subarray(0, length);
    },
    end: (): Buffer => Buffer.from(isReturnHeld ? CONTROL_MARK : ''),
  };
}

/** Returns the function that rewrites each line of a part, or undefined if the lines stay as they are. */
function lineConverter({ isPython }: TextPart, format: TableFormat): ((line: string) => string) | undefined {
  if (format.kind === 'csv' && format.blocks === true) return blockConverter(format);
  return isPython ? pythonToJson : undefined;
}

/** Puts the id of its block before each line. */
function blockConverter({ delimiter }: CsvFormat): (line: string) => string {
  let id = '';
  return (line) => {
    const named = /^\s*([^\s:][^:]*):\s*$/.exec(line)?.[1];
    if (named !== undefined) id = named;
    return named !== undefined || line === '' ? '' : `${id}${delimiter}${line}`;
  };
}

/** Writes an object in Python as one in JSON. Another line stays as it is. */
export function pythonToJson(line: string): string {
  const value = parsePythonLiteral(line);
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : line;
}

import { StringDecoder } from 'node:string_decoder';
import { MatineeError } from '@matinee/numerics';

/** How large a body of lines may be. */
export interface LineLimits {
  readonly maxBytes: number;
  readonly maxLines: number;
  /** A longer line is passed over; the others are read. */
  readonly maxLineLength: number;
}

/** One line of a body, by its number from 1; undefined for the text of a line that is too long. */
export interface NumberedLine {
  readonly line: number;
  readonly text: string | undefined;
}

/**
 * Returns the lines of a body, without those that are blank.
 *
 * @throws {MatineeError} `BODY_TOO_LARGE` when the body is larger than the limits.
 */
export async function readLines(
  body: AsyncIterable<Uint8Array>,
  { maxBytes, maxLines, maxLineLength }: LineLimits,
): Promise<readonly NumberedLine[]> {
  const lines: NumberedLine[] = [];
  const decoder = new StringDecoder('utf8');
  let line = 1;
  let rest = '';
  let isTooLong = false;
  let bytes = 0;
  const finish = (whole: string): void => {
    const text = isTooLong || whole.length > maxLineLength ? undefined : whole.replace(/^\uFEFF/, '').trim();
    isTooLong = false;
    if (line > maxLines && text !== '') throw tooLarge(`${maxLines} lines`);
    if (text !== '') lines.push({ line, text });
    line++;
  };
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw tooLarge(`${maxBytes} bytes`);
    const parts = (rest + decoder.write(Buffer.from(chunk))).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) finish(part);
    if (rest.length > maxLineLength) {
      isTooLong = true;
      rest = '';
    }
  }
  finish(rest + decoder.end());
  return lines;
}

function tooLarge(limit: string): MatineeError {
  return new MatineeError(
    'BODY_TOO_LARGE',
    `the body is larger than ${limit}, and nothing of it is stored; send parts`,
  );
}

import { StringDecoder } from 'node:string_decoder';
import { MatineeError } from '@matinee/numerics';

/** How large a body of lines may be. */
export interface LineLimits {
  readonly maxBytes: number;
  readonly maxLines: number;
  /** A longer line is passed over; the others are read. */
  readonly maxLineLength: number;
}

/**
 * Reads the lines of a body as they come, without those that are blank; undefined stands for one that is too long.
 * Holds one chunk of the body and one line.
 *
 * @throws {MatineeError} `BODY_TOO_LARGE` when the body is larger than the limits; the lines before are read by then.
 */
export async function* readLines(
  body: AsyncIterable<Uint8Array>,
  { maxBytes, maxLines, maxLineLength }: LineLimits,
): AsyncGenerator<{ readonly line: number; readonly text: string | undefined }> {
  const decoder = new StringDecoder('utf8');
  let line = 1;
  let rest = '';
  let isTooLong = false;
  let bytes = 0;
  const finish = (text: string) => {
    const whole = isTooLong || text.length > maxLineLength ? undefined : text.replace(/^\uFEFF/, '').trim();
    isTooLong = false;
    if (line > maxLines && whole !== '') throw tooLarge(`${maxLines} lines`);
    return { line: line++, text: whole };
  };
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw tooLarge(`${maxBytes} bytes`);
    const parts = (rest + decoder.write(Buffer.from(chunk))).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      const read = finish(part);
      if (read.text !== '') yield read;
    }
    if (rest.length > maxLineLength) {
      isTooLong = true;
      rest = '';
    }
  }
  const last = finish(rest + decoder.end());
  if (last.text !== '') yield last;
}

function tooLarge(limit: string): MatineeError {
  return new MatineeError(
    'BODY_TOO_LARGE',
    `the body is larger than ${limit}; send it in parts: events with an id, or with a time, are not stored twice`,
  );
}

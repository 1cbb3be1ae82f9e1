import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { MatineeError } from '@matinee/numerics';

export interface DownloadOptions {
  readonly url: string;
  /** Target path. The file is `<file>.part` until it is complete and verified. */
  readonly file: string;
  readonly signal?: AbortSignal | undefined;
  /** Gets the bytes so far and the total bytes (0 = unknown). */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Downloads a file, resuming an earlier attempt, and verifies it against the `.md5` file beside it on the server. An
 * existing file is left untouched.
 *
 * The server's entity tag is stored beside the part, and the download resumes only if the file on the server is
 * unchanged (RFC 9110, `If-Range`). A server without range support starts over.
 *
 * @throws {MatineeError} `DOWNLOAD_FAILED` for an unreachable host, a bad status or a broken connection (received bytes
 *   are kept for the next attempt); `BAD_CHECKSUM` when the file does not match the announced md5 (it is removed);
 *   `CANCELLED`.
 */
export async function downloadFile({ url, file, signal, onProgress }: DownloadOptions): Promise<void> {
  if (existsSync(file)) return;
  await mkdir(path.dirname(file), { recursive: true });
  const part = `${file}.part`;
  const tagFile = `${part}.etag`;
  const expected = await fetchChecksum(`${url}.md5`, signal);

  const have = await sizeOf(part);
  const tag = have > 0 && existsSync(tagFile) ? await readFile(tagFile, 'utf8') : '';
  const headers: Record<string, string> = tag === '' ? {} : { range: `bytes=${have}-`, 'if-range': tag };
  const response = await request(url, headers, signal);
  // 416: nothing is left to send, so the part is complete (or of another file, which the checksum detects).
  if (response.status !== 416) {
    if (response.status !== 200 && response.status !== 206) {
      throw new MatineeError('DOWNLOAD_FAILED', `${url} answered ${response.status} ${response.statusText}`);
    }
    await writeFile(tagFile, response.headers.get('etag') ?? '');
    const start = response.status === 206 ? have : 0;
    await receive(response, part, start, { url, signal, onProgress });
  }
  const actual = await md5Of(part);
  if (actual !== expected) {
    await rm(part, { force: true });
    await rm(tagFile, { force: true });
    throw new MatineeError(
      'BAD_CHECKSUM',
      `${url} has md5 ${actual}, but the server announced ${expected}; the download was removed, try again`,
    );
  }
  await rm(tagFile, { force: true });
  await rename(part, file);
}

async function receive(
  response: Response,
  part: string,
  start: number,
  { url, signal, onProgress }: Pick<DownloadOptions, 'url' | 'signal' | 'onProgress'>,
): Promise<void> {
  const total = start + Number(response.headers.get('content-length') ?? 0);
  let done = start;
  const body = Readable.fromWeb(response.body as import('node:stream/web').ReadableStream<Uint8Array>);
  body.on('data', (chunk: Uint8Array) => {
    done += chunk.length;
    onProgress?.(done, total);
  });
  try {
    await pipeline(body, createWriteStream(part, { flags: start > 0 ? 'a' : 'w' }));
  } catch (cause) {
    throwUnreached(url, cause, signal, `the connection broke after ${done} bytes; call again to resume`);
  }
}

async function fetchChecksum(url: string, signal: AbortSignal | undefined): Promise<string> {
  const response = await request(url, {}, signal);
  const text = response.ok ? await response.text() : '';
  const checksum = /\b[0-9a-f]{32}\b/i.exec(text)?.[0]?.toLowerCase();
  if (checksum === undefined) {
    throw new MatineeError(
      'DOWNLOAD_FAILED',
      `${url} contains no md5 (status ${response.status}); nothing was downloaded`,
    );
  }
  return checksum;
}

async function request(
  url: string,
  headers: Record<string, string>,
  signal: AbortSignal | undefined,
): Promise<Response> {
  try {
    return await fetch(url, { headers, signal: signal ?? null });
  } catch (cause) {
    return throwUnreached(url, cause, signal, `cannot reach ${new URL(url).host}`);
  }
}

function throwUnreached(url: string, cause: unknown, signal: AbortSignal | undefined, what: string): never {
  if (signal?.aborted)
    throw new MatineeError('CANCELLED', `stopped downloading ${url}; call again to resume`, { cause });
  const inner = (cause as { cause?: { code?: string } }).cause?.code ?? (cause as { code?: string }).code;
  throw new MatineeError('DOWNLOAD_FAILED', `${what}${inner === undefined ? '' : ` (${inner})`}`, { cause });
}

async function sizeOf(file: string): Promise<number> {
  return existsSync(file) ? (await stat(file)).size : 0;
}

async function md5Of(file: string): Promise<string> {
  const hash = createHash('md5');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

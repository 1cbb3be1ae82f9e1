import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { MatineeError } from '@matinee/numerics';
import { ensureFolder, syncFolder } from '../disk/durable.ts';

export interface DownloadOptions {
  readonly url: string;
  /** Target path. The file is `<file>.part` until it is complete and verified. */
  readonly file: string;
  readonly signal?: AbortSignal | undefined;
  /** Gets the bytes so far and the total bytes (0 = unknown). */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Larger files are refused. Default: 4 GiB, more than every published MovieLens set. */
  readonly maxBytes?: number;
  /** Milliseconds without a byte after which the download fails. Default: a minute. */
  readonly idleMs?: number;
}

const DEFAULTS = { maxBytes: 4 * 2 ** 30, idleMs: 60_000 };
/** A checksum and a name; longer answers are of something else. */
const MAX_CHECKSUM_BYTES = 64 * 1024;

/**
 * Downloads a file, resuming an earlier attempt, and verifies it against the `.md5` file beside it on the server. An
 * existing file is left untouched.
 *
 * The server's entity tag is stored beside the part, and the download resumes only if the file on the server is
 * unchanged (RFC 9110, `If-Range`). A server without range support starts over.
 *
 * @throws {MatineeError} `DOWNLOAD_FAILED` for an unreachable host, a bad status, a broken or silent connection (received
 *   bytes are kept for the next attempt) or a file that is too large; `BAD_CHECKSUM` when the file does not match the announced md5 (it is removed);
 *   `CANCELLED`.
 * @remarks The checksum comes from the same server: it detects a damaged file, not a forged one.
 */
export async function downloadFile(options: DownloadOptions): Promise<void> {
  const { url, file, signal, onProgress, maxBytes, idleMs } = { ...DEFAULTS, ...options };
  if (existsSync(file)) return;
  await ensureFolder(path.dirname(file));
  const connection = { signal, idleMs };
  const part = `${file}.part`;
  const tagFile = `${part}.etag`;
  const expected = await fetchChecksum(`${url}.md5`, connection);

  const have = await sizeOf(part);
  const tag = have > 0 && existsSync(tagFile) ? await readFile(tagFile, 'utf8') : '';
  const headers: Record<string, string> = tag === '' ? {} : { range: `bytes=${have}-`, 'if-range': tag };
  const reply = await request(url, headers, connection);
  const { response } = reply;
  // 416: nothing is left to send, so the part is complete (or of another file, which the checksum detects).
  if (response.status !== 416) {
    if (response.status !== 200 && response.status !== 206) {
      throw new MatineeError('DOWNLOAD_FAILED', `${url} answered ${response.status} ${response.statusText}`);
    }
    await writeFile(tagFile, response.headers.get('etag') ?? '');
    const start = response.status === 206 ? have : 0;
    await receive(reply, part, start, { url, signal, onProgress, maxBytes });
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
  await syncFolder(path.dirname(file));
}

/** A request and its body, which end when the signal is aborted or nothing comes for a while. */
interface Reply {
  readonly response: Response;
  /** The body, piece by piece. */
  chunks(): AsyncGenerator<Uint8Array>;
}

interface Connection {
  readonly signal: AbortSignal | undefined;
  readonly idleMs: number;
}

async function receive(
  { response, chunks }: Reply,
  part: string,
  start: number,
  { url, signal, onProgress, maxBytes }: Pick<DownloadOptions, 'url' | 'signal' | 'onProgress'> & { maxBytes: number },
): Promise<void> {
  const total = start + Number(response.headers.get('content-length') ?? 0);
  const handle = await open(part, start > 0 ? 'a' : 'w');
  let done = start;
  try {
    requireSize(url, total, maxBytes);
    // Every piece is in the file before the next one is read, so a broken connection loses nothing that has come.
    for await (const chunk of chunks()) {
      requireSize(url, done + chunk.length, maxBytes);
      await handle.writeFile(chunk);
      done += chunk.length;
      onProgress?.(done, total);
    }
    await handle.sync();
  } catch (cause) {
    if (cause instanceof MatineeError) throw cause;
    throwUnreached(url, cause, signal, `the connection broke after ${done} bytes; call again to resume`);
  } finally {
    await handle.close();
  }
}

function requireSize(url: string, bytes: number, maxBytes: number): void {
  if (bytes <= maxBytes) return;
  throw new MatineeError('DOWNLOAD_FAILED', `${url} has more than ${maxBytes} bytes; nothing that large is downloaded`);
}

async function fetchChecksum(url: string, connection: Connection): Promise<string> {
  const { response, chunks } = await request(url, {}, connection);
  let text = '';
  try {
    if (response.ok) {
      for await (const chunk of chunks()) {
        text += Buffer.from(chunk).toString('latin1');
        if (text.length > MAX_CHECKSUM_BYTES) break;
      }
    }
  } catch (cause) {
    throwUnreached(url, cause, connection.signal, `the connection to ${new URL(url).host} broke`);
  }
  const checksum = /\b[0-9a-f]{32}\b/i.exec(text)?.[0]?.toLowerCase();
  if (checksum === undefined) {
    throw new MatineeError(
      'DOWNLOAD_FAILED',
      `${url} contains no md5 (status ${response.status}); nothing was downloaded`,
    );
  }
  return checksum;
}

async function request(url: string, headers: Record<string, string>, { signal, idleMs }: Connection): Promise<Reply> {
  const idle = new AbortController();
  const giveUp = (): void => idle.abort(new Error(`nothing came for ${idleMs / 1000} s`));
  let timer = setTimeout(giveUp, idleMs).unref();
  const signals = signal === undefined ? [idle.signal] : [idle.signal, signal];
  try {
    const response = await fetch(url, { headers, signal: AbortSignal.any(signals) });
    return {
      response,
      async *chunks() {
        try {
          for await (const chunk of response.body ?? []) {
            clearTimeout(timer);
            yield chunk as Uint8Array;
            timer = setTimeout(giveUp, idleMs).unref();
          }
        } finally {
          clearTimeout(timer);
        }
      },
    };
  } catch (cause) {
    clearTimeout(timer);
    return throwUnreached(url, cause, signal, `cannot reach ${new URL(url).host}`);
  }
}

function throwUnreached(url: string, cause: unknown, signal: AbortSignal | undefined, what: string): never {
  if (signal?.aborted)
    throw new MatineeError('CANCELLED', `stopped downloading ${url}; call again to resume`, { cause });
  const { code, message = '', cause: inner } = cause as { code?: unknown; message?: string; cause?: { code?: string } };
  const reason = inner?.code ?? (typeof code === 'string' ? code : message.startsWith('nothing came') ? message : '');
  throw new MatineeError('DOWNLOAD_FAILED', `${what}${reason === '' ? '' : ` (${reason})`}`, { cause });
}

async function sizeOf(file: string): Promise<number> {
  return existsSync(file) ? (await stat(file)).size : 0;
}

async function md5Of(file: string): Promise<string> {
  const hash = createHash('md5');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { downloadFile } from './download.ts';

const content = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
const md5 = createHash('md5').update(content).digest('hex');

let folder: string;
let server: http.Server;
let base: string;
/** What the server did, and how it misbehaves. */
let requests: { url: string; range: string | undefined }[];
let cutAfterBytes: number;
/** The answer that stopped after `cutAfterBytes`. */
let cut: http.ServerResponse | undefined;
let isSilent: boolean;
let isUnannounced: boolean;
let announced: string;
let withRanges: boolean;

beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'matinee-download-'));
  requests = [];
  cutAfterBytes = Number.POSITIVE_INFINITY;
  announced = md5;
  withRanges = true;
  isSilent = false;
  isUnannounced = false;
  cut = undefined;
  server = http.createServer((request, response) => {
    requests.push({ url: request.url ?? '', range: request.headers.range });
    if (request.url === '/set.zip.md5') return void response.end(`MD5 (set.zip) = ${announced}\n`);
    if (isSilent) return;
    if (request.url !== '/set.zip') return void response.writeHead(404).end();
    const start = withRanges ? Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0) : 0;
    if (start >= content.length) return void response.writeHead(416).end();
    const body = content.subarray(start);
    response.writeHead(start > 0 ? 206 : 200, {
      etag: '"one"',
      ...(isUnannounced ? {} : { 'content-length': body.length }),
    });
    if (body.length <= cutAfterBytes) return void response.end(body);
    cut = response;
    response.write(body.subarray(0, cutAfterBytes));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

/** Downloads, and breaks the connection once all that the server sends has come. */
const downloadAndBreak = (): Promise<void> =>
  downloadFile({
    url: `${base}/set.zip`,
    file: target(),
    onProgress: (done) => {
      if (done === cutAfterBytes) cut?.destroy();
    },
  });

const target = (): string => path.join(folder, 'set.zip');

describe('downloadFile', () => {
  it('writes the whole file, reports progress up to its size and leaves no part behind', async () => {
    let last: readonly number[] = [];
    await downloadFile({ url: `${base}/set.zip`, file: target(), onProgress: (...progress) => (last = progress) });
    expect(readFileSync(target()).equals(content)).toBe(true);
    expect(last).toEqual([content.length, content.length]);
    expect(existsSync(`${target()}.part`)).toBe(false);
  });

  it('resumes where a broken connection stopped', async () => {
    cutAfterBytes = 100_000;
    await expect(downloadAndBreak()).rejects.toThrow('the connection broke after 100000 bytes');
    expect(statSync(`${target()}.part`).size).toBe(100_000);
    expect(existsSync(target())).toBe(false);

    cutAfterBytes = Number.POSITIVE_INFINITY;
    await downloadFile({ url: `${base}/set.zip`, file: target() });
    expect(requests.at(-1)).toEqual({ url: '/set.zip', range: 'bytes=100000-' });
    expect(readFileSync(target()).equals(content)).toBe(true);
  });

  it('starts over when the server does not support ranges', async () => {
    cutAfterBytes = 100_000;
    await expect(downloadAndBreak()).rejects.toThrow('the connection broke');
    cutAfterBytes = Number.POSITIVE_INFINITY;
    withRanges = false;
    await downloadFile({ url: `${base}/set.zip`, file: target() });
    expect(readFileSync(target()).equals(content)).toBe(true);
  });

  it('gives up on a server that says nothing more, keeps what has come, and resumes', async () => {
    cutAfterBytes = 100_000;
    const options = { url: `${base}/set.zip`, file: target(), idleMs: 200 };
    await expect(downloadFile(options)).rejects.toThrow('after 100000 bytes; call again to resume (nothing came for');
    isSilent = true;
    await expect(downloadFile(options)).rejects.toThrow(/^cannot reach 127\.0\.0\.1:\d+ \(nothing came for 0\.2 s\)$/);
    isSilent = false;
    cutAfterBytes = Number.POSITIVE_INFINITY;
    await downloadFile(options);
    expect(readFileSync(target()).equals(content)).toBe(true);
  });

  it('refuses a file that is larger than allowed, announced or not', async () => {
    const options = { url: `${base}/set.zip`, file: target(), maxBytes: 200_000 };
    await expect(downloadFile(options)).rejects.toThrow('has more than 200000 bytes');
    expect(statSync(`${target()}.part`).size).toBe(0);
    isUnannounced = true;
    await expect(downloadFile(options)).rejects.toThrow('has more than 200000 bytes');
    expect(statSync(`${target()}.part`).size).toBeLessThanOrEqual(200_000);
  });

  it('refuses and removes a file that does not match the announced checksum', async () => {
    announced = '0'.repeat(32);
    await expect(downloadFile({ url: `${base}/set.zip`, file: target() })).rejects.toMatchObject({
      code: 'BAD_CHECKSUM',
    });
    expect(existsSync(target())).toBe(false);
    expect(existsSync(`${target()}.part`)).toBe(false);
  });

  it('says in one line that the host cannot be reached', async () => {
    const closed = `${base}/set.zip`;
    await new Promise((resolve) => server.close(resolve));
    const failure = await downloadFile({ url: closed, file: target() }).catch((error: Error) => error);
    expect(failure).toMatchObject({ code: 'DOWNLOAD_FAILED' });
    expect((failure as Error).message).toMatch(/^cannot reach 127\.0\.0\.1:\d+ \(ECONNREFUSED\)$/);
  });

  it('names the status of a file that does not exist', async () => {
    await expect(downloadFile({ url: `${base}/other.zip`, file: target() })).rejects.toThrow('status 404');
  });

  it('leaves an existing file untouched', async () => {
    writeFileSync(target(), 'mine');
    await downloadFile({ url: `${base}/set.zip`, file: target() });
    expect(readFileSync(target(), 'utf8')).toBe('mine');
    expect(requests).toEqual([]);
  });
});

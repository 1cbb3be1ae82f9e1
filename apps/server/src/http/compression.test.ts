import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../testing/test-server.ts';
import { encodingFor } from './compression.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const BROWSER = 'gzip, deflate, br, zstd';

async function fetched(url: string, encoding?: string, method: 'GET' | 'HEAD' = 'GET') {
  const headers = encoding === undefined ? {} : { 'accept-encoding': encoding };
  const { rawPayload, headers: answered, statusCode } = await server.app.inject({ method, url, headers });
  return { body: rawPayload, headers: answered, status: statusCode };
}

describe('encodingFor', () => {
  it.each([
    [BROWSER, 'br'],
    ['gzip', 'gzip'],
    ['br;q=0, gzip;q=0.5', 'gzip'],
    ['gzip;q=1.0, br;q=0.1', 'gzip'],
    ['identity', undefined],
    ['*', 'br'],
    ['gzip;q=0', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('reads %s as %s', (header, encoding) => expect(encodingFor(header)).toBe(encoding));
});

describe('compression', () => {
  it.each(['/api/v1/items/3/poster', '/openapi.json', '/metrics', '/recommend?user_idx=5&k=20'])(
    'of %s changes bytes and nothing else',
    async (url) => {
      const plain = await fetched(url);
      expect(plain.headers).not.toHaveProperty('content-encoding');
      const br = await fetched(url, BROWSER);
      const gzip = await fetched(url, 'gzip');
      expect([br.headers['content-encoding'], gzip.headers['content-encoding']]).toEqual(['br', 'gzip']);
      for (const answer of [br, gzip]) {
        expect(answer.body.length).toBeLessThan(plain.body.length / 2);
        expect(Number(answer.headers['content-length'])).toBe(answer.body.length);
        expect(answer.headers['content-type']).toBe(plain.headers['content-type']);
        expect(answer.headers['etag']).toBe(plain.headers['etag']);
      }
      if (url === '/metrics') return;
      expect(brotliDecompressSync(br.body)).toEqual(plain.body);
      expect(gunzipSync(gzip.body)).toEqual(plain.body);
    },
  );

  it('of a home page leaves a third of it', async () => {
    const plain = await fetched('/api/v1/home?userIdx=3');
    const br = await fetched('/api/v1/home?userIdx=3', BROWSER);
    expect(br.body.length * 3).toBeLessThan(plain.body.length);
    expect(JSON.parse(brotliDecompressSync(br.body).toString())).toHaveProperty('rows');
  });

  it('does not change what is cached', async () => {
    const url = '/recommend?user_idx=6&k=20';
    const first = await fetched(url, 'gzip');
    const later = await fetched(url, BROWSER);
    const plain = await fetched(url);
    expect(later.headers['server-timing']).toBe('cache;desc=hit');
    expect(brotliDecompressSync(later.body)).toEqual(plain.body);
    expect(gunzipSync(first.body)).toEqual(plain.body);
  });

  it('leaves small answers, 304 and HEAD as they are', async () => {
    expect((await fetched('/healthz', BROWSER)).headers).not.toHaveProperty('content-encoding');
    const { headers } = await fetched('/api/v1/items/3/poster', BROWSER);
    const held = await server.app.inject({
      url: '/api/v1/items/3/poster',
      headers: { 'accept-encoding': BROWSER, 'if-none-match': String(headers['etag']) },
    });
    expect([held.statusCode, held.rawPayload.length, held.headers['content-encoding']]).toEqual([304, 0, undefined]);
    expect((await fetched('/api/v1/items/3/poster', BROWSER, 'HEAD')).body).toHaveLength(0);
  });

  it('never touches the stream', async () => {
    const address = await server.app.listen({ host: '127.0.0.1', port: 0 });
    const abort = new AbortController();
    const headers = { 'accept-encoding': BROWSER };
    const answer = await fetch(`${address}/api/v1/stream`, { headers, signal: abort.signal });
    expect(answer.headers.get('content-encoding')).toBeNull();
    abort.abort();
  });
});

import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../testing/test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ catalogueToken: 'a token of the catalogue' });
});
afterAll(() => server.close());

const DECIDES = ['cookie', 'authorization', 'x-api-key', 'x-matinee-visitor', 'x-matinee-session', 'accept-encoding'];

const wordsOf = (header: unknown): string[] => String(header ?? '').split(/\s*,\s*/);

/** Requests for an operation: one that can succeed, and one whose body or query cannot be read. */
function requestsFor(method: string, path: string): InjectOptions[] {
  const url = path
    .replace('{itemIdx}', '3')
    .replace('{userIdx}', '3')
    .replaceAll(/\{\w+\}/g, 'nothing-of-that-name');
  const query = path === '/recommend' ? '?user_idx=3' : path === '/api/v1/search' ? '?q=a&userIdx=3' : '?userIdx=3';
  const payload = { payload: '{"unknown": 1}', headers: { 'content-type': 'application/json' } };
  const requests: InjectOptions[] = [
    { method: method as 'GET', url: `${url}${query}`, ...(method === 'GET' ? {} : payload) },
    { method: method as 'GET', url, ...(method === 'GET' ? {} : payload) },
  ];
  return method === 'GET' ? [...requests, { method: 'HEAD', url }] : requests;
}

describe('cache-control and vary', () => {
  it('keep every answer of every route from shared caches, and name what decides it', async () => {
    const { paths } = (await server.send('/openapi.json')).json as { paths: Record<string, object> };
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path })),
    );
    expect(operations.length).toBeGreaterThan(20);
    const withoutStream = operations.filter(({ path }) => path !== '/api/v1/stream');
    for (const request of withoutStream.flatMap(({ method, path }) => requestsFor(method, path))) {
      const { headers, status } = await server.send(request);
      const name = `${request.method} ${String(request.url)} ${status}`;
      expect(wordsOf(headers['vary']), name).toEqual(expect.arrayContaining(DECIDES));
      const isSharedPoster = String(request.url).includes('/poster') && status === 200;
      const audience = isSharedPoster ? 'public' : status < 400 ? 'private' : 'no-store';
      expect(wordsOf(headers['cache-control']), name).toContain(audience);
    }
  });

  it('hold for the answer from the response cache, which is for one person too', async () => {
    await server.send('/recommend?user_idx=4');
    const { headers } = await server.send('/recommend?user_idx=4');
    expect(headers['server-timing']).toBe('cache;desc=hit');
    expect(headers).toMatchObject({ 'cache-control': 'private, no-store' });
    expect(wordsOf(headers['vary'])).toEqual(expect.arrayContaining(DECIDES));
  });

  it.each([
    ['an unknown address', '/api/v1/nothing'],
    ['an address that cannot be read', '/api/v1/items/%E0%A4%A'],
    ['an earlier address of the API', '/api/v1/movies/3'],
    ['the stream that nobody may see', '/api/v1/stream?topics=nothing'],
    ['the description of the API', '/openapi.json'],
  ])('stand on %s', async (_, url) => {
    const { headers } = await server.send(url);
    expect(wordsOf(headers['cache-control']).some((word) => word === 'private' || word === 'no-store')).toBe(true);
    expect(wordsOf(headers['vary'])).toEqual(expect.arrayContaining(DECIDES));
  });

  it('stand on the stream', async () => {
    const address = await server.app.listen({ host: '127.0.0.1', port: 0 });
    const abort = new AbortController();
    const { headers } = await fetch(`${address}/api/v1/stream`, { signal: abort.signal });
    expect(headers.get('cache-control')).toBe('no-store');
    expect(wordsOf(headers.get('vary'))).toEqual(expect.arrayContaining(DECIDES));
    abort.abort();
  });

  it('let a poster be shared unless the rules of a profile decide it', async () => {
    const { items } = (await server.send('/recommend?user_idx=3&k=1')).json as { items: { poster_url: string }[] };
    const url = items[0]?.poster_url ?? '';
    const open = await server.send(url);
    expect(open.headers).toMatchObject({ 'cache-control': 'public, max-age=31536000, immutable' });
    const { householdId } = (await server.post('/api/v1/households', {})).json as { householdId: string };
    const profile = { name: 'Kim', isKids: false, maturityCap: null };
    const { profileId } = (await server.post(`/api/v1/households/${householdId}/profiles`, profile)).json as {
      profileId: string;
    };
    const { session } = (await server.post(`/api/v1/profiles/${profileId}/session`, {})).json as { session: string };
    const own = await server.send({ url, headers: { 'x-matinee-session': session } });
    expect(own).toMatchObject({ status: 200, headers: { 'cache-control': 'private, max-age=31536000, immutable' } });
    expect(wordsOf(own.headers['vary'])).toEqual(expect.arrayContaining(['cookie', 'x-matinee-session']));
  });

  it('answer 304 to whoever holds the poster, under any of its tags', async () => {
    const { headers } = await server.send('/api/v1/items/3/poster');
    const etag = String(headers['etag']);
    for (const held of [etag, etag.replace('W/', ''), `"other", ${etag}`, '*']) {
      const answer = await server.send({ url: '/api/v1/items/3/poster', headers: { 'if-none-match': held } });
      expect([answer.status, answer.text, answer.headers['etag']], held).toEqual([304, '', etag]);
    }
    const other = await server.send({ url: '/api/v1/items/3/poster', headers: { 'if-none-match': '"other"' } });
    expect(other.status).toBe(200);
  });
});

import { afterEach, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../testing/test-server.ts';
import { hostRuleOf, isLoopback } from './hosts.ts';

let server: TestServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function start(host: string, names: readonly string[] = []): Promise<TestServer> {
  server = await startTestServer({ hosts: hostRuleOf(host, names) });
  return server;
}

const statusUnder = async (host: string, headers: Record<string, string> = {}): Promise<number | undefined> =>
  (await server?.send({ url: '/api/v1/status', headers: { host, ...headers } }))?.status;

describe('isLoopback', () => {
  it('knows the addresses that only this machine reaches', () => {
    for (const host of ['localhost', '127.0.0.1', '127.8.0.1', '::1']) expect(isLoopback(host), host).toBe(true);
    for (const host of ['0.0.0.0', '::', '192.168.0.2', '127.0.0.1.example', 'movies.example'])
      expect(isLoopback(host), host).toBe(false);
  });
});

describe('the Host of a request', () => {
  it('is a name of this machine where the server listens on loopback', async () => {
    await start('localhost');
    for (const host of ['localhost', 'LocalHost:8003', '127.0.0.1:1', '[::1]:8003', 'localhost.']) {
      expect(await statusUnder(host), host).toBe(200);
    }
    for (const host of ['evil.example', 'evil.example:8003', 'localhost.evil.example', '192.168.0.2', 'a:b:c']) {
      expect(await statusUnder(host), host).toBe(421);
    }
    const answer = await server?.send({ url: '/healthz', headers: { host: 'evil.example' } });
    expect(answer?.json).toMatchObject({ statusCode: 421, code: 'UNKNOWN_HOST' });
  });

  it('may be a name that was configured, also where a proxy passes it on beside its own', async () => {
    await start('127.0.0.1', ['movies.example']);
    expect(await statusUnder('movies.example')).toBe(200);
    expect(await statusUnder('127.0.0.1:8003', { 'x-forwarded-host': 'movies.example' })).toBe(200);
    expect(await statusUnder('127.0.0.1:8003', { 'x-forwarded-host': 'evil.example' })).toBe(421);
  });

  it('is checked elsewhere only where names are configured, and an address always passes', async () => {
    await start('0.0.0.0');
    expect(await statusUnder('evil.example')).toBe(200);
    await server?.close();
    await start('0.0.0.0', ['movies.example']);
    for (const host of ['movies.example:443', '10.0.0.7:8003', '[2001:db8::7]:8003', 'localhost']) {
      expect(await statusUnder(host), host).toBe(200);
    }
    expect(await statusUnder('evil.example')).toBe(421);
  });
});

describe('a write', () => {
  const write = async (headers: Record<string, string>, method: 'POST' | 'DELETE' = 'POST') => {
    const url = method === 'POST' ? '/api/v1/households' : '/api/v1/session';
    const answer = await server?.send({ method, url, headers: { host: 'localhost:8003', ...headers } });
    return (answer?.json as { code?: string } | undefined)?.code ?? answer?.status;
  };

  it('comes from the page itself, or from no browser', async () => {
    await start('localhost');
    expect(await write({})).toBe(201);
    expect(await write({ origin: 'http://localhost:8003', 'sec-fetch-site': 'same-origin' })).toBe(201);
    for (const origin of ['http://evil.example', 'http://localhost:9999', 'http://127.0.0.1:8003', 'null', 'x']) {
      expect(await write({ origin }), origin).toBe('FOREIGN_ORIGIN');
      expect(await write({ origin }, 'DELETE'), origin).toBe('FOREIGN_ORIGIN');
    }
    expect(await write({ 'sec-fetch-site': 'cross-site' })).toBe('FOREIGN_ORIGIN');
  });

  it('is checked on every binding, and behind a proxy that changes the Host against the configured names', async () => {
    await start('0.0.0.0');
    expect(await write({ origin: 'http://evil.example' })).toBe('FOREIGN_ORIGIN');
    expect(await write({ host: 'movies.example', origin: 'https://movies.example' })).toBe(201);
    expect(await write({ host: 'Movies.example:443', origin: 'https://movies.example' })).toBe(201);
    await server?.close();
    await start('127.0.0.1', ['movies.example']);
    expect(await write({ host: '127.0.0.1:8003', origin: 'https://movies.example' })).toBe(201);
    expect(await write({ host: '127.0.0.1:8003', origin: 'https://evil.example' })).toBe('FOREIGN_ORIGIN');
  });

  it('is refused before its body is read', async () => {
    await start('localhost');
    const answer = await server?.send({
      method: 'POST',
      url: '/feedback',
      headers: { host: 'localhost', origin: 'http://evil.example', 'content-type': 'application/json' },
      payload: '{"not JSON',
    });
    expect(answer?.json).toMatchObject({ statusCode: 403, code: 'FOREIGN_ORIGIN' });
  });

  it('leaves reads of other sites to the browser, which shows them no answer', async () => {
    await start('localhost');
    expect(await statusUnder('localhost', { origin: 'http://evil.example' })).toBe(200);
  });
});

import { afterEach, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../testing/test-server.ts';
import { hostRuleOf } from './hosts.ts';
import { readProxies } from './proxies.ts';

let server: TestServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

describe('readProxies', () => {
  it('takes addresses, networks, this machine, and none', () => {
    expect(readProxies('10.0.0.5, 172.16.0.0/12,fd00::/8, loopback')).toEqual([
      '10.0.0.5',
      '172.16.0.0/12',
      'fd00::/8',
      'loopback',
    ]);
    expect(readProxies('none')).toEqual([]);
  });

  it.each(['proxy.example', '10.0.0.0/33', '10.0.0', '*', 'true', 'none,10.0.0.1'])('refuses %s', (text) =>
    expect(() => readProxies(text)).toThrow('a proxy is an address'),
  );
});

const FORWARDED = {
  'x-forwarded-for': '192.0.2.7',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'movies.example',
};

/** Whether the server believes that a browser came over TLS, told so from that address. */
async function believes(remoteAddress: string, trustedProxies?: readonly string[]): Promise<boolean> {
  server = await startTestServer(trustedProxies === undefined ? {} : { trustedProxies });
  const { headers } = await server.send({
    method: 'POST',
    url: '/api/v1/users',
    payload: {},
    remoteAddress,
    headers: FORWARDED,
  });
  await server.close();
  server = undefined;
  return String(headers['set-cookie']).includes('; Secure');
}

describe('x-forwarded-* headers', () => {
  it('count from this machine by default, and from nobody else', async () => {
    expect(await believes('127.0.0.1')).toBe(true);
    for (const address of ['10.0.0.5', '192.168.0.2', '169.254.1.1', '203.0.113.9']) {
      expect(await believes(address), address).toBe(false);
    }
  });

  it('count from the proxies that are configured, and then from no other', async () => {
    expect(await believes('10.0.0.5', ['10.0.0.0/24'])).toBe(true);
    expect(await believes('10.0.1.5', ['10.0.0.0/24'])).toBe(false);
    expect(await believes('127.0.0.1', ['10.0.0.0/24'])).toBe(false);
    expect(await believes('127.0.0.1', [])).toBe(false);
  });

  it('of anybody else change neither the name nor the origin of a request', async () => {
    server = await startTestServer({ hosts: hostRuleOf('127.0.0.1', []), trustedProxies: ['10.0.0.5'] });
    const write = async (remoteAddress: string, headers: Record<string, string>) => {
      const options = { method: 'POST' as const, url: '/api/v1/households', remoteAddress };
      return (await server?.send({ ...options, headers: { host: 'localhost', ...headers } }))?.status;
    };
    // Ignored, and not refused.
    expect(await write('127.0.0.1', { 'x-forwarded-host': 'evil.example' })).toBe(201);
    expect(await write('127.0.0.1', { 'x-forwarded-host': 'a.example', origin: 'https://a.example' })).toBe(403);
    // Of the proxy they count.
    expect(await write('10.0.0.5', { 'x-forwarded-host': 'evil.example' })).toBe(421);
    await server.close();
    server = await startTestServer({ hosts: hostRuleOf('0.0.0.0', []), trustedProxies: ['10.0.0.5'] });
    expect(await write('10.0.0.5', { 'x-forwarded-host': 'a.example', origin: 'https://a.example' })).toBe(201);
    expect(await write('10.0.0.6', { 'x-forwarded-host': 'a.example', origin: 'https://a.example' })).toBe(403);
  });
});

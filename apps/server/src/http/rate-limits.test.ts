import { afterEach, describe, expect, it } from 'vitest';
import { createApiKey } from '../identity/api-key.ts';
import { startTestServer, type TestServer } from '../testing/test-server.ts';

let server: TestServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function start(rateLimits: object): Promise<TestServer> {
  server = await startTestServer({ rateLimits });
  return server;
}

describe('rate limits', () => {
  it('are off by default', async () => {
    const { send } = await start({});
    expect((await send('/recommend?user_idx=3')).headers).not.toHaveProperty('ratelimit');
  });

  it('count the requests of an address, and say what is left and when there is more', async () => {
    const { send } = await start({ perAddress: 2 });
    const first = await send('/recommend?user_idx=3');
    expect(first.headers).toMatchObject({ 'ratelimit-policy': '"address";q=2;w=60', ratelimit: '"address";r=1;t=60' });
    // From the response cache as well.
    expect((await send('/recommend?user_idx=3')).headers['ratelimit']).toMatch(/^"address";r=0;t=(59|60)$/);
    const { status, json, headers } = await send('/api/v1/home?userIdx=3');
    expect([status, (json as { code: string }).code]).toEqual([429, 'TOO_MANY_REQUESTS']);
    expect(headers['ratelimit']).toMatch(/^"address";r=0;t=/);
    expect(headers['retry-after']).toBe(/t=(\d+)/.exec(String(headers['ratelimit']))?.[1]);
    // What needs no key is not counted.
    expect((await send('/api/v1/items/3/poster')).status).toBe(200);
    expect((await send('/healthz')).status).toBe(200);
  });

  it('count one user, wherever a request names it, apart for each address', async () => {
    const { send } = await start({ perUser: 2 });
    const from = (address: string) => ({ 'x-forwarded-for': address });
    const payload = { user_idx: 5, item_idx: 3, event: 'like' };
    await send({ url: '/recommend?user_idx=5', headers: from('192.0.2.1') });
    await send({ method: 'POST', url: '/feedback', payload, headers: from('192.0.2.1') });
    const statusOf = async (user: number, address: string) =>
      (await send({ url: `/api/v1/users/${user}`, headers: from(address) })).status;
    expect(await statusOf(5, '192.0.2.1')).toBe(429);
    expect(await statusOf(6, '192.0.2.1')).toBe(200);
    expect(await statusOf(5, '192.0.2.2')).toBe(200);
  });

  it('count a key instead of its address', async () => {
    const { send, stores } = await start({ perKey: 2, perAddress: 1 });
    const { text, stored } = createApiKey('shop', ['read'], 1);
    await stores.apiKeys.add(stored);
    const headers = { 'x-api-key': text };
    const statuses: number[] = [];
    for (let request = 0; request < 3; request++) {
      statuses.push((await send({ url: '/recommend?user_idx=3', headers })).status);
    }
    expect(statuses).toEqual([200, 200, 429]);
    expect((await send('/recommend?user_idx=3')).status).toBe(200);
  });
});

import { afterEach, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../testing/test-server.ts';
import { readOrigins } from './cross-origin.ts';

const SHOP = 'https://shop.example';

let server: TestServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function start(origins?: string): Promise<TestServer> {
  server = await startTestServer(origins === undefined ? {} : { corsOrigins: readOrigins(origins) });
  return server;
}

describe('readOrigins', () => {
  it('takes exact origins, or every one', () => {
    expect(readOrigins(' https://shop.example, http://localhost:5173 ')).toEqual([SHOP, 'http://localhost:5173']);
    expect(readOrigins('*')).toBe('*');
  });

  it.each(['shop.example', 'https://shop.example/', 'https://shop.example:443', 'null', '*.example', `${SHOP},*`])(
    'names what is no origin: %s',
    (text) => expect(() => readOrigins(text)).toThrow('an origin looks like https://shop.example'),
  );
});

describe('a page of another origin', () => {
  it('reads nothing by default, and asks in vain', async () => {
    const { send } = await start();
    const { headers } = await send({ url: '/recommend?user_idx=3', headers: { origin: SHOP } });
    expect(headers).not.toHaveProperty('access-control-allow-origin');
    const preflight = await send({
      method: 'OPTIONS',
      url: '/recommend',
      headers: { origin: SHOP, 'access-control-request-method': 'GET' },
    });
    expect(preflight.headers).not.toHaveProperty('access-control-allow-origin');
  });

  it('may use the API where its origin is configured, with the headers that show who it is', async () => {
    const { sendAsStranger } = await start(`${SHOP},https://other.example`);
    const preflight = await sendAsStranger({
      method: 'OPTIONS',
      url: '/feedback',
      headers: {
        origin: SHOP,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type,x-api-key,x-matinee-visitor,x-matinee-session',
      },
    });
    expect([preflight.status, preflight.text]).toEqual([204, '']);
    expect(preflight.headers).toMatchObject({ 'access-control-allow-origin': SHOP, 'access-control-max-age': '600' });
    expect(preflight.headers).not.toHaveProperty('access-control-allow-credentials');
    const allowed = String(preflight.headers['access-control-allow-headers']);
    for (const name of ['authorization', 'content-type', 'x-api-key', 'x-matinee-visitor', 'x-matinee-session']) {
      expect(allowed).toContain(name);
    }
    expect(String(preflight.headers['access-control-allow-methods'])).toContain('PATCH');
    const answer = await sendAsStranger({
      method: 'POST',
      url: '/feedback',
      headers: { origin: SHOP, 'sec-fetch-site': 'cross-site' },
      payload: { user_idx: 3, item_idx: 1, event: 'like' },
    });
    expect(answer).toMatchObject({ status: 200, headers: { 'access-control-allow-origin': SHOP } });
    expect(answer.headers['access-control-expose-headers']).toContain('retry-after');
  });

  it('is told in vary that another origin gets another answer, also on refusals, files and other origins', async () => {
    const { sendAsStranger } = await start(SHOP);
    for (const url of ['/recommend?user_idx=3', '/recommend?user_idx=3&k=0', '/api/v1/items/3/poster', '/nothing']) {
      for (const origin of [SHOP, 'https://evil.example', undefined]) {
        const { headers } = await sendAsStranger({ url, ...(origin && { headers: { origin } }) });
        expect(String(headers['vary']).split(', '), `${url} ${origin}`).toContain('origin');
        expect(headers['access-control-allow-origin'], `${url} ${origin}`).toBe(origin === SHOP ? SHOP : undefined);
      }
    }
  });

  it('may show posters as images, and nothing else', async () => {
    const { sendAsStranger } = await start(SHOP);
    const policyOf = async (url: string) => (await sendAsStranger(url)).headers['cross-origin-resource-policy'];
    expect(await policyOf('/api/v1/items/3/poster')).toBe('cross-origin');
    expect(await policyOf('/recommend?user_idx=3')).toBe('same-origin');
    await server?.close();
    const closed = await start();
    const { headers } = await closed.sendAsStranger('/api/v1/items/3/poster');
    expect(headers['cross-origin-resource-policy']).toBe('same-origin');
  });

  it('never writes with the cookies of its reader', async () => {
    const { sendAsStranger } = await start('*');
    const write = (headers: Record<string, string>) =>
      sendAsStranger({
        method: 'POST',
        url: '/api/v1/households',
        headers: { origin: 'https://any.example', ...headers },
      });
    const open = await write({});
    expect(open).toMatchObject({ status: 201, headers: { 'access-control-allow-origin': '*' } });
    expect(open.headers).not.toHaveProperty('access-control-allow-credentials');
    expect((await write({ cookie: 'matinee_session=x' })).json).toMatchObject({ code: 'FOREIGN_ORIGIN' });
  });

  it('writes nothing where it is not configured', async () => {
    const { sendAsStranger } = await start(SHOP);
    for (const origin of ['https://evil.example', 'http://shop.example', 'https://shop.example.evil.example', 'null']) {
      const answer = await sendAsStranger({ method: 'POST', url: '/api/v1/households', headers: { origin } });
      expect(answer.json, origin).toMatchObject({ code: 'FOREIGN_ORIGIN' });
    }
  });
});

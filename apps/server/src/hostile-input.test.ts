import { once } from 'node:events';
import net from 'node:net';
import type { ErrorResponse } from '@matinee/contract';
import { defined } from '@matinee/numerics';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from './testing/test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const HOSTILE = [
  '0',
  '-1',
  '1e9',
  '1000000000',
  '2147483648',
  '9'.repeat(400),
  '1.5',
  'NaN',
  'Infinity',
  '0x10',
  ' 1',
  '1 ',
  'null',
  'true',
  '',
  '[]',
  '{}',
  '<script>alert(1)</script>',
  "' OR 1=1 --",
  '../../etc/passwd',
  '..%2f..%2fetc%2fpasswd',
  '%00',
  '\u0000',
  '\ud800',
  '𝕳𝖊𝖑𝖑𝖔',
  'a'.repeat(2000),
  '__proto__',
  'constructor',
  'toString',
  '{{7*7}}',
  '%',
  '%zz',
  '%E0%A4%A',
];
const text = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ maxLength: 40 }), fc.integer().map(String));
const json = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constantFrom(...HOSTILE));

const GET_ROUTES = [
  '/recommend',
  '/api/v1/home',
  '/api/v1/rows/{}',
  '/api/v1/items/{}',
  '/api/v1/items/{}/similar',
  '/api/v1/items/{}/poster',
  '/api/v1/onboarding',
  '/api/v1/search',
  '/api/v1/users',
  '/api/v1/users/{}',
  '/api/v1/users/{}/events',
  '/api/v1/status',
  '/healthz',
  '/readyz',
  '/openapi.json',
  '/',
  '/{}',
  '/assets/{}',
];
const PARAMETERS = [
  'user_idx',
  'k',
  'include_titles',
  'debug',
  'userIdx',
  'cursor',
  'limit',
  'q',
  'query',
  'v',
  '__proto__',
];
const POST_ROUTES = ['/feedback', '/api/v1/events', '/api/v1/users'];

/** Requires 2xx, or 4xx with the body of an error that does not echo markup. */
function expectClear(status: number, body: string, what: string): void {
  expect(status, `${what} → ${status} ${body}`).toBeLessThan(500);
  if (status < 400) return;
  const error = JSON.parse(body) as ErrorResponse;
  expect(error.statusCode).toBe(status);
  expect(error.code).toMatch(/^[A-Z0-9_]+$/);
  expect(error.message.length, what).toBeGreaterThan(5);
  expect(error.message.length, what).toBeLessThan(400);
}

describe('any request', () => {
  it('gets a clear answer to any path and query', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...GET_ROUTES),
        text,
        fc.array(fc.tuple(fc.constantFrom(...PARAMETERS), text), { maxLength: 4 }),
        fc.boolean(),
        async (route, value, parameters, isEncoded) => {
          const wellFormed = (part: string) => part.replaceAll(/\p{Surrogate}/gu, '?');
          const encode = (part: string) => (isEncoded ? encodeURIComponent : encodeURI)(wellFormed(part));
          const query = parameters.map(([name, part]) => `${name}=${encode(part)}`).join('&');
          const url = `${route.replace('{}', encode(value))}?${query}`;
          const { status, text: body } = await server.send(url);
          if (status !== 304) expectClear(status, body, url);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('gets a clear answer to any JSON body', async () => {
    const member = fc.oneof(json, fc.integer({ min: -2, max: 300 }), fc.constantFrom('like', 'undo', 'abcdefgh'));
    const event = fc.dictionary(
      fc.constantFrom('eventId', 'type', 'itemIdx', 'undoes', 'requestId', 'rowId', 'position', '__proto__'),
      member,
    );
    const body = fc.oneof(
      json,
      fc.dictionary(fc.constantFrom('user_idx', 'item_idx', 'event', 'event_id', 'userIdx', 'events'), member),
      fc.record({ userIdx: fc.integer({ min: 0, max: 95 }), events: fc.array(event, { maxLength: 3 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...POST_ROUTES), body, async (url, payload) => {
        const { status, text: answer } = await server.send({
          method: 'POST',
          url,
          headers: { 'content-type': 'application/json' },
          payload: JSON.stringify(payload),
        });
        expectClear(status, answer, `${url} ${JSON.stringify(payload)}`);
      }),
      { numRuns: 400 },
    );
  });

  it.each([
    ['malformed JSON', { payload: '{"user_idx":', headers: { 'content-type': 'application/json' } }, 400, 'BAD_JSON'],
    ['nothing', { payload: '', headers: { 'content-type': 'application/json' } }, 400, 'BAD_JSON'],
    [
      'a form',
      { payload: 'user_idx=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    ['XML', { payload: '<a/>', headers: { 'content-type': 'text/xml' } }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    [
      'a poisoned prototype',
      { payload: '{"__proto__":{"x":1},"user_idx":1}', headers: { 'content-type': 'application/json' } },
      400,
      'BAD_REQUEST',
      'body: the key "__proto__" is refused, in any place; leave it out',
    ],
    [
      'a poisoned constructor in a list',
      { payload: '{"events":[{"constructor":{"prototype":{}}}]}', headers: { 'content-type': 'application/json' } },
      400,
      'BAD_REQUEST',
      'body: the key "constructor.prototype" is refused, in any place; leave it out',
    ],
    [
      'plain text',
      { payload: '{"user_idx":1,"item_idx":1,"event":"like"}', headers: { 'content-type': 'text/plain' } },
      415,
      'UNSUPPORTED_MEDIA_TYPE',
      'send the body as JSON, with the header content-type: application/json',
    ],
    [
      'an event that there is not',
      { payload: '{"user_idx":1,"item_idx":1,"event":"love"}', headers: { 'content-type': 'application/json' } },
      400,
      'BAD_REQUEST',
      'body: "event" must be one of "like", "dislike", "watched", "skip", "click", "impression", "undo", "rate"; got "love"',
    ],
    [
      'a huge body',
      {
        payload: JSON.stringify({ user_idx: 1, event: 'x'.repeat(1_000_000) }),
        headers: { 'content-type': 'application/json' },
      },
      413,
      'BODY_TOO_LARGE',
    ],
  ])('answers %s with its own status', async (_what, parts, status, code, message?: string) => {
    const answer = await server.send({ method: 'POST', url: '/feedback', ...parts });
    expect(answer).toMatchObject({ status, json: { statusCode: status, code, ...defined({ message }) } });
  });

  const deep = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  it.each([
    ['30,000 levels of arrays', `{"userIdx":${deep(30_000)}}`],
    ['33 levels of arrays', `{"userIdx":${deep(33)}}`],
    ['levels of objects', `{"userIdx":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`],
    ['levels in a wide array', `{"userIdx":[${'1,'.repeat(10_000)}${deep(1000)}]}`],
    [
      'half of a surrogate pair',
      String.raw`{"userIdx":1,"events":[{"eventId":"event-\ud800","type":"click","itemIdx":1}]}`,
    ],
    ['a NUL', String.raw`{"userIdx":1,"events":[{"eventId":"event-\u0000","type":"click","itemIdx":1}]}`],
    ['U+FFFD', '{"userId":"\uFFFD","events":[{"eventId":"event-0001","type":"click","itemIdx":1}]}'],
    [
      'bytes that are no UTF-8',
      Buffer.from('{"userId":"\xff","events":[{"eventId":"event-0001","type":"click","itemIdx":1}]}', 'latin1'),
    ],
  ])('refuses %s with a short message', async (_what, payload) => {
    const answer = await server.send({
      method: 'POST',
      url: '/api/v1/events',
      headers: { 'content-type': 'application/json' },
      payload,
    });
    expect(answer).toMatchObject({ status: 400, json: { code: 'BAD_REQUEST' } });
    expect(answer.text.length).toBeLessThan(300);
  });

  it('refuses lines with bytes that are no UTF-8, which would all be one user', async () => {
    const line = (user: string) => `{"user_id":"${user}","item_id":"m1","event":"like"}\n`;
    const { text } = await server.send({
      ...{ method: 'POST', url: '/api/v1/events', headers: { 'content-type': 'application/x-ndjson' } },
      payload: Buffer.from(line('\xfe') + line('\xff') + line('ada'), 'latin1'),
    });
    const results = text.trim().split('\n');
    expect(results.map((result) => (JSON.parse(result) as { status: string }).status)).toEqual([
      ...['rejected', 'rejected', 'accepted'],
    ]);
  });

  it.each(['%ff', '%', '%zz', '%E0%A4%A', '%c0%80'])('refuses a query that cannot be decoded: %s', async (value) => {
    for (const url of ['/recommend?user_id=', '/api/v1/search?q=', '/api/v1/users?query=']) {
      expect(await server.send(`${url}${value}`)).toMatchObject({ status: 400, json: { code: 'BAD_URL' } });
    }
    expect((await server.send('/api/v1/search?q=%25ff')).status).toBe(200);
  });

  it('refuses a request without a body, and without a type of it', async () => {
    for (const url of ['/feedback', '/api/v1/events', '/api/v1/users', '/api/v1/items', '/recommend']) {
      const { status } = await server.send({ method: 'POST', url });
      expect(status, url).toBeLessThan(500);
    }
    const { status, text } = await server.send({ method: 'POST', url: '/api/v1/events' });
    expect(status).toBe(400);
    expect(text).toContain('application/x-ndjson');
  });

  it('names a huge value shortly, and a body that is no object without what it holds', async () => {
    const userIdx = Array.from({ length: 5000 }, () => 'x'.repeat(5));
    expect((await server.post('/api/v1/events', { userIdx, events: [] })).json).toMatchObject({
      message: expect.stringContaining('got an array of 5000'),
    });
    const pin = (await server.send({ method: 'PUT', url: '/api/v1/profiles/none/pin', payload: [{ pin: '4711' }] }))
      .text;
    expect(pin).not.toContain('4711');
  });

  it('answers unknown addresses with a 404 in JSON, and other methods with a 405', async () => {
    for (const [method, url] of [
      ['GET', '/nothing'],
      ['GET', '/api/v2/home'],
      ['GET', '/.git/config'],
      ['GET', '/..%2f..%2fpackage.json'],
    ] as const) {
      expect(await server.send({ method, url }), url).toMatchObject({ status: 404, json: { code: 'NOT_FOUND' } });
    }
    for (const [method, url] of [
      ['DELETE', '/feedback'],
      ['PUT', '/recommend'],
    ] as const) {
      expect(await server.send({ method, url }), url).toMatchObject({
        status: 405,
        json: { code: 'METHOD_NOT_ALLOWED' },
      });
    }
  });

  it('converts nothing in a batch and drops no unknown field', async () => {
    const event = { eventId: 'event-of-test', type: 'click', itemIdx: 1 };
    for (const body of [
      { userIdx: '1', events: [event] },
      { userIdx: 1, events: [{ ...event, itemIdx: '1' }] },
      { userIdx: 1, events: [{ ...event, itemidx: 1 }] },
    ]) {
      expect((await server.post('/api/v1/events', body)).status, JSON.stringify(body)).toBe(400);
    }
  });

  it('refuses a batch that is too long, and one that is empty', async () => {
    const event = (index: number) => ({ eventId: `event-${index}`, type: 'click', itemIdx: 1 });
    const many = Array.from({ length: 51 }, (_, index) => event(index));
    expect((await server.post('/api/v1/events', { userIdx: 1, events: many })).status).toBe(400);
    expect((await server.post('/api/v1/events', { userIdx: 1, events: [] })).status).toBe(400);
  });

  it('gives markup in a search back as data, in JSON that no browser sniffs', async () => {
    const { status, headers, json } = await server.send(
      `/api/v1/search?q=${encodeURIComponent('<script>alert(1)</script>')}`,
    );
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'x-content-type-options': 'nosniff',
    });
    expect(json).toMatchObject({ query: '<script>alert(1)</script>' });
  });

  it.each([
    ['well', '/healthz', 200],
    ['a list', '/recommend?user_idx=1&k=5', 200],
    ['refused', '/recommend?k=none', 400],
    ['not there', '/api/v1/nothing', 404],
  ])('is JSON, and carries a policy that lets the page load only its own: %s', async (_what, path, expected) => {
    const { status, headers } = await server.send(path);
    expect([status, headers['content-type']]).toEqual([expected, 'application/json; charset=utf-8']);
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'SAMEORIGIN' });
    expect(headers['content-security-policy']).toBe(
      "default-src 'none';script-src 'self';style-src 'self';img-src 'self';font-src 'self';connect-src 'self';manifest-src 'self';base-uri 'none';form-action 'self';frame-ancestors 'none'",
    );
  });
});

describe('a raw connection', () => {
  it.each([
    ['garbage', '\u0000\u0001\u0002garbage\r\n\r\n'],
    ['a bad method', 'B@D / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['huge headers', `GET /healthz HTTP/1.1\r\nHost: x\r\nX-Fill: ${'a'.repeat(100_000)}\r\n\r\n`],
    ['two lengths', 'POST /feedback HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcd'],
    ['a bad encoding in the path', 'GET /%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
  ])('with %s gets a 4xx, and the server lives on', async (_what, bytes) => {
    if (!server.app.server.listening) await server.app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = server.app.server.address() as net.AddressInfo;
    const socket = net.connect(port, '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += String(chunk);
    });
    // The kernel resets the connection after the response because input was left unread.
    socket.on('error', () => socket.destroy());
    socket.write(bytes);
    await once(socket, 'close');
    if (answer !== '') expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
  });
});

import { once } from 'node:events';
import net from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../testing/test-server.ts';

let server: TestServer;
let port: number;
beforeAll(async () => {
  server = await startTestServer({ requestTimeoutMs: 100, catalogueToken: 'a token of the catalogue' });
  port = Number(new URL(await server.app.listen({ host: '127.0.0.1', port: 0 })).port);
});
afterAll(() => server.close());

/** Sends bytes that are no whole request, and returns all that comes back. */
async function answerTo(text: string): Promise<string> {
  const socket = net.connect(port, '127.0.0.1');
  socket.write(text);
  let answer = '';
  socket.on('data', (part) => {
    answer += String(part);
  });
  await once(socket, 'close');
  return answer;
}

describe('a request that does not come whole', () => {
  it.each([
    ['its headers', 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n'],
    [
      'its body',
      'POST /feedback HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"user_idx"',
    ],
    [
      'its last chunk',
      'POST /feedback HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{"u\r\n',
    ],
  ])('is told so where %s is late: 408, and not that it is malformed', async (_, text) => {
    const answer = await answerTo(text);
    expect(answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
    expect(answer.toLowerCase()).toContain('cache-control: no-store');
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({ statusCode: 408, code: 'REQUEST_TIMEOUT' });
  });

  it('is another thing than one that is no HTTP, or whose headers are too large', async () => {
    expect(await answerTo('nonsense\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    const large = `GET / HTTP/1.1\r\nHost: localhost\r\nx-large: ${'x'.repeat(20_000)}\r\n\r\n`;
    expect(await answerTo(large)).toMatch(/^HTTP\/1\.1 431 /);
  });
});

describe('a body that is too large', () => {
  it('gets 413 on every route that takes one', async () => {
    const { paths } = (await server.send('/openapi.json')).json as {
      paths: Record<string, Record<string, { requestBody?: unknown; operationId: string }>>;
    };
    const writes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([, { requestBody }]) => requestBody !== undefined)
        .map(([method]) => ({ method: method.toUpperCase(), url: path.replaceAll(/\{\w+\}/g, '1') })),
    );
    expect(writes.length).toBeGreaterThan(5);
    const headers = { 'content-type': 'application/json', authorization: 'Bearer a token of the catalogue' };
    const payload = `{"text": "${'x'.repeat(1_100_000)}"}`;
    for (const { method, url } of writes) {
      const { status, json } = await server.send({ method: method as 'POST', url, payload, headers });
      expect([status, (json as { code: string }).code], `${method} ${url}`).toEqual([413, 'BODY_TOO_LARGE']);
    }
  });
});

describe('Retry-After', () => {
  it('says how long a PIN is locked', async () => {
    const { householdId } = (await server.post('/api/v1/households', {})).json as { householdId: string };
    const { profileId } = (
      await server.post(`/api/v1/households/${householdId}/profiles`, { name: 'Ann', pin: '2468' })
    ).json as { profileId: string };
    const url = `/api/v1/profiles/${profileId}/session`;
    for (let attempt = 0; attempt < 5; attempt++) await server.post(url, { pin: '0000' });
    const { status, json, headers } = await server.post(url, { pin: '2468' });
    const { code, message } = json as { code: string; message: string };
    expect([status, code]).toEqual([429, 'PIN_LOCKED']);
    expect(headers['retry-after']).toBe(/in (\d+) seconds/.exec(message)?.[1]);
  });

  it('stands on a server that is not ready', async () => {
    const failing = await startTestServer({ probeStore: () => Promise.reject(new Error('the disk is full')) });
    const { status, headers } = await failing.send('/readyz');
    expect([status, headers['retry-after']]).toEqual([503, '1']);
    await failing.close();
  });

  it('stands on the refusal of a server that closes, in the form of every other one', async () => {
    let finish = (): void => undefined;
    const closing = await startTestServer({
      drain: { lingerMs: 0, graceMs: 5000 },
      probeStore: () => new Promise((resolve) => (finish = resolve)),
    });
    const address = new URL(await closing.app.listen({ host: '127.0.0.1', port: 0 }));
    const underWay = fetch(`${address.origin}/readyz`);
    const socket = net.connect(Number(address.port), '127.0.0.1');
    await once(socket, 'connect');
    await new Promise((resolve) => socket.write('GET /healthz HTTP/1.1\r\n', resolve));
    // Answered after the first part of the other request has come, and the request that is under way.
    await fetch(`${address.origin}/healthz`);
    const closed = closing.close();
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.write('Host: localhost\r\n\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(String(answer)).toMatch(/^HTTP\/1\.1 503 /);
    expect(String(answer).toLowerCase()).toContain('retry-after: 1\r\n');
    expect(JSON.parse(String(answer).split('\r\n\r\n')[1] ?? '')).toMatchObject({ code: 'OVERLOADED' });
    finish();
    expect((await underWay).status).toBe(200);
    await closed;
  });

  it('stands on every refusal for load or limits, whatever the code', async () => {
    const full = await startTestServer({ limits: { maxRunning: 1, maxWaiting: 0, maxWaitMs: 1 } });
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, user) => full.send(`/api/v1/home?userIdx=${user}`)),
    );
    const refused = answers.filter(({ status }) => status === 503);
    expect(refused.length).toBeGreaterThan(0);
    for (const { headers } of refused) expect(headers['retry-after']).toBe('1');
    await full.close();
  });
});

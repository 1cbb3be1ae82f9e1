import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { ReleaseEvent, type StatusResponse, StoredFeedbackEvent, TrainingEvent } from '@matinee/contract';
import type { Release } from '@matinee/models/release';
import { createSmallWorld } from '@matinee/recommender/testing';
import { Check } from 'typebox/value';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from './testing/test-server.ts';

const { release } = await createSmallWorld();
const next: Release = {
  ...release,
  version: 'fedcba9876543210',
  training: {
    ...{ confidence: undefined as never, config: {}, seed: 1, counts: {}, metrics: { 'ndcg@10': 0.12 } },
    heldOutUsers: { userIndices: [0, 1, 2, 3], counts: [2, 2, 2, 2], ndcg: [1, 0.5, 0, 0.5] },
  },
};

interface StreamMessage {
  readonly event: string;
  readonly id: number;
  readonly data: unknown;
}

let server: TestServer;
let url: string;
beforeEach(async () => {
  server = await startTestServer();
  await server.app.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(server.app.server.address() as AddressInfo).port}`;
});
afterEach(() => server.close());

/** Listens over HTTP like a browser. */
async function listen(query = '', lastEventId?: number, credentials: Record<string, string> = {}) {
  const abort = new AbortController();
  const response = await fetch(`${url}/api/v1/stream${query}`, {
    signal: abort.signal,
    headers: { ...credentials, ...(lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) }) },
  });
  const messages: StreamMessage[] = [];
  const ended = (async () => {
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk as Uint8Array).toString();
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const message = readMessage(text.slice(0, end));
        if (message !== undefined) messages.push(message);
        text = text.slice(end + 2);
      }
    }
    return 'ended';
  })().catch(() => 'cut off');
  const waitFor = async (count: number): Promise<StreamMessage[]> => {
    await expect.poll(() => messages.length, { interval: 5, timeout: 10_000 }).toBeGreaterThanOrEqual(count);
    return messages;
  };
  return { response, messages, waitFor, ended, stop: () => abort.abort() };
}

function readMessage(text: string): StreamMessage | undefined {
  const field = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1];
  const [event, id, data] = [field('event'), field('id'), field('data')];
  return event === undefined ? undefined : { event, id: Number(id), data: JSON.parse(data ?? 'null') };
}

const clientCount = async (): Promise<number> =>
  Number(/^matinee_stream_clients (\d+)$/m.exec((await server.send('/metrics')).text)?.[1]);

describe('GET /api/v1/stream', () => {
  it('tells of training, releases and feedback as they happen, by the contract', async () => {
    const { response, waitFor, stop } = await listen();
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    server.report({ generation: 'v2', stage: 'fit ease', done: 1, total: 4 });
    expect((await server.send('/api/v1/status')).json as StatusResponse).toMatchObject({
      training: { generation: 'v2', stage: 'fit ease', done: 1, total: 4 },
    });
    const takeover = { takesOver: true };
    server.report({ generation: 'v2', stage: 'fit ease', done: 4, total: 4, status: 'done', takeover });
    await server.swap(next);
    const user = await server.newVisitor();
    await server.post('/feedback', { user_idx: user, item_idx: 12, event: 'like', event_id: 'stream-like' });
    await server.post('/feedback', { user_idx: user, item_idx: 12, event: 'like', event_id: 'stream-like' });
    await server.post('/feedback', { user_idx: user, item_idx: 12, event: 'undo' });
    const messages = await waitFor(5);
    stop();
    expect(messages.map(({ event, data }) => [event, data])).toEqual([
      ['training', { generation: 'v2', stage: 'fit ease', done: 1, total: 4, status: 'running' }],
      ['training', { generation: 'v2', stage: 'fit ease', done: 4, total: 4, status: 'done' }],
      ['release', { version: next.version, generation: 'v1', metrics: { 'ndcg@10': 0.12 } }],
      // The event does not name its user, and an event sent twice was stored once.
      ['feedback', { itemIdx: 12, type: 'like' }],
      ['feedback', { itemIdx: 12, type: 'undo' }],
    ]);
    const ids = messages.map(({ id }) => id);
    expect(ids).toEqual(ids.map((_, index) => (ids[0] ?? 0) + index));
    const schemas = { training: TrainingEvent, release: ReleaseEvent, feedback: StoredFeedbackEvent };
    for (const { event, data } of messages) expect(Check(schemas[event as keyof typeof schemas], data)).toBe(true);
    const status = (await server.send('/api/v1/status')).json as StatusResponse;
    expect(status.training).toBeUndefined();
    expect(status.takeovers).toEqual([{ generation: 'v2', takesOver: true, at: expect.any(String) }]);
    const { users, queries, ndcg } = status.heldOut!;
    expect([users, queries, ndcg.value]).toEqual([4, 8, 0.25]);
    expect(ndcg.low).toBeLessThan(0.25);
    expect(ndcg.high).toBeGreaterThan(0.25);
    expect(status.releases.map(({ version }) => version)).toEqual([release.version, next.version]);
  });

  it('goes on where a client left off, without gap or repetition, over many interruptions', async () => {
    const received: StreamMessage[] = [];
    let lastId: number | undefined;
    let sent = 0;
    const report = (): void => {
      server.report({ generation: 'v2', stage: `stage ${sent}`, done: 0, total: 0 });
      sent++;
    };
    for (let round = 0; round < 12; round++) {
      const { messages, waitFor, stop, ended } = await listen('', lastId);
      for (let count = 0; count < 5; count++) report();
      await waitFor(lastId === undefined ? 5 : 5 + (round % 4));
      stop();
      await ended;
      received.push(...messages);
      lastId = received.at(-1)?.id;
      for (let count = 0; count < (round + 1) % 4; count++) report();
    }
    const stages = received.map(({ data }) => (data as { stage: string }).stage);
    expect(stages).toEqual(Array.from(stages, (_, index) => `stage ${index}`));
    expect(stages.length).toBeGreaterThan(60);
  });

  it('says reset to a client that was away for too long, and to one of an earlier process', async () => {
    for (const lastId of [1, Number.MAX_SAFE_INTEGER]) {
      const { waitFor, stop } = await listen('', lastId);
      expect((await waitFor(1))[0]).toMatchObject({ event: 'reset', data: {} });
      stop();
    }
  });

  it('sends only the requested topics, and refuses unknown ones', async () => {
    const { waitFor, messages, stop } = await listen('?topics=release');
    server.report({ generation: 'v2', stage: 'fit ease', done: 1, total: 4 });
    await server.swap(next);
    await waitFor(1);
    expect(messages.map(({ event }) => event)).toEqual(['release']);
    stop();
    expect((await server.send('/api/v1/stream?topics=secrets')).status).toBe(400);
  });

  it('drops a client that does not read, and keeps nothing for it', async () => {
    const { port } = new URL(url);
    const deaf = net.connect(Number(port), '127.0.0.1');
    deaf.pause();
    deaf.on('error', () => undefined);
    deaf.write('GET /api/v1/stream HTTP/1.1\r\nhost: localhost\r\n\r\n');
    await expect.poll(clientCount, { timeout: 10_000 }).toBe(1);
    const reader = await listen();
    const message = 'x'.repeat(8000);
    for (let stage = 0; stage < 3000; stage++) {
      server.report({ generation: 'v2', stage: `stage ${stage}`, done: 0, total: 0, message });
      // Gives the client that reads some time.
      if (stage % 10 === 0) await reader.waitFor(stage - 20);
    }
    await expect.poll(clientCount, { timeout: 10_000 }).toBe(1);
    expect((await reader.waitFor(3000)).length).toBe(3000);
    reader.stop();
    deaf.destroy();
    await expect.poll(clientCount, { timeout: 10_000 }).toBe(0);
  });

  it('ends when the server closes, and does not hold it up', async () => {
    const other = await startTestServer();
    await other.app.listen({ host: '127.0.0.1', port: 0 });
    url = `http://127.0.0.1:${(other.app.server.address() as AddressInfo).port}`;
    const { ended } = await listen();
    const startedAt = performance.now();
    await other.close();
    expect(await ended).toBe('ended');
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });

  it('takes no more clients than it can serve', async () => {
    const { port } = new URL(url);
    const clients = Array.from({ length: 500 }, (_, client) => {
      const socket = net.connect(Number(port), '127.0.0.1');
      socket.on('error', () => undefined);
      const address = `10.0.${client >> 4}.1`;
      socket.write(`GET /api/v1/stream HTTP/1.1\r\nhost: localhost\r\nx-forwarded-for: ${address}\r\n\r\n`);
      return socket;
    });
    await Promise.all(clients.map((socket) => once(socket, 'data')));
    const refused = await fetch(`${url}/api/v1/stream`);
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ code: 'OVERLOADED' });
    for (const socket of clients) socket.destroy();
    await expect.poll(clientCount, { timeout: 10_000 }).toBe(0);
  });

  it('gives no address the seats of all others, and no network of IPv6', async () => {
    const status = async (address: string) => {
      const abort = new AbortController();
      const answer = await fetch(`${url}/api/v1/stream`, {
        signal: abort.signal,
        headers: { 'x-forwarded-for': address },
      });
      return { status: answer.status, leave: () => abort.abort() };
    };
    for (const [mine, other] of [
      [(client: number) => `203.0.113.${Math.min(client, 0)}`, '203.0.113.9'],
      [(client: number) => `2001:db8::${client}`, '2001:db8:0:1::1'],
    ] as const) {
      const seated = [];
      for (let client = 0; client < 20; client++) seated.push(await status(mine(client)));
      expect(new Set(seated.map((seat) => seat.status))).toEqual(new Set([200]));
      expect((await status(mine(99))).status).toBe(429);
      const elsewhere = await status(other);
      expect(elsewhere.status).toBe(200);
      for (const { leave } of [...seated, elsewhere]) leave();
      await expect.poll(clientCount, { timeout: 10_000 }).toBe(0);
      const again = await status(mine(0));
      expect(again.status).toBe(200);
      again.leave();
    }
  });

  it('shows what people do in demo mode or to the operator alone, and never what a household does', async () => {
    const token = 'the token of the operator';
    await server.close();
    server = await startTestServer({ demo: false, operatorToken: token });
    await server.app.listen({ host: '127.0.0.1', port: 0 });
    url = `http://127.0.0.1:${(server.app.server.address() as AddressInfo).port}`;
    expect((await fetch(`${url}/api/v1/stream?topics=feedback`)).status).toBe(401);
    const stranger = await listen();
    const operator = await listen('?topics=feedback', undefined, { authorization: `Bearer ${token}` });
    const { householdId } = (await server.post('/api/v1/households', {})).json as { householdId: string };
    const { profileId, userIdx } = (await server.post(`/api/v1/households/${householdId}/profiles`, { name: 'Ann' }))
      .json as { profileId: string; userIdx: number };
    const { session } = (await server.post(`/api/v1/profiles/${profileId}/session`, {})).json as { session: string };
    const like = (user: number, item: number, headers: Record<string, string> = {}) =>
      server.send({
        method: 'POST',
        url: '/feedback',
        payload: { user_idx: user, item_idx: item, event: 'like' },
        headers,
      });
    expect((await like(userIdx, 7, { 'x-matinee-session': session })).status).toBe(200);
    expect((await like(await server.newVisitor(), 8)).status).toBe(200);
    expect((await operator.waitFor(1)).map(({ data }) => data)).toEqual([{ itemIdx: 8, type: 'like' }]);
    server.report({ generation: 'v2', stage: 'fit', done: 0, total: 0 });
    expect((await stranger.waitFor(1)).map(({ event }) => event)).toEqual(['training']);
    stranger.stop();
    operator.stop();
  });
});

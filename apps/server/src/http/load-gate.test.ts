import { once } from 'node:events';
import net from 'node:net';
import type { ErrorResponse } from '@matinee/contract';
import type { Release } from '@matinee/models/release';
import { createSmallWorld } from '@matinee/recommender/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../testing/test-server.ts';

const { release } = await createSmallWorld();

/** Returns the release with a source that does `work` before it answers. */
const withWork = (work: () => Promise<void>): Release => ({
  ...release,
  sources: release.sources.map((source) =>
    source.name === 'user-knn'
      ? {
          ...source,
          model: {
            ...source.model,
            retrieve: async (...query) => {
              await work();
              return source.model.retrieve(...query);
            },
          },
        }
      : source,
  ),
});
const elsewhere = (ms: number) => () => new Promise<void>((resolve) => setTimeout(resolve, ms));
const onThisThread = (ms: number) => async () => {
  const until = performance.now() + ms;
  while (performance.now() < until);
};

async function connect(url: string): Promise<net.Socket> {
  const { hostname, port } = new URL(url);
  const socket = net.connect(Number(port), hostname);
  await once(socket, 'connect');
  return socket;
}

let server: TestServer;
afterEach(() => server.close());

const statusesOf = (answers: readonly { readonly status: number }[]): Record<number, number> => {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};

describe('overload', () => {
  it('is refused by every route that takes a filter, whatever else it does', async () => {
    server = await startTestServer({
      release: withWork(elsewhere(2000)),
      limits: { maxRunning: 1, maxWaiting: 0, maxWaitMs: 10_000 },
    });
    const { paths } = (await server.send('/openapi.json')).json as {
      paths: Record<string, { get?: { parameters?: readonly { name: string }[] } }>;
    };
    const filtered = Object.entries(paths).flatMap(([url, { get }]) =>
      get?.parameters?.some(({ name }) => name === 'filter') ? [url.replaceAll(/\{\w+\}/g, '1')] : [],
    );
    const first = server.send('/api/v1/home?userIdx=1');
    await new Promise((resolve) => setImmediate(resolve));
    const statuses = await Promise.all(filtered.map(async (url) => (await server.send(url)).status));
    expect(filtered.length).toBeGreaterThanOrEqual(6);
    expect(statusesOf(statuses.map((status) => ({ status })))).toEqual({ 503: filtered.length });
    await first;
  });

  it('answers as many as may run and wait, and refuses the rest at once with when to come back', async () => {
    server = await startTestServer({
      release: withWork(elsewhere(60)),
      limits: { maxRunning: 4, maxWaiting: 8, maxWaitMs: 10_000 },
    });
    /** Statuses in the order of the responses. */
    const came: number[] = [];
    const answers = await Promise.all(
      Array.from({ length: 60 }, async (_, user) => {
        const answer = await server.send(
          user % 2 === 0 ? `/recommend?user_idx=${user}` : `/api/v1/home?userIdx=${user}`,
        );
        came.push(answer.status);
        return answer;
      }),
    );
    expect(statusesOf(answers)).toEqual({ 200: 12, 503: 48 });
    const refused = answers.find(({ status }) => status === 503);
    expect(refused?.headers['retry-after']).toBe('1');
    expect(refused?.json as ErrorResponse | undefined).toEqual({
      statusCode: 503,
      code: 'OVERLOADED',
      message: 'too many requests at this moment (8 requests wait already); try again in a second',
    });
    expect(came.lastIndexOf(503)).toBeLessThan(came.indexOf(200));
    // After the load all places are free again.
    const later = await Promise.all(
      Array.from({ length: 12 }, (_, user) => server.send(`/recommend?user_idx=${user}`)),
    );
    expect(statusesOf(later)).toEqual({ 200: 12 });
  });

  it('lets two compute at a time, and more while those inside wait for something elsewhere', async () => {
    let [inside, most] = [0, 0];
    const counted = (work: () => Promise<void>) => async () => {
      most = Math.max(most, ++inside);
      await work();
      inside--;
    };
    // Like a neural network: computes on this thread and yields to the event loop between two steps.
    const inSteps = async () => {
      for (let step = 0; step < 20; step++) {
        await onThisThread(1)();
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    server = await startTestServer({ release: withWork(counted(inSteps)) });
    const ask = async () => {
      const urls = Array.from({ length: 10 }, (_, user) => `/recommend?user_idx=${user}`);
      expect(statusesOf(await Promise.all(urls.map((url) => server.send(url))))).toEqual({ 200: 10 });
    };
    await ask();
    expect(most).toBe(2);
    await server.swap({ ...withWork(counted(elsewhere(100))), version: 'elsewhere' });
    most = 0;
    await ask();
    expect(most).toBeGreaterThan(2);
  });

  it('gives a place back however a request ends: answered, refused, failed or abandoned', async () => {
    server = await startTestServer({
      release: withWork(elsewhere(30)),
      limits: { maxRunning: 1, maxWaiting: 2, maxWaitMs: 10_000 },
    });
    const url = await server.app.listen({ host: '127.0.0.1', port: 0 });
    for (let round = 0; round < 3; round++) {
      const abort = new AbortController();
      const givenUp = [1, 2].map((user) => fetch(`${url}/recommend?user_idx=${user}`, { signal: abort.signal }));
      await new Promise((resolve) => setTimeout(resolve, 15));
      abort.abort();
      await Promise.allSettled(givenUp);
      expect((await server.send('/recommend?user_idx=999')).status).toBe(404);
      expect((await server.send('/recommend?user_idx=3&k=0')).status).toBe(400);
    }
    const answers = await Promise.all([1, 2, 3].map((user) => server.send(`/recommend?user_idx=${user}`)));
    expect(statusesOf(answers)).toEqual({ 200: 3 });
  });

  it('keeps the time to an answer bounded when the thread itself has too much to do', async () => {
    server = await startTestServer({
      release: withWork(onThisThread(8)),
      limits: { maxWaiting: 1000, maxWaitMs: 250 },
    });
    const url = await server.app.listen({ host: '127.0.0.1', port: 0 });
    // Connected in advance, so that all requests are sent at once: three seconds of work.
    const sockets = await Promise.all(Array.from({ length: 300 }, () => connect(url)));
    const answers = await Promise.all(
      sockets.map(async (socket, user) => {
        socket.write(`GET /recommend?user_idx=${user % 90} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`);
        let text = '';
        for await (const chunk of socket) text += String(chunk);
        return { status: Number(text.slice('HTTP/1.1 '.length, 12)), text };
      }),
    );
    const answered = answers.filter(({ status }) => status === 200);
    expect(answered.length).toBeGreaterThan(0);
    expect(answered.length + (statusesOf(answers)[503] ?? 0)).toBe(300);
    // Who was answered waited for a quarter of a second at most, so that most of the work was never begun.
    expect(answered.length).toBeLessThan(150);
    // Feedback is never refused for load.
    expect((await server.post('/feedback', { user_idx: 1, item_idx: 1, event: 'like' })).status).toBe(200);
    expect((await server.send('/recommend?user_idx=1')).status).toBe(200);
  });
});

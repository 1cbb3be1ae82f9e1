import { once } from 'node:events';
import net from 'node:net';
import type { Release } from '@matinee/models/release';
import { createSmallWorld } from '@matinee/recommender/testing';
import { describe, expect, it } from 'vitest';
import { startTestServer } from '../testing/test-server.ts';

const { release } = await createSmallWorld();

/** Every list takes this long. */
const WORK_MS = 250;
let begunCount = 0;
const slow: Release = {
  ...release,
  sources: release.sources.map((source, index) =>
    index > 0
      ? source
      : {
          ...source,
          model: {
            ...source.model,
            retrieve: async (...query) => {
              begunCount++;
              await new Promise((resolve) => setTimeout(resolve, WORK_MS));
              return source.model.retrieve(...query);
            },
          },
        },
  ),
};

describe('close', () => {
  it('answers every request that has come, and asks clients to let go of their connections', async () => {
    const server = await startTestServer({
      release: slow,
      limits: { maxRunning: 100, maxWaitMs: 10_000 },
      drain: { lingerMs: 200, graceMs: 5000 },
    });
    const url = await server.app.listen({ host: '127.0.0.1', port: 0 });
    const ask = (user: number) => fetch(`${url}/recommend?user_idx=${user}`);
    // The warm-up has called it already.
    begunCount = 0;
    const underWay = Array.from({ length: 60 }, (_, user) => ask(user));
    await expect.poll(() => begunCount, { interval: 1, timeout: 10_000 }).toBe(60);
    const closed = server.close();
    const late = ask(1);
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    const answers = await Promise.all([...underWay, late]);
    expect(answers.map(({ status }) => status)).toEqual(new Array<number>(61).fill(200));
    expect(answers.at(-1)?.headers.get('connection')).toBe('close');
    await closed;
    await expect(ask(2)).rejects.toThrow();
  });

  it('does not wait for connections without requests, nor for ever for others', async () => {
    const server = await startTestServer({ release: slow, drain: { lingerMs: 0, graceMs: 50 } });
    const address = new URL(await server.app.listen({ host: '127.0.0.1', port: 0 }));
    const silent = net.connect(Number(address.port), '127.0.0.1');
    await once(silent, 'connect');
    const abandoned = fetch(`${address.origin}/recommend?user_idx=1`);
    const outcome = abandoned.then(
      ({ status }) => String(status),
      () => 'cut off',
    );
    begunCount = 0;
    await expect.poll(() => begunCount, { interval: 1, timeout: 10_000 }).toBe(1);
    const startedAt = performance.now();
    await server.close();
    expect(performance.now() - startedAt).toBeLessThan(2000);
    expect(await outcome).toBe('cut off');
    silent.destroy();
  });
});

import { describe, expect, it } from 'vitest';
import { createRetryingFetch, type RetryOptions, waitFor } from './retry.ts';

type Outcome = number | Error | Response;

/** A `fetch` that answers with each outcome in turn, and what it was asked and waited for. */
function scripted(outcomes: readonly Outcome[], options: Partial<RetryOptions> = {}) {
  const sent: Request[] = [];
  const waits: number[] = [];
  const retrying = createRetryingFetch({
    retries: 2,
    timeoutMs: 1000,
    isRepeatable: ({ method }) => method === 'GET',
    random: () => 0.5,
    async wait(ms) {
      waits.push(ms);
    },
    async fetch(request) {
      sent.push(request);
      const outcome = outcomes[sent.length - 1];
      if (outcome instanceof Error) throw outcome;
      return typeof outcome === 'number' ? new Response(null, { status: outcome }) : (outcome as Response);
    },
    ...options,
  });
  return { retrying, sent, waits };
}

const read = (init: RequestInit = {}) => new Request('http://matinee.test/recommend', init);
const write = () => read({ method: 'POST', body: '{"a":1}' });
const busy = (retryAfter: string) => new Response(null, { status: 503, headers: { 'retry-after': retryAfter } });

describe('createRetryingFetch', () => {
  it.each([408, 429, 502, 503, 504])('reads again after %i, waiting twice as long each time', async (status) => {
    const { retrying, waits } = scripted([status, status, 200]);
    expect((await retrying(read())).status).toBe(200);
    expect(waits).toEqual([200, 400]);
  });

  it('passes on the last answer, and other answers at once', async () => {
    const failing = scripted([503, 503, 503, 200]);
    expect((await failing.retrying(read())).status).toBe(503);
    expect(failing.sent).toHaveLength(3);
    for (const status of [200, 304, 400, 401, 404, 500]) {
      const { retrying, sent } = scripted([status]);
      expect((await retrying(read())).status).toBe(status);
      expect(sent).toHaveLength(1);
    }
  });

  it('reads again when the server is not reached, and passes on the last error', async () => {
    expect((await scripted([new TypeError('no network'), 200]).retrying(read())).status).toBe(200);
    const lost = new TypeError('no network');
    await expect(scripted([lost, lost, lost]).retrying(read())).rejects.toBe(lost);
  });

  it('sends what must not be sent twice again only where it was refused', async () => {
    const lost = scripted([new TypeError('no network'), 200]);
    await expect(lost.retrying(write())).rejects.toThrow('no network');
    const unsure = scripted([503, 200]);
    expect((await unsure.retrying(write())).status).toBe(503);
    const refused = scripted([429, 201]);
    expect((await refused.retrying(write())).status).toBe(201);
    expect(await refused.sent[1]?.text()).toBe('{"a":1}');
  });

  it('waits as long as the server says, in seconds or until a date, but not for minutes', async () => {
    const seconds = scripted([busy('3'), 200]);
    await seconds.retrying(read());
    expect(seconds.waits).toEqual([3000]);
    const date = scripted([busy(new Date(Date.now() + 5000).toUTCString()), 200]);
    await date.retrying(read());
    expect(date.waits[0]).toBeGreaterThan(3000);
    expect(date.waits[0]).toBeLessThanOrEqual(5000);
    const minutes = scripted([busy('60'), 200]);
    expect((await minutes.retrying(read())).status).toBe(503);
  });

  it('ends with the caller’s signal, under way and while it waits', async () => {
    const abort = new AbortController();
    const underWay = scripted([], {
      fetch: ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    });
    const answered = underWay.retrying(read({ signal: abort.signal }));
    abort.abort(new Error('changed my mind'));
    await expect(answered).rejects.toThrow('changed my mind');

    const later = new AbortController();
    const waiting = scripted([503, 200], {
      wait: (_, signal) => {
        later.abort(new Error('changed my mind'));
        return waitFor(60_000, signal);
      },
    });
    await expect(waiting.retrying(read({ signal: later.signal }))).rejects.toThrow('changed my mind');
    expect(waiting.sent).toHaveLength(1);
  });

  it('gives up an attempt that takes too long, and tries again', async () => {
    let attempts = 0;
    const { retrying } = scripted([], {
      timeoutMs: 20,
      fetch: ({ signal }) =>
        ++attempts === 2
          ? Promise.resolve(new Response('here'))
          : new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    });
    expect(await (await retrying(read())).text()).toBe('here');
  });
});

import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HomeResponse, RecommendResponse, StatusResponse } from '@matinee/contract';
import type { NamedSource } from '@matinee/models/blend';
import type { Release } from '@matinee/models/release';
import { createSmallWorld } from '@matinee/recommender/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../testing/test-server.ts';

/** Swaps take turns with the requests of the clients. */
const SWAPS = Number(process.env['MATINEE_TEST_SWAPS'] ?? 150);
const CLIENTS = 4;

const { dataset, release } = await createSmallWorld();
/** Two releases of one dataset with different answers: the small world's, and one without collaborative filtering. */
const full: Release = { ...release, version: 'full' };
const plain: Release = {
  ...release,
  version: 'plain',
  sources: release.sources.filter(({ name }) => name === 'popularity' || name === 'genre-affinity'),
};

const withSource = (name: string, change: (source: NamedSource) => NamedSource): Release => ({
  ...release,
  version: `changed-${name}`,
  sources: release.sources.map((source) => (source.name === name ? change(source) : source)),
});

let server: TestServer;
beforeAll(async () => {
  // The clock stands still and nothing is drawn at random, so equal requests have equal responses.
  // The waiting limit is high, because a machine that runs other tests may hold a request for long.
  server = await startTestServer({
    release: full,
    clock: () => 1_700_000_000_000,
    explorationShare: 0,
    responseCache: { maxBytes: 0 },
    limits: { maxWaitMs: 60_000 },
  });
});
afterAll(() => server.close());

const versionOf = async (): Promise<string> => ((await server.send('/api/v1/status')).json as StatusResponse).version;

describe('swap', () => {
  it('answers every request whole, from one release or the other, over many swaps under load', async () => {
    const requests = Array.from({ length: 12 }, (_, user) =>
      user % 3 === 0 ? `/api/v1/home?userIdx=${user}` : `/recommend?user_idx=${user}&k=20`,
    );
    /** The response of each release to each request, sent one by one. */
    const expected = new Map<string, string>();
    for (const each of [plain, full]) {
      await server.swap(each);
      for (const url of requests) expected.set(`${each.version} ${url}`, titlesOf((await server.send(url)).text));
    }
    await server.app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = server.app.server.address() as AddressInfo;
    const agent = new http.Agent({ keepAlive: true, maxSockets: CLIENTS });
    const failures: string[] = [];
    const answeredBy = new Map<string, number>();
    const answered = (): number => [...answeredBy.values()].reduce((sum, count) => sum + count, 0);
    const swapping = new AbortController();
    const client = async (offset: number): Promise<void> => {
      for (let engagement = offset; !swapping.signal.aborted; engagement++) {
        const url = requests[engagement % requests.length] ?? '';
        const { status, text } = await get(agent, port, url).catch((error: Error) => ({
          status: 0,
          text: String(error),
        }));
        // The stable answer has the release beside its generation; the page has it as its version.
        const said = status === 200 ? (JSON.parse(text) as { version: string; release?: string }) : undefined;
        const version = said?.release ?? said?.version ?? '';
        answeredBy.set(version, (answeredBy.get(version) ?? 0) + 1);
        if (status !== 200 || titlesOf(text) !== expected.get(`${version} ${url}`)) failures.push(`${status} ${text}`);
      }
    };
    const clients = Array.from({ length: CLIENTS }, (_, index) => client(index));
    for (let count = 0; count < SWAPS; count++) {
      await server.swap(count % 2 === 0 ? plain : full);
      const before = answered();
      // Gives each release time for some responses, because swaps are much faster than those.
      do await new Promise((resolve) => setImmediate(resolve));
      while (count % 5 === 4 && answered() === before);
    }
    swapping.abort();
    await Promise.all(clients);
    agent.destroy();
    expect(failures).toEqual([]);
    expect([...answeredBy.keys()].sort()).toEqual(['full', 'plain']);
    expect(Math.min(...answeredBy.values())).toBeGreaterThan(SWAPS / 20);
  });

  it('lets a request that is under way keep the release it began with', async () => {
    const held: (() => void)[] = [];
    const waits = { from: Number.POSITIVE_INFINITY };
    let callCount = 0;
    const slow = withSource('popularity', (source) => ({
      ...source,
      model: {
        ...source.model,
        retrieve: async (...query) => {
          callCount++;
          if (callCount >= waits.from) await new Promise<void>((resolve) => held.push(resolve));
          return source.model.retrieve(...query);
        },
      },
    }));
    await server.swap(slow);
    waits.from = callCount + 1;
    const underWay = server.send('/recommend?user_idx=3');
    while (held.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await server.swap(plain);
    expect(((await server.send('/recommend?user_idx=3')).json as RecommendResponse).release).toBe('plain');
    for (const answer of held) answer();
    expect(((await underWay).json as RecommendResponse).release).toBe(slow.version);
  });

  it('runs in order: the release of the last call is the one that stays', async () => {
    await Promise.all([server.swap(plain), server.swap(full), server.swap(plain), server.swap(full)]);
    expect(await versionOf()).toBe('full');
  });

  it.each<[string, Release, string]>([
    ['of other data', { ...release, datasetHash: 'another' }, 'RELEASE_MISMATCH'],
    [
      'with a part of another catalogue',
      withSource('item-knn', (source) => ({ ...source, model: { ...source.model, itemCount: 7 } })),
      'BAD_RELEASE',
    ],
    [
      'with a weight that is no number',
      withSource('item-knn', (source) => ({ ...source, weight: Number.NaN })),
      'BAD_RELEASE',
    ],
    [
      'with two parts of one name',
      withSource('item-knn', (source) => ({ ...source, name: 'user-knn' })),
      'BAD_RELEASE',
    ],
    [
      'with a part that fails',
      withSource('item-knn', (source) => ({
        ...source,
        model: { ...source.model, retrieve: () => Promise.reject(new Error('bytes are missing')) },
      })),
      'BAD_RELEASE',
    ],
    [
      'with a part that finds titles beyond the catalogue',
      withSource('item-knn', (source) => ({
        ...source,
        model: {
          ...source.model,
          retrieve: async () => ({
            itemIndices: Int32Array.of(dataset.items.titles.length),
            scores: Float32Array.of(1),
          }),
        },
      })),
      'BAD_RELEASE',
    ],
    ['without any part', { ...release, sources: [] }, 'BAD_RELEASE'],
  ])('refuses a release %s and serves the one before on', async (_what, bad, code) => {
    await server.swap(full);
    const before = (await server.send('/recommend?user_idx=5')).text;
    await expect(server.swap({ ...bad, version: 'bad' })).rejects.toMatchObject({ code });
    expect((await server.send('/recommend?user_idx=5')).text).toBe(before);
    await server.swap(plain);
    expect(await versionOf()).toBe('plain');
  });
});

/** Returns the items of a response in order, with posters and reasons, without what differs between requests. */
function titlesOf(text: string): string {
  const answer = JSON.parse(text) as Partial<RecommendResponse & HomeResponse>;
  return JSON.stringify(answer.items ?? answer.rows);
}

async function get(agent: http.Agent, port: number, path: string): Promise<{ status: number; text: string }> {
  const request = http.get({ agent, host: '127.0.0.1', port, path });
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode ?? 0, text };
}

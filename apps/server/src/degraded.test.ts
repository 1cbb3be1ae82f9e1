import type { HomeResponse, RecommendResponse, SearchResponse, SimilarResponse } from '@matinee/contract';
import type { NamedSource } from '@matinee/models/blend';
import type { Release } from '@matinee/models/release';
import type { RetrievalModel } from '@matinee/models/retrieval';
import type { EventLog } from '@matinee/recommender';
import { createSmallWorld } from '@matinee/recommender/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from './testing/test-server.ts';

const { release } = await createSmallWorld();
const DEADLINE_MS = 200;
/** Time that a busy machine may add to a response. */
const SLACK_MS = 1500;

let server: TestServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

type Fault = (model: RetrievalModel) => RetrievalModel;
const fail = (): never => {
  throw new Error('broken on purpose');
};
const FAULTS: Readonly<Record<string, Fault>> = {
  throws: (model) => ({ ...model, scoreAll: fail, retrieve: fail, seeds: fail, evidence: fail }),
  rejects: (model) => ({ ...model, retrieve: async () => fail(), seeds: async () => fail() }),
  'never answers': (model) => ({ ...model, retrieve: () => new Promise(() => undefined) }),
};
const withFault = (fault: Fault, isBroken: (source: NamedSource) => boolean): Release => ({
  ...release,
  sources: release.sources.map((source) => (isBroken(source) ? { ...source, model: fault(source.model) } : source)),
});

async function ask(url: string): Promise<{ status: number; body: unknown; ms: number }> {
  const startedAt = performance.now();
  const { status, json } = await (server as TestServer).send(url);
  return { status, body: json, ms: performance.now() - startedAt };
}

describe('an answer when something fails', () => {
  for (const [how, fault] of Object.entries(FAULTS)) {
    for (const { name } of release.sources) {
      it(`comes in time and names ${name}, which ${how}`, async () => {
        server = await startTestServer({ release: withFault(fault, (source) => source.name === name) });
        const { status, body, ms } = await ask('/recommend?user_idx=3&k=10');
        expect(status).toBe(200);
        const { items, degraded } = body as RecommendResponse;
        expect(items.length).toBe(10);
        expect(degraded).toEqual({ level: 'partial', missing: [name] });
        expect(ms).toBeLessThan(DEADLINE_MS + SLACK_MS);
        const home = await ask('/api/v1/home?userIdx=3');
        expect(home.status).toBe(200);
        expect((home.body as HomeResponse).degraded).toContain(name);
        const similar = await ask('/api/v1/items/5/similar?userIdx=3');
        expect(similar.status).toBe(200);
        expect(similar.ms).toBeLessThan(2 * DEADLINE_MS + SLACK_MS);
        expect((similar.body as SimilarResponse).degraded).toEqual(name === 'item-knn' ? [name] : []);
      });
    }

    it(`is what most people turned to when every source ${how}, still without what the user has seen`, async () => {
      server = await startTestServer({ release: withFault(fault, () => true) });
      const seen = (await ask('/api/v1/users/3/events')).body as { items?: { itemIdx: number }[] };
      const { status, body } = await ask('/recommend?user_idx=3&k=20');
      expect(status).toBe(200);
      const { items, degraded } = body as RecommendResponse;
      expect(degraded?.level).toBe('popular');
      expect(degraded?.missing).toEqual(release.sources.map(({ name }) => name));
      expect(items.length).toBe(20);
      const shown = new Set(items.map(({ item_idx }) => item_idx));
      for (const { itemIdx } of seen.items ?? []) expect(shown.has(itemIdx)).toBe(false);
      expect((await ask('/api/v1/home?userIdx=3')).status).toBe(200);
    });
  }

  it('is the last cached one when every source fails later, as long as the state is the same and the rules allow it', async () => {
    const broken = new Set<RetrievalModel>();
    const fault: Fault = (model) => ({
      ...model,
      retrieve: (...query) =>
        broken.has(model) ? Promise.reject(new Error('broken on purpose')) : model.retrieve(...query),
    });
    server = await startTestServer({
      release: withFault(fault, () => true),
      responseCache: { maxAgeMs: 0 },
      keptBytes: 0,
    });
    const url = '/recommend?user_idx=3&k=10';
    const good = (await ask(url)).body as RecommendResponse;
    for (const { model } of release.sources) broken.add(model);
    const cached = (await ask(url)).body as RecommendResponse;
    expect(cached.degraded).toEqual({ level: 'cached', missing: release.sources.map(({ name }) => name) });
    expect(cached.items).toEqual(good.items);
    await server.post('/feedback', { user_idx: 3, item_idx: good.items[0]?.item_idx, event: 'watched' });
    // Recent events are counted from the log now, so popularity answers.
    const after = (await ask(url)).body as RecommendResponse;
    expect(after.degraded?.level).toBe('partial');
    expect(after.items.map(({ item_idx }) => item_idx)).not.toContain(good.items[0]?.item_idx);
  });

  it('is the order of the blend when the ranker fails', async () => {
    const statistics = { activity: {} };
    const ranking = { poolSize: 500, rankDepth: 200, requestTime: 'used', statistics } as unknown as Release['ranking'];
    server = await startTestServer({ release: { ...release, generation: 'v2', ranking: ranking as never } });
    const { body } = await ask('/recommend?user_idx=3&k=10');
    const { items, degraded } = body as RecommendResponse;
    expect(degraded).toEqual({ level: 'unranked', missing: ['ranker'] });
    expect(items.length).toBe(10);
  });

  for (const [how, read] of [
    ['fails', () => Promise.reject(new Error('disk full'))],
    ['never answers', () => new Promise<never>(() => undefined)],
  ] as const) {
    it(`comes from the data set when the event log ${how}, and lists of what was said are refused`, async () => {
      const eventLog = {
        eventsOfUser: read,
        standingFeedback: read,
        impressionsOfUser: async () => [],
        append: read,
        deletedAmong: async () => [],
      } as unknown as EventLog;
      server = await startTestServer({ eventLog });
      const { status, body, ms } = await ask('/recommend?user_idx=3&k=10');
      expect(status).toBe(200);
      expect((body as RecommendResponse).degraded).toEqual({ level: 'partial', missing: ['event log'] });
      expect((body as RecommendResponse).items.length).toBe(10);
      expect(ms).toBeLessThan(1000 + SLACK_MS);
      for (const url of ['/api/v1/search?q=th&userIdx=3', '/api/v1/items/5/similar?userIdx=3']) {
        const found = await ask(url);
        expect(found.status).toBe(200);
        expect((found.body as SearchResponse | SimilarResponse).degraded).toEqual(['event log']);
      }
      if (how === 'fails') expect((await ask('/api/v1/users/3/events')).status).toBeGreaterThanOrEqual(500);
    });
  }

  it('says nothing of the kind when nothing fails', async () => {
    server = await startTestServer();
    expect((await ask('/recommend?user_idx=3&k=10')).body).not.toHaveProperty('degraded');
  });
});

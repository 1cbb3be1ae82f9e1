import type { StatusResponse } from '@matinee/contract';
import type { NamedSource } from '@matinee/models/blend';
import type { Release } from '@matinee/models/release';
import { createSmallWorld } from '@matinee/recommender/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../testing/test-server.ts';

const GENRES = 6;
const { release } = await createSmallWorld();

/** A release that ranks the best items last. */
const upsideDown: Release = {
  ...release,
  version: 'upside-down',
  sources: release.sources.map(({ model, ...source }): NamedSource => {
    return {
      ...source,
      model: {
        ...model,
        kind: `not-${model.kind}`,
        async retrieve(query, n, excluded) {
          const { itemIndices, scores } = await model.retrieve(query, model.itemCount, excluded);
          return { itemIndices: itemIndices.reverse().subarray(0, n), scores: scores.sort().reverse().subarray(0, n) };
        },
      },
    };
  }),
};

let server: TestServer | undefined;
afterEach(() => server?.close());

/** Lets visitors engage with popular items of one genre each. */
async function engageWithItems({ newVisitor, post }: TestServer): Promise<void> {
  for (let visitor = 0; visitor < 30; visitor++) {
    const userIdx = await newVisitor();
    const events = Array.from({ length: 4 }, (_, at) => ({
      eventId: `turn-${visitor}-${at}`,
      type: 'watched',
      itemIdx: ((at * 5 + visitor) % 14) * GENRES + (visitor % GENRES),
    }));
    await post('/api/v1/events', { userIdx, events });
  }
}

async function statusOf({ send }: TestServer): Promise<StatusResponse> {
  return (await send('/api/v1/status')).json as StatusResponse;
}

describe('after a swap', () => {
  it('a release that finds less than the one before is taken back, and the status says so', async () => {
    const broughtBack: string[] = [];
    server = await startTestServer({ onRollBack: ({ version }) => broughtBack.push(version) });
    await server.swap(upsideDown);
    await engageWithItems(server);
    expect((await statusOf(server)).online).toMatchObject({
      throughSequence: 120,
      engagementsSinceTraining: 120,
      drift: { engagementCount: 120 },
      monitor: { earlier: release.version, later: 'upside-down', state: 'monitoring' },
    });
    for (let look = 0; look < 60 && broughtBack.length === 0; look++) await server.lookAtRelease();
    const { version, releases, online } = await statusOf(server);
    expect([version, broughtBack]).toEqual([release.version, [release.version]]);
    expect(releases.map((served) => served.version)).toEqual([release.version, 'upside-down', release.version]);
    expect(online.monitor).toMatchObject({ state: 'fallen', queries: 100, of: 500 });
    expect(online.monitor?.quality.later.ndcg).toBeLessThan(0.5 * (online.monitor?.quality.earlier.ndcg ?? 0));
    // Events counted while the later release was served are in the earlier one, too.
    expect(online.engagementsSinceTraining).toBe(120);
    await server.lookAtRelease();
    expect((await statusOf(server)).version).toBe(release.version);
  });

  it('one that does as well stays', async () => {
    server = await startTestServer();
    await server.swap({ ...release, version: 'equal' });
    await engageWithItems(server);
    for (let look = 0; look < 30; look++) await server.lookAtRelease();
    const { version, online } = await statusOf(server);
    expect([version, online.monitor?.state]).toEqual(['equal', 'monitoring']);
    // The server's own timer evaluates the releases as well.
    expect(online.monitor?.queries).toBeGreaterThanOrEqual(60);
  });
});

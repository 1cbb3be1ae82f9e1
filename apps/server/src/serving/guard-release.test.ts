import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { StatusResponse } from '@matinee/contract';
import type { NamedSource } from '@matinee/models/blend';
import type { Release } from '@matinee/models/release';
import { NO_PAUSE } from '@matinee/numerics';
import { createEngine, type EventLog } from '@matinee/recommender';
import { createMemoryEventLog, createSmallWorld } from '@matinee/recommender/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../testing/test-server.ts';
import { createReleaseGuard, type ReleaseGuard } from './guard-release.ts';
import type { Snapshot } from './snapshot.ts';

const GENRES = 6;
const { dataset, release } = await createSmallWorld();

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
const guards: ReleaseGuard[] = [];
afterEach(async () => {
  await server?.close();
  server = undefined;
  await Promise.all(guards.splice(0).map((guard) => guard.close()));
});

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

async function logOfMembers(): Promise<EventLog> {
  const log = createMemoryEventLog();
  const atMs = ((dataset.events.timestamps.at(-1) ?? 0) + 60) * 1000;
  for (let member = 0; member < 40; member++) {
    const { events } = engagementsOf(member, member) as { events: { eventId: string; itemIdx: number }[] };
    await log.append(
      events.map(({ eventId, itemIdx }) => ({
        eventId,
        userId: `u${member}`,
        itemId: `m${itemIdx}`,
        type: 'watched',
        atMs,
      })),
    );
  }
  return log;
}

/** Lets members engage with items of one genre each that are new to them, popular ones first. */
async function engageWithItems({ post }: TestServer): Promise<void> {
  for (let userIdx = 0; userIdx < 30; userIdx++) {
    const { status } = await post('/api/v1/events', engagementsOf(userIdx, userIdx));
    expect(status).toBe(200);
  }
}

/** The first items of a genre that a member has not rated. */
function engagementsOf(member: number, userIdx: number): object {
  const { events } = dataset;
  const known = new Set(events.itemIndices.filter((_, row) => events.userIndices[row] === member));
  const genre = Array.from({ length: 38 }, (_, at) => at * GENRES + (member % GENRES)).filter(
    (item) => !known.has(item),
  );
  const said = genre
    .slice(0, 4)
    .map((itemIdx) => ({ eventId: `engaged-${userIdx}-${itemIdx}`, type: 'watched', itemIdx }));
  return { userIdx, events: said };
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

  it('a release is judged by nobody who came a moment ago, and the status says how many were left out', async () => {
    server = await startTestServer();
    await server.swap({ ...upsideDown, version: 'unjudged' });
    for (let visitor = 0; visitor < 30; visitor++) {
      await server.post('/api/v1/events', engagementsOf(visitor, await server.newVisitor()));
    }
    for (let look = 0; look < 5; look++) await server.lookAtRelease();
    const { version, online } = await statusOf(server);
    expect(version).toBe('unjudged');
    expect(online).toMatchObject({
      drift: { engagementCount: 0, leftOut: 120 },
      monitor: { state: 'monitoring', queries: 0, leftOut: 120 },
    });
  });

  it('nothing but versions and figures is held of both releases once there is a verdict', async () => {
    const held: WeakRef<object>[] = [];
    const spare = async (): Promise<void> => {
      const copy: Release = {
        ...upsideDown,
        version: 'collected',
        sources: upsideDown.sources.map((each) => ({ ...each })),
      };
      held.push(new WeakRef(copy));
      const guard = createReleaseGuard({
        eventLog: await logOfMembers(),
        throughSequence: () => 0,
        rollBack: async () => undefined,
        pause: NO_PAUSE,
        runJob: (_, work) => work(),
        onError: (error) => {
          throw error;
        },
      });
      const snapshotOf = async (each: Release): Promise<Snapshot> => {
        const engine = createEngine(dataset, each);
        return { release: each, grown: each, engine } as unknown as Snapshot;
      };
      guard.monitor(await snapshotOf(copy), await snapshotOf(release));
      for (let look = 0; look < 60 && guard.state()?.state === 'monitoring'; look++) await guard.look();
      expect(guard.state()).toMatchObject({ earlier: release.version, later: 'collected', state: 'fallen' });
      guards.push(guard);
    };
    await spare();
    for (let round = 0; round < 20 && held[0]?.deref() !== undefined; round++) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      collectGarbage();
    }
    expect(held[0]?.deref()).toBeUndefined();
    // The guard itself is still there, with what it says of them.
    expect(guards[0]?.state()).toMatchObject({ later: 'collected', state: 'fallen' });
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

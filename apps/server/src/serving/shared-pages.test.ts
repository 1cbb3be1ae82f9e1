import { randomUUID } from 'node:crypto';
import type { HomeResponse } from '@matinee/contract';
import type { Release } from '@matinee/models/release';
import { createSmallWorld } from '@matinee/recommender/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../testing/test-server.ts';

const { release } = await createSmallWorld();

/** Returns the release with a source that calls `note` with each query. */
const noting = (note: () => void): Release => ({
  ...release,
  sources: release.sources.map((source, index) =>
    index === 0
      ? {
          ...source,
          model: {
            ...source.model,
            retrieve: (...query) => {
              note();
              return source.model.retrieve(...query);
            },
          },
        }
      : source,
  ),
});

let server: TestServer;
afterEach(() => server.close());

async function start() {
  let queries = 0;
  let nowMs = Date.UTC(2026, 0, 1, 12);
  server = await startTestServer({ release: noting(() => queries++), clock: () => nowMs, keptBytes: 0 });
  queries = 0;
  return {
    queries: () => queries,
    pass: (ms: number) => {
      nowMs += ms;
    },
    home: async (userIdx: number, more = '') => {
      const { status, json } = await server.send(`/api/v1/home?userIdx=${userIdx}${more}`);
      expect(status).toBe(200);
      return json as HomeResponse;
    },
    async visitors(count: number) {
      // The first one gets the secret that opens all.
      const first = await server.newVisitor();
      return [first, ...(await Promise.all(Array.from({ length: count - 1 }, () => server.newVisitor())))];
    },
  };
}

const itemsOf = ({ rows }: HomeResponse) =>
  rows.map(({ id, items }) => ({ id, items: items.map(({ itemIdx }) => itemIdx) }));
const like = (userIdx: number, itemIdx: number) =>
  server.post('/api/v1/events', { userIdx, events: [{ eventId: randomUUID(), type: 'like', itemIdx }] });

describe('the home pages of new visitors', () => {
  it('are made once for all that come at once, each with an id of its own', async () => {
    const { queries, home, visitors } = await start();
    const users = await visitors(40);
    const pages = await Promise.all(users.map((user) => home(user)));
    expect(queries()).toBe(1);
    expect(new Set(pages.map(({ requestId }) => requestId)).size).toBe(40);
    expect(itemsOf(pages[39]!)).toEqual(itemsOf(pages[0]!));
  });

  it('are their own after the first thing they say, which counts for the others too', async () => {
    const { queries, home, visitors } = await start();
    const [one, other] = (await visitors(2)) as [number, number];
    const before = await home(one);
    const { itemIdx } = before.rows[0]!.items[0]!;
    await like(one, itemIdx);
    const after = await home(one);
    expect(itemsOf(after).flatMap(({ items }) => items)).not.toContain(itemIdx);
    expect(queries()).toBe(2);
    // What somebody likes counts for everybody at once; being shown something does not.
    await home(other);
    expect(queries()).toBe(3);
    const seen = { eventId: randomUUID(), type: 'impression', itemIdx };
    await server.post('/api/v1/events', { userIdx: other, events: [seen] });
    await home(other);
    expect(queries()).toBe(3);
  });

  it('are made again in the next minute and for another release', async () => {
    const { queries, pass, home, visitors } = await start();
    const [user] = (await visitors(1)) as [number];
    await home(user);
    await home(user);
    expect(queries()).toBe(1);
    pass(60_000);
    await home(user);
    expect(queries()).toBe(2);
    await server.swap({ ...release, version: 'another' });
    expect((await home(user)).version).toBe('another');
  });

  it('are shared with nobody who may see other titles, asks for something else or is known', async () => {
    const { queries, home, visitors } = await start();
    const [user] = (await visitors(1)) as [number];
    const page = await home(user);
    const hidden = page.rows[0]!.items[0]!.itemIdx;
    const { householdId } = (await server.post('/api/v1/households', {})).json as { householdId: string };
    const rules = { name: 'Kim', hidden: [hidden] };
    const profile = (await server.post(`/api/v1/households/${householdId}/profiles`, rules)).json as {
      profileId: string;
      userIdx: number;
    };
    const opened = await server.post(`/api/v1/profiles/${profile.profileId}/session`, {});
    const { session } = opened.json as { session: string };
    const limited = await server.send({
      url: `/api/v1/home?userIdx=${profile.userIdx}`,
      headers: { 'x-matinee-session': session },
    });
    expect(itemsOf(limited.json as HomeResponse).flatMap(({ items }) => items)).not.toContain(hidden);
    for (const more of [`&exclude=${hidden}`, '&diversity=1', '&region=DE', '&debug=true']) await home(user, more);
    await home(1);
    expect(queries()).toBe(7);
  });
});

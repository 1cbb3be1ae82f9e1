import type { HomeResponse, ItemResponse, StatusResponse } from '@matinee/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from './testing/test-server.ts';

/** An item without ratings. */
const UNKNOWN = 238;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const popularTo = async (userIdx: number): Promise<number[]> => {
  const { rows } = (await server.send(`/api/v1/home?userIdx=${userIdx}`)).json as HomeResponse;
  return rows.find(({ kind }) => kind === 'popular_right_now')?.items.map(({ itemIdx }) => itemIdx) ?? [];
};
const item = async (itemIdx: number): Promise<ItemResponse> =>
  (await server.send(`/api/v1/items/${itemIdx}`)).json as ItemResponse;
const say = (userIdx: number, type: string, itemIdx: number, parts: object = {}) =>
  server.post('/api/v1/events', {
    userIdx,
    events: [{ eventId: `${userIdx}-${type}-${itemIdx}`, type, itemIdx, ...parts }],
  });

describe('what everybody does', () => {
  it('is in the next answer to another user, and out of it once it is undone', async () => {
    const onlooker = await server.newVisitor();
    const before = await popularTo(onlooker);
    expect(before).not.toContain(UNKNOWN);
    const members = Array.from({ length: 30 }, (_, member) => member);
    for (const member of members) await say(member, 'like', UNKNOWN);
    const moved = await popularTo(onlooker);
    expect(moved.slice(0, 3)).toContain(UNKNOWN);
    expect(moved.filter((item) => item !== UNKNOWN)).toEqual(before.slice(0, moved.length - 1));
    for (const member of members) {
      await say(member, 'undo', UNKNOWN, { undoes: `${member}-like-${UNKNOWN}` });
    }
    expect(await popularTo(onlooker)).toEqual(before);
  });

  it('lifts no title far when all of them came a moment ago, or one of them repeats it', async () => {
    const onlooker = await server.newVisitor();
    const before = await popularTo(onlooker);
    for (let count = 0; count < 30; count++) {
      await say(await server.newVisitor(), 'like', UNKNOWN);
      await say(40, 'like', UNKNOWN, { eventId: `again-${count}` });
    }
    expect((await popularTo(onlooker)).slice(0, 10)).toEqual(before.slice(0, 10));
  });

  it('is in the answer about an item: how often, how it was received, and with which items', async () => {
    const [ada, bob] = [await server.newVisitor(), await server.newVisitor()];
    for (const visitor of [ada, bob]) {
      await say(visitor, 'impression', 10);
      await say(visitor, 'watched', 10);
      await say(visitor, 'watched', 11);
    }
    await say(ada, 'like', 10);
    await say(bob, 'skip', 12);
    const { lately } = await item(10);
    expect(lately).toEqual({
      lastHour: 2,
      lastDay: 2,
      lastWeek: 2,
      impressions: 2,
      likeRate: 0.5,
      skipRate: 0,
      engagedWith: [{ itemIdx: 11, itemId: 'm11', userCount: 2 }],
    });
    expect((await item(12)).lately).toMatchObject({ lastWeek: 0, likeRate: null });
    const { online } = (await server.send('/api/v1/status')).json as StatusResponse;
    expect(online.throughSequence).toBe((await server.stores.events.eventsAfter(0, 1000)).length);
  });

  it('is the same in a server that is started over the same log', async () => {
    const again = await startTestServer({ eventLog: server.stores.events });
    const itemThere = (await again.send('/api/v1/items/10')).json as ItemResponse;
    expect(itemThere.lately).toEqual((await item(10)).lately);
    await again.close();
  });
});

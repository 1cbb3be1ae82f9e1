import type { Profile, RecommendResponse } from '@matinee/contract';
import { createItemFacts } from '@matinee/recommender';
import { createSmallWorld } from '@matinee/recommender/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Lists, type ListsDependencies, openLists } from './open-lists.ts';
import { startTestServer, type TestServer } from './testing/test-server.ts';

const TOKEN = 'a secret of a good length';
const AUTHORIZATION = { authorization: `Bearer ${TOKEN}` };
const NOW_MS = Date.UTC(2020, 0, 1);
const K = 15;

const world = await createSmallWorld();
const { ids } = world.dataset.users;
/** Every third title is for adults. */
const facts = createItemFacts(world.dataset.items.vocabulary.ids.length, (item) => ({
  maturity: { age: item % 3 === 0 ? 18 : 0, source: 'listed' },
}));

let server: TestServer;
let lists: Lists;
let stores: ListsDependencies['stores'];
beforeEach(async () => {
  const settings = { operatorToken: TOKEN, catalogueToken: TOKEN, clock: () => NOW_MS };
  server = await startTestServer({ ...world, ...settings, facts });
  const { events, visitors, households, newItems } = server.stores;
  stores = { eventLog: events, visitors, households, newItems };
});
afterEach(async () => {
  await lists.close();
  await server.close();
});

async function answerOf(userIdx: number): Promise<RecommendResponse['items']> {
  const { status, json } = await server.send({
    url: `/recommend?user_idx=${userIdx}&k=${K}`,
    headers: AUTHORIZATION,
  });
  expect(status).toBe(200);
  return (json as RecommendResponse).items;
}

async function send(userIdx: number, itemIdx: number, event: string): Promise<void> {
  const payload = { user_idx: userIdx, item_idx: itemIdx, event };
  const { status } = await server.send({ method: 'POST', url: '/feedback', headers: AUTHORIZATION, payload });
  expect(status).toBeLessThan(300);
}

describe('the lists of everybody', () => {
  it('are what the server answers: to users of the data, visitors and profiles, with all that they did', async () => {
    const visitor = await server.newVisitor();
    const household = await server.post('/api/v1/households', {});
    const { householdId } = household.json as { householdId: string };
    const kid = await server.post(`/api/v1/households/${householdId}/profiles`, { name: 'Kim', isKids: true });
    const { userIdx: kidIdx } = kid.json as Profile;
    await server.send({
      method: 'POST',
      url: '/api/v1/items',
      headers: AUTHORIZATION,
      payload: { items: [{ itemId: 'new', title: 'New', genres: ['Drama'] }] },
    });
    for (const [userIdx, itemIdx, event] of [
      [visitor, 2, 'like'],
      [visitor, 8, 'watched'],
      [3, 5, 'dislike'],
      [kidIdx, 4, 'like'],
    ] as const) {
      await send(userIdx, itemIdx, event);
    }

    lists = await openLists({ ...world, facts, stores, asOfMs: NOW_MS });

    expect(lists.userIds.slice(0, ids.length)).toEqual(ids);
    expect(lists.userIds).toHaveLength(ids.length + 2);
    const [visitorId, kidId] = lists.userIds.slice(ids.length) as [string, string];
    const everybody = [
      [visitor, visitorId],
      [kidIdx, kidId],
      [0, ids[0]],
      [3, ids[3]],
      [ids.length - 1, ids.at(-1)],
    ] as const;
    for (const [userIdx, userId] of everybody) {
      const list = await lists.listOf(String(userId), K);
      expect(list).toEqual(await answerOf(userIdx));
      expect(list).toHaveLength(K);
    }
    const kids = await lists.listOf(kidId, K);
    expect(kids?.filter(({ item_idx }) => item_idx % 3 === 0)).toEqual([]);
  });

  it('have one for a user of the data who was deleted and came back under the same id', async () => {
    const deleted = await server.send({ method: 'DELETE', url: '/api/v1/users/3', headers: AUTHORIZATION });
    expect(deleted.status).toBe(200);
    const payload = { user_id: ids[3], item_idx: 5, event: 'like' };
    await server.send({ method: 'POST', url: '/feedback', headers: AUTHORIZATION, payload });

    lists = await openLists({ ...world, facts, stores, asOfMs: NOW_MS });

    expect(lists.userIds).toEqual([...ids.filter((id) => id !== ids[3]), ids[3]]);
    expect(await lists.listOf(ids[3]!, K)).toHaveLength(K);
  });

  it('have nothing for somebody who is not there', async () => {
    lists = await openLists({ ...world, facts, stores, asOfMs: NOW_MS });
    expect(await lists.listOf('nobody', K)).toBeUndefined();
  });

  it('are not made without the log', async () => {
    lists = await openLists({ ...world, facts, stores, asOfMs: NOW_MS });
    const eventLog = { ...server.stores.events, standingFeedback: () => Promise.reject(new Error('the disk is gone')) };
    const broken = await openLists({ ...world, facts, stores: { ...stores, eventLog }, asOfMs: NOW_MS });
    await expect(broken.listOf('u1', K)).rejects.toThrow('the disk is gone');
    await broken.close();
  });
});

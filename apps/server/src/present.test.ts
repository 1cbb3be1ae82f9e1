import { randomUUID } from 'node:crypto';
import type { CardsResponse, UserVersionResponse } from '@matinee/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestServer, type TestServer } from './testing/test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

async function newProfile(rules: object) {
  const { householdId } = (await server.post('/api/v1/households', {})).json as { householdId: string };
  const made = await server.post(`/api/v1/households/${householdId}/profiles`, { name: 'Kim', ...rules });
  const { profileId, userIdx } = made.json as { profileId: string; userIdx: number };
  const opened = await server.post(`/api/v1/profiles/${profileId}/session`, {});
  const headers = { 'x-matinee-session': (opened.json as { session: string }).session };
  const get = async (url: string) => server.send({ url, headers });
  return {
    userIdx,
    headers,
    version: async () => (await get(`/api/v1/users/${userIdx}/version`)).json as UserVersionResponse,
    cards: async (...items: number[]) =>
      ((await get(`/api/v1/cards?userIdx=${userIdx}&items=${items.join()}`)).json as CardsResponse).items,
    change: (url: string, method: 'PATCH' | 'DELETE' | 'PUT', payload?: object) =>
      server.send({ method, url: url.replace('{}', profileId), ...(payload && { payload }), headers }),
  };
}

it('has another version of the titles after a change of rules, and names those that are left', async () => {
  const { version, cards, change } = await newProfile({ allowList: [1, 2, 3] });
  const before = await version();
  expect(await version()).toEqual(before);
  expect((await cards(1, 2, 3, 4, 999)).map(({ itemIdx }) => itemIdx)).toEqual([1, 2, 3]);
  await change('/api/v1/profiles/{}', 'PATCH', { hidden: [2] });
  const after = await version();
  expect(after.titles).not.toBe(before.titles);
  expect(after.feedback).toBe(before.feedback);
  expect((await cards(1, 2, 3)).map(({ itemIdx }) => itemIdx)).toEqual([1, 3]);
  await change('/api/v1/profiles/{}', 'PATCH', { hidden: [] });
  expect(await version()).toEqual(before);
});

it('has another version of the feedback after what is said, the same after its undo, and no other for a look', async () => {
  const { userIdx, headers, version, cards } = await newProfile({});
  const say = (type: string, more = {}) =>
    server.send({
      method: 'POST',
      url: '/api/v1/events',
      payload: { userIdx, events: [{ eventId: randomUUID(), type, itemIdx: 1, ...more }] },
      headers,
    });
  const before = await version();
  await say('impression');
  await say('click');
  expect((await version()).feedback).toBe(before.feedback);
  await say('like');
  const liked = await version();
  expect(liked.feedback).not.toBe(before.feedback);
  expect((await cards(1))[0]?.feedback.taste).toBe('like');
  await say('undo', { undoType: 'like' });
  expect((await version()).feedback).toBe(before.feedback);
  expect((await cards(1))[0]?.feedback.taste).toBeNull();
});

it('opens for nobody whom the user is not open to', async () => {
  const { userIdx } = await newProfile({});
  for (const url of [`/api/v1/users/${userIdx}/version`, `/api/v1/cards?userIdx=${userIdx}&items=1`]) {
    expect((await server.sendAsStranger(url)).status).toBe(403);
  }
});

it('refuses lists that are no lists of titles, or too long', async () => {
  const { userIdx } = await newProfile({});
  for (const items of ['', 'a', '1,,2', Array.from({ length: 201 }, () => '1').join()]) {
    expect((await server.send(`/api/v1/cards?userIdx=${userIdx}&items=${items}`)).status).toBe(400);
  }
});

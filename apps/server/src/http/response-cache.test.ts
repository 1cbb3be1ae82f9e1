import { createItemFacts, type ItemFacts } from '@matinee/recommender';
import { createSmallWorld } from '@matinee/recommender/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startTestServer, type TestServer } from '../testing/test-server.ts';

async function start(overrides: Parameters<typeof startTestServer>[0] = {}): Promise<TestServer> {
  const server = await startTestServer(overrides);
  onTestFinished(server.close);
  return server;
}

const isKept = ({ headers }: { headers: Record<string, unknown> }): boolean =>
  headers['server-timing'] === 'cache;desc=hit';

describe('cached responses of GET /recommend', () => {
  test('are given again, byte for byte', async () => {
    const { send } = await start();
    const first = await send('/recommend?user_idx=1&k=5');
    const second = await send('/recommend?user_idx=1&k=5');
    expect(isKept(first)).toBe(false);
    expect(isKept(second)).toBe(true);
    expect(second.text).toBe(first.text);
    expect(second.headers['content-type']).toBe(first.headers['content-type']);
    expect(isKept(await send('/recommend?user_idx=1&k=6'))).toBe(false);
    expect(isKept(await send('/recommend?user_idx=2&k=5'))).toBe(false);
  });

  test('are never given after the user has spoken, whoever wrote it down', async () => {
    const { send, post, stores, newVisitor } = await start();
    const visitor = await newVisitor();
    const url = `/recommend?user_idx=${visitor}&k=5`;
    await send(url);
    const { items } = (await send(url)).json as { items: readonly { item_idx: number }[] };
    await post('/feedback', { user_idx: visitor, item_idx: items[0]!.item_idx, event: 'watched' });
    const after = await send(url);
    expect(isKept(after)).toBe(false);
    expect((after.json as { items: { item_idx: number }[] }).items.map(({ item_idx }) => item_idx)).not.toContain(
      items[0]!.item_idx,
    );
    // Another process that uses the same log.
    expect(isKept(await send(url))).toBe(true);
    const [event] = await stores.events.eventsAfter(0, 1);
    await stores.events.append([{ ...event!, eventId: 'elsewhere', type: 'undo', undoes: event!.eventId }]);
    expect(isKept(await send(url))).toBe(false);
  });

  test('are not given to who may not have them', async () => {
    const { send, post } = await start();
    const household = (await post('/api/v1/households', {})).json as { householdId: string };
    const profile = (await post(`/api/v1/households/${household.householdId}/profiles`, { name: 'Ada' })).json as {
      profileId: string;
      userIdx: number;
    };
    const url = `/recommend?user_idx=${profile.userIdx}&k=5`;
    const chosen = await post(`/api/v1/profiles/${profile.profileId}/session`, {});
    const headers = { 'x-matinee-session': (chosen.json as { session: string }).session };
    await send({ url, headers });
    expect(isKept(await send({ url, headers }))).toBe(true);
    expect(await send(url)).toMatchObject({ status: 403, json: { code: 'SESSION_REQUIRED' } });
    const set = await send({
      method: 'PUT',
      url: `/api/v1/profiles/${profile.profileId}/pin`,
      payload: { pin: '4711' },
    });
    expect(set.status).toBeLessThan(300);
    expect(await send({ url, headers })).toMatchObject({ status: 403, json: { code: 'PIN_REQUIRED' } });
    expect(await send(url)).toMatchObject({ status: 403, json: { code: 'PIN_REQUIRED' } });
  });

  test('are one for all sessions that give access, and a made-up session neither makes another nor opens one', async () => {
    const { send } = await start();
    const url = '/recommend?user_idx=1&k=5';
    const withSession = (session: string) => send({ url, headers: { 'x-matinee-session': session } });
    await send(url);
    for (let each = 0; each < 5; each++) expect(isKept(await withSession(`${each}${'x'.repeat(12_000)}`))).toBe(true);
  });

  test('take their addresses into account: long ones fill the cache as well', async () => {
    // Room for a response of some 2 KB, not for the 2 × 5,880 bytes of its address besides.
    const { send } = await start({ responseCache: { maxBytes: 10_000 } });
    const short = '/recommend?user_idx=1&k=1';
    await send(short);
    expect(isKept(await send(short))).toBe(true);
    const long = `${short}&filter=${encodeURIComponent(`title != "${'é'.repeat(980)}"`)}`;
    const { status } = await send(long);
    expect([status, isKept(await send(long))]).toEqual([200, false]);
  });

  test('are not given for another release, nor after their time, nor where none are kept', async () => {
    let nowMs = 1_700_000_000_000;
    const server = await start({ clock: () => nowMs, responseCache: { maxAgeMs: 1000 } });
    const url = '/recommend?user_idx=1&k=5';
    await server.send(url);
    expect(isKept(await server.send(url))).toBe(true);
    const { release } = await createSmallWorld();
    await server.swap({ ...release, version: 'another' });
    const anew = await server.send(url);
    expect(isKept(anew)).toBe(false);
    expect(anew.json).toMatchObject({ release: 'another' });
    expect(isKept(await server.send(url))).toBe(true);
    nowMs += 1000;
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect(isKept(await server.send(url))).toBe(false);
    const off = await start({ responseCache: { maxBytes: 0 } });
    await off.send(url);
    expect(isKept(await off.send(url))).toBe(false);
  });

  test('are not given once a licence has ended', async () => {
    let nowMs = 1_700_000_000_000;
    const { dataset } = await createSmallWorld();
    const first = { item: -1 };
    const facts = (): ItemFacts =>
      createItemFacts(dataset.items.vocabulary.ids.length, (item) =>
        item === first.item ? { licenceEnd: nowMs / 1000 + 1 } : undefined,
      );
    const url = '/recommend?user_idx=1&k=5';
    const before = await start({ clock: () => nowMs, facts: facts() });
    first.item = ((await before.send(url)).json as { items: { item_idx: number }[] }).items[0]!.item_idx;
    const { send } = await start({ clock: () => nowMs, facts: facts() });
    await send(url);
    expect(isKept(await send(url))).toBe(true);
    nowMs += 1000;
    const after = await send(url);
    expect(isKept(after)).toBe(false);
    expect(after.json).not.toMatchObject({ items: [{ item_idx: first.item }, {}, {}, {}, {}] });
  });

  test('are not made of what lacks something, nor of what is looked into', async () => {
    const { send } = await start();
    await send('/recommend?user_idx=1&k=5&debug=true');
    expect(isKept(await send('/recommend?user_idx=1&k=5&debug=true'))).toBe(false);
  });
});

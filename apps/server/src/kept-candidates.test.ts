import type { HomeResponse, RecommendResponse } from '@matinee/contract';
import { createSmallWorld } from '@matinee/recommender/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from './testing/test-server.ts';

const TOKEN = 'the catalogue token of a test';
const { release } = await createSmallWorld();

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ release, catalogueToken: TOKEN, responseCache: { maxBytes: 0 } });
});
afterAll(() => server.close());

const counted = async (result: 'found' | 'kept'): Promise<number> => {
  const { text } = await server.send('/metrics');
  return Number(new RegExp(`matinee_candidates_total{result="${result}"} (\\d+)`).exec(text)?.[1] ?? 0);
};
const listOf = async (userIdx: number, more = ''): Promise<readonly number[]> => {
  const { json } = await server.send(`/recommend?user_idx=${userIdx}&k=20${more}`);
  return (json as RecommendResponse).items.map(({ item_idx }) => item_idx);
};

describe('the candidates of a user', () => {
  it('are found once for lists of any length, the page and the reason of a title', async () => {
    const before = await counted('found');
    const list = await listOf(3);
    expect((await listOf(3, '&diversity=0.5')).length).toBe(20);
    const home = (await server.send('/api/v1/home?userIdx=3')).json as HomeResponse;
    expect(home.rows.length).toBeGreaterThan(0);
    await server.send(`/api/v1/items/${list[0]}?userIdx=3`);
    expect(await counted('found')).toBe(before + 1);
    expect(await counted('kept')).toBeGreaterThan(1);
  });

  it.each(['like', 'dislike', 'watched', 'skip'])('are found anew right after a %s', async (event) => {
    const [first] = await listOf(4);
    await server.post('/feedback', { user_idx: 4, item_idx: first, event });
    const before = await counted('found');
    expect(await listOf(4)).not.toContain(first);
    expect(await counted('found')).toBe(before + 1);
  });

  it('are those of before after an undo', async () => {
    const list = await listOf(5);
    await server.post('/feedback', { user_idx: 5, item_idx: list[0], event: 'dislike' });
    expect(await listOf(5)).not.toEqual(list);
    const undone = await server.post('/feedback', { user_idx: 5, item_idx: list[0], event: 'undo' });
    expect(undone.json).toMatchObject({ status: 'accepted' });
    expect(await listOf(5)).toEqual(list);
  });

  it('are found anew for a title that is hidden meanwhile', async () => {
    const [first] = await listOf(6);
    const headers = { authorization: `Bearer ${TOKEN}` };
    const hide = { method: 'PATCH', url: `/api/v1/items/m${first}`, payload: { hidden: true }, headers } as const;
    expect((await server.send(hide)).status).toBe(200);
    expect(await listOf(6)).not.toContain(first);
  });

  it('are found anew when another release is served', async () => {
    await listOf(7);
    const before = await counted('found');
    await server.swap({ ...release, version: 'fedcba9876543210' });
    const afterSwap = await counted('found');
    await listOf(7);
    expect(await counted('found')).toBe(afterSwap + 1);
    expect(afterSwap).toBe(before);
  });

  it('stay where others ask for lists from titles, which leave nothing behind', async () => {
    const small = await startTestServer({ release, responseCache: { maxBytes: 0 }, keptBytes: 60_000 });
    const kept = async (): Promise<number> => {
      const { text } = await small.send('/metrics');
      return Number(/matinee_candidates_total\{result="kept"\} (\d+)/.exec(text)?.[1] ?? 0);
    };
    await small.send('/recommend?user_idx=8&k=5');
    for (let title = 0; title < 40; title++) await small.send(`/recommend?item_idx=${title}&k=5`);
    const before = await kept();
    await small.send('/recommend?user_idx=8&k=5');
    expect(await kept()).toBe(before + 1);
    await small.close();
  });
});

import type { UserHistoryResponse } from '@matinee/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from './testing/test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

async function get(url: string): Promise<UserHistoryResponse> {
  const { status, json, text } = await server.send(url);
  expect(status, text).toBe(200);
  return json as UserHistoryResponse;
}

describe('GET /api/v1/users/:userIdx/history', () => {
  it('has every title of the data set’s history, the latest first, page by page', async () => {
    const whole = await get('/api/v1/users/3/history?limit=100');
    expect(whole.total).toBe(24);
    expect(whole.items).toHaveLength(24);
    expect(whole.cursor).toBeNull();
    const times = whole.items.map(({ at }) => at);
    expect(times).toEqual(times.toSorted().reverse());
    const first = await get('/api/v1/users/3/history?limit=10');
    const second = await get(`/api/v1/users/by-id/u3/history?limit=10&cursor=${first.cursor}`);
    expect([...first.items, ...second.items]).toEqual(whole.items.slice(0, 20));
  });

  it('is sorted by rating where that is wanted', async () => {
    const { items } = await get('/api/v1/users/3/history?limit=100&sort=rating');
    const ratings = items.map(({ rating }) => rating ?? 0);
    expect(ratings).toEqual(ratings.toSorted((a, b) => b - a));
    expect((await server.send('/api/v1/users/3/history?sort=size')).status).toBe(400);
  });

  it('comes with the taste that follows from it', async () => {
    const { taste, items } = await get('/api/v1/users/3/history?limit=100');
    const counted = items.filter(({ counts }) => counts);
    expect(taste.titleCount).toBe(counted.length);
    expect(taste.decades.reduce((sum, { count }) => sum + count, 0)).toBe(
      counted.filter(({ year }) => year !== null).length,
    );
    for (const { share } of taste.genres) expect(share).toBeGreaterThan(0);
    expect(taste.genres.map(({ share }) => share)).toEqual(
      taste.genres.map(({ share }) => share).toSorted((a, b) => b - a),
    );
    expect(taste.mainstream).toBeGreaterThan(0);
    expect(taste.mainstream).toBeLessThan(1);
  });

  it('is empty for a visitor, whose likes here are their taste, and closed to strangers', async () => {
    const userIdx = await server.newVisitor();
    expect(await get(`/api/v1/users/${userIdx}/history`)).toEqual({
      items: [],
      total: 0,
      cursor: null,
      taste: { titleCount: 0, meanRating: null, genres: [], decades: [], mainstream: null },
    });
    await server.post('/feedback', { user_idx: userIdx, item_idx: 9, event: 'like' });
    expect((await get(`/api/v1/users/${userIdx}/history`)).taste.titleCount).toBe(1);
    expect((await server.sendAsStranger(`/api/v1/users/${userIdx}/history`)).status).toBe(401);
  });
});

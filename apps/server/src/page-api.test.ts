import { randomUUID } from 'node:crypto';
import type {
  EventsResponse,
  HomeResponse,
  ItemResponse,
  RowResponse,
  SearchResponse,
  SimilarResponse,
  UserEventsResponse,
  UsersResponse,
} from '@matinee/contract';
import { MatineeError } from '@matinee/numerics';
import { createSmallWorld } from '@matinee/recommender/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from './testing/test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

async function get<T>(url: string): Promise<T> {
  const { status, json, text } = await server.send(url);
  expect(status, text).toBe(200);
  return json as T;
}
const sendEvents = async (userIdx: number, events: object[]) =>
  (await server.post('/api/v1/events', { userIdx, events })).json as EventsResponse;

describe('GET /api/v1/home', () => {
  it('has rows with cards, a hero that stands first in its row, and no title twice', async () => {
    const home = await get<HomeResponse>('/api/v1/home?userIdx=4');
    expect(home.generation).toBe('v1');
    expect(home.degraded).toEqual([]);
    const taste = home.rows.find(({ kind }) => kind === 'similar_to_your_taste');
    expect(home.hero).toEqual(taste?.items[0]);
    const items = home.rows.flatMap((row) => row.items.map(({ itemIdx }) => itemIdx));
    expect(new Set(items).size).toBe(items.length);
    for (const { items } of home.rows) expect(items[0]?.why).toBeDefined();
  });

  it('gives no more than three titles of a row the same reason, unless all have it', async () => {
    let compared = 0;
    for (let userIdx = 0; userIdx < 12; userIdx++) {
      const { rows } = await get<HomeResponse>(`/api/v1/home?userIdx=${userIdx}`);
      for (const { items } of rows) {
        const reasons = items.flatMap(({ why }) => (why ? [JSON.stringify(why)] : []));
        const different = new Set(reasons);
        if (different.size === 1 && reasons.length === items.length) continue;
        compared++;
        for (const reason of different)
          expect(reasons.filter((each) => each === reason).length, reason).toBeLessThanOrEqual(3);
      }
    }
    expect(compared).toBeGreaterThan(10);
  });

  it('comes without a source that does not answer in time, and names it', async () => {
    const { release } = await createSmallWorld();
    const sources = release.sources.map((source) =>
      source.name === 'user-knn'
        ? { ...source, model: { ...source.model, retrieve: () => new Promise<never>(() => undefined) } }
        : source,
    );
    const hanging = await startTestServer({ release: { ...release, sources } });
    const home = (await hanging.send('/api/v1/home?userIdx=4')).json as HomeResponse;
    expect(home.degraded).toEqual(['user-knn']);
    expect(home.rows.length).toBeGreaterThan(2);
    await hanging.close();
  });

  it('goes on row by row without repeating a title of the page', async () => {
    const home = await get<HomeResponse>('/api/v1/home?userIdx=4');
    const seen = new Set(home.rows.flatMap((row) => row.items.map(({ itemIdx }) => itemIdx)));
    for (const row of home.rows) {
      for (let cursor = row.cursor; cursor !== null; ) {
        const more: RowResponse = await get(`/api/v1/rows/${encodeURIComponent(row.id)}?userIdx=4&cursor=${cursor}`);
        expect(more.items.length).toBeGreaterThan(0);
        for (const { itemIdx } of more.items) {
          expect(seen.has(itemIdx)).toBe(false);
          seen.add(itemIdx);
        }
        cursor = more.cursor;
      }
    }
  });

  it('answers 404 for a row that is not on the page', async () => {
    expect(await server.send('/api/v1/rows/nothing?userIdx=4')).toMatchObject({
      status: 404,
      json: { code: 'ROW_NOT_FOUND' },
    });
    expect(await server.send('/api/v1/rows/popular_right_now?userIdx=4&cursor=x')).toMatchObject({
      status: 400,
      json: { code: 'BAD_CURSOR' },
    });
  });
});

describe('GET /api/v1/items/:itemIdx', () => {
  it('counts the ratings of everybody and tells the user’s own', async () => {
    const item = await get<ItemResponse>('/api/v1/items/0?userIdx=0');
    expect(item).toMatchObject({
      itemIdx: 0,
      itemId: 'm0',
      title: 'Action Story 000',
      year: 1960,
      genres: ['Action'],
    });
    const { ratings } = item;
    expect(ratings?.histogram.reduce((sum, { count }) => sum + count, 0)).toBe(ratings?.count);
    expect(item.yourRating === null || Number.isInteger(item.yourRating)).toBe(true);
  });

  it('has nulls where the catalogue has nothing', async () => {
    // The catalogue has no title of it.
    expect(await get('/api/v1/items/237')).toMatchObject({ title: 'm237', yourRating: null });
    expect(await get('/api/v1/items/236')).toMatchObject({ year: null });
    expect(await get('/api/v1/items/239')).toMatchObject({ ratings: null });
  });

  it('finds the same similar titles for everybody, and marks what the user knows', async () => {
    const all = await get<SimilarResponse>('/api/v1/items/0/similar?limit=50');
    expect(all.items.map(({ itemIdx }) => itemIdx)).not.toContain(0);
    const user = await server.newVisitor();
    const known = all.items[0]!.itemIdx;
    await sendEvents(user, [{ eventId: 'watched-1', type: 'watched', itemIdx: known }]);
    const rest = await get<SimilarResponse>(`/api/v1/items/0/similar?limit=50&userIdx=${user}`);
    expect(rest.items.map(({ itemIdx }) => itemIdx)).toEqual(all.items.map(({ itemIdx }) => itemIdx));
    expect(rest.items.filter(({ seen }) => seen).map(({ itemIdx }) => itemIdx)).toEqual([known]);
    // Of the data set's history as of what was said here.
    const ofMember = await get<SimilarResponse>('/api/v1/items/0/similar?limit=50&userIdx=0');
    expect(ofMember.items.map(({ itemIdx }) => itemIdx)).toEqual(all.items.map(({ itemIdx }) => itemIdx));
    expect(ofMember.items.some(({ seen }) => seen)).toBe(true);
    expect(all.items.some(({ seen }) => seen)).toBe(false);
    const without = await get<SimilarResponse>(`/api/v1/items/0/similar?limit=50&userIdx=${user}&exclude=${known}`);
    expect(without.items.map(({ itemIdx }) => itemIdx)).not.toContain(known);
  });

  it('falls back to the genre for an item that nobody engaged with', async () => {
    const { items } = await get<SimilarResponse>('/api/v1/items/239/similar');
    expect(items.length).toBeGreaterThan(3);
    for (const { genres } of items) expect(genres).toEqual(['Sci-Fi']);
  });
});

describe('GET /api/v1/items/:itemIdx/poster', () => {
  it('is an SVG that can do nothing, cached for good under its own address', async () => {
    const { posterUrl } = await get<ItemResponse>('/api/v1/items/3');
    const { status, headers, text } = await server.send(posterUrl);
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'image/svg+xml; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
      'x-content-type-options': 'nosniff',
    });
    expect(text).toMatch(/^<svg /);
    const again = await server.send({ url: posterUrl, headers: { 'if-none-match': String(headers['etag']) } });
    expect(again).toMatchObject({ status: 304, text: '' });
    expect(again.headers).not.toHaveProperty('content-length');
  });
});

describe('GET /api/v1/search', () => {
  it('marks what the user has said of a title', async () => {
    const user = await server.newVisitor();
    await sendEvents(user, [{ eventId: 'like-0042', type: 'like', itemIdx: 42 }]);
    const { items, total, corrected } = await get<SearchResponse>(`/api/v1/search?q=story+042&userIdx=${user}`);
    expect({ total, corrected }).toEqual({ total: 1, corrected: false });
    expect(items[0]).toMatchObject({ itemIdx: 42, feedback: { taste: 'like', watched: false, skipped: false } });
  });
});

describe('/api/v1/users', () => {
  it('spreads over users of the data set from the least to the most active, visitors first', async () => {
    const user = await server.newVisitor();
    const { users, total } = await get<UsersResponse>('/api/v1/users?limit=9');
    expect(users[0]).toMatchObject({ userIdx: user, kind: 'visitor', interactionCount: 0, topGenres: [] });
    expect(users).toHaveLength(9);
    expect(users.filter(({ kind }) => kind === 'dataset').length).toBeGreaterThanOrEqual(6);
    expect(total).toBeGreaterThanOrEqual(91);
  });

  it('finds users by the beginning of their id', async () => {
    const { users, total } = await get<UsersResponse>('/api/v1/users?query=u8&limit=50');
    expect(total).toBe(11);
    expect(users.every(({ userId }) => userId.startsWith('u8'))).toBe(true);
    expect(await get('/api/v1/users/8')).toMatchObject({ userId: 'u8', kind: 'dataset', interactionCount: 24 });
  });
});

describe('/api/v1/users with a query', () => {
  it('finds users who are known from their events alone, in demo mode and for the operator', async () => {
    await server.post('/feedback', { user_id: 'amelie/7', item_idx: 3, event: 'like' });
    const found = await get<UsersResponse>('/api/v1/users?query=amelie');
    expect(found).toMatchObject({ total: 1, users: [{ userId: 'amelie/7', kind: 'visitor', interactionCount: 1 }] });
    expect((await get<UsersResponse>('/api/v1/users?query=ame&limit=1')).users).toHaveLength(1);
    // Visitors of other browsers stay out.
    const { userId } = (await server.sendAsStranger({ method: 'POST', url: '/api/v1/users', payload: {} })).json as {
      userId: string;
    };
    expect((await get<UsersResponse>(`/api/v1/users?query=${userId}`)).total).toBe(0);
  });
});

describe('/api/v1/events', () => {
  it('answers each event of a batch for itself', async () => {
    const user = await server.newVisitor();
    const { results } = await sendEvents(user, [
      { eventId: 'batch-001', type: 'like', itemIdx: 1, rowId: 'popular_right_now', position: 0, requestId: 'r1' },
      { eventId: 'batch-002', type: 'like', itemIdx: 999 },
      { eventId: 'batch-003', type: 'undo', itemIdx: 1, undoes: 'batch-001' },
      { eventId: 'batch-004', type: 'undo', itemIdx: 1, undoes: 'batch-001' },
      { eventId: 'batch-001', type: 'like', itemIdx: 1 },
      { eventId: 'batch-005', type: 'impression', itemIdx: 2 },
    ]);
    expect(results.map(({ status }) => status)).toEqual([
      'accepted',
      'rejected',
      'accepted',
      'nothing_to_undo',
      'duplicate',
      'accepted',
    ]);
    expect(results[1]?.message).toContain('no title 999');
  });

  it('takes back a like however old and leaves what was said since', async () => {
    const user = await server.newVisitor();
    const feedback = async () => (await get<ItemResponse>(`/api/v1/items/1?userIdx=${user}`)).feedback;
    const say = (type: string, itemIdx: number, more = {}) => ({ eventId: randomUUID(), type, itemIdx, ...more });
    await sendEvents(user, [say('like', 1), say('watched', 1)]);
    for (let batch = 0; batch < 3; batch++) {
      await sendEvents(
        user,
        Array.from({ length: 40 }, (_, index) => say('like', 2 + index)),
      );
    }
    await sendEvents(user, [say('undo', 1, { undoType: 'like' })]);
    expect(await feedback()).toEqual({ taste: null, watched: true, skipped: false });
    const undo = { user_idx: user, item_idx: 1, event: 'undo', undo_type: 'like' };
    expect((await server.post('/feedback', undo)).json).toMatchObject({ status: 'nothing_to_undo' });
    await server.post('/feedback', { ...undo, undo_type: 'watched' });
    expect(await feedback()).toEqual({ taste: null, watched: false, skipped: false });
  });

  it('does not let one user undo what another said', async () => {
    const [user, other] = [await server.newVisitor(), await server.newVisitor()];
    await sendEvents(user, [{ eventId: 'mine-0001', type: 'like', itemIdx: 1 }]);
    const { results } = await sendEvents(other, [
      { eventId: 'not-mine-1', type: 'undo', itemIdx: 1, undoes: 'mine-0001' },
    ]);
    expect(results[0]?.status).toBe('accepted'); // it waits for an event of its own user
  });

  it('lists a user’s statements newest first, page by page, with what was undone', async () => {
    const user = await server.newVisitor();
    for (let item = 0; item < 5; item++) {
      await sendEvents(user, [
        { eventId: `said-${user}-${item}`, type: 'like', itemIdx: item },
        { eventId: `seen-${user}-${item}`, type: 'impression', itemIdx: item },
      ]);
    }
    await sendEvents(user, [{ eventId: `undo-${user}`, type: 'undo', itemIdx: 3 }]);
    const listed: UserEventsResponse['events'] = [];
    let cursor: string | null = null;
    do {
      const page: UserEventsResponse = await get(
        `/api/v1/users/${user}/events?limit=2${cursor === null ? '' : `&cursor=${cursor}`}`,
      );
      listed.push(...page.events);
      cursor = page.cursor;
    } while (cursor !== null);
    expect(listed.map(({ itemIdx }) => itemIdx)).toEqual([4, 3, 2, 1, 0]);
    expect(listed.map(({ undone }) => undone)).toEqual([false, true, false, false, false]);
  });
});

describe('operation', () => {
  it('tells what it serves', async () => {
    expect(await get('/api/v1/status')).toEqual({
      version: '0123456789abcdef',
      generation: 'v1',
      demo: true,
      dataset: { name: 'small-world', userCount: 90, itemCount: 240, eventCount: 2160, isMovieLens: false },
      takeovers: [],
      online: expect.objectContaining({
        throughSequence: expect.any(Number),
        engagementsSinceTraining: expect.any(Number),
      }),
      releases: [{ version: '0123456789abcdef', generation: 'v1', since: expect.stringMatching(/^\d{4}-.+Z$/) }],
    });
    expect(await get('/healthz')).toEqual({ status: 'ok' });
    expect(await get('/readyz')).toEqual({ status: 'ok' });
  });

  it('counts requests by route, stages and events', async () => {
    await get('/recommend?user_idx=1');
    const { text } = await server.send('/metrics');
    expect(text).toMatch(
      /matinee_http_request_duration_seconds_count\{method="GET",route="\/recommend",status="200"\} [1-9]/,
    );
    expect(text).toMatch(/matinee_stage_duration_seconds_count\{stage="retrieve"\} [1-9]/);
    expect(text).toMatch(/matinee_feedback_events_total\{type="like"\} [1-9]/);
  });

  describe('without a store that can be written', () => {
    const fail = () =>
      Promise.reject(new MatineeError('STORE_UNAVAILABLE', 'the event store /srv/events.db cannot be used now: full'));

    it('is not ready, and refuses feedback so that clients try again', async () => {
      const app = await startTestServer();
      const broken = await startTestServer({
        eventLog: { ...app.stores.events, append: fail },
        probeStore: fail,
      });
      expect((await broken.send('/readyz')).status).toBe(503);
      expect((await broken.send('/healthz')).status).toBe(200);
      expect((await broken.send('/recommend?user_idx=1')).status).toBe(200);
      const refused = await broken.post('/feedback', { user_idx: 1, item_idx: 2, event: 'like' });
      expect([refused.status, refused.headers['retry-after']]).toEqual([503, '1']);
      expect(refused.json).toMatchObject({ code: 'STORE_UNAVAILABLE' });
      expect(refused.text).not.toContain('/srv');
      await broken.close();
      await app.close();
    });

    it('is not ready when the store never answers', async () => {
      const app = await startTestServer({ probeStore: () => new Promise<never>(() => undefined) });
      expect((await app.send('/readyz')).status).toBe(503);
      await app.close();
    });

    it('probes once for many callers', async () => {
      let probes = 0;
      const app = await startTestServer({ probeStore: async () => void probes++ });
      await Promise.all(Array.from({ length: 20 }, () => app.send('/readyz')));
      expect(probes).toBe(1);
      await app.close();
    });
  });
});

import type {
  EventsResponse,
  HomeResponse,
  ItemResponse,
  RecommendResponse,
  SearchResponse,
  UserEventsResponse,
  UserSummary,
} from '@matinee/contract';
import { createSmallWorld } from '@matinee/recommender/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from './testing/test-server.ts';

const OPERATOR = 'a token of the operator';
const { dataset } = await createSmallWorld();

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer({ demo: false, operatorToken: OPERATOR, explorationShare: 0 });
});
afterEach(() => server.close());

const headers = { authorization: `Bearer ${OPERATOR}` };
async function get<Body>(url: string, from = server): Promise<{ status: number; body: Body }> {
  const { status, json } = await from.sendAsStranger({ url, headers });
  return { status, body: json as Body };
}
async function post<Body>(url: string, payload: object): Promise<{ status: number; body: Body }> {
  const { status, json } = await server.sendAsStranger({ method: 'POST', url, headers, payload });
  return { status, body: json as Body };
}
const encode = encodeURIComponent;
const IDS = ['007', 'ü/ä', 'a b', 'x'.repeat(64), '12', 'u3?k=1&user_idx=4#', '%2F', '😀', 'it\'s "quoted"'];

describe('users by the ids of your own data', () => {
  it.each(IDS)(
    '%s gets the list of a new user, becomes a user with the first event, and is one from then on',
    async (id) => {
      const anonymous = await get<RecommendResponse>(`/recommend?user_id=${encode(id)}&k=20`);
      expect(anonymous.status).toBe(200);
      expect(anonymous.body).toMatchObject({ user_idx: null, user_id: id });
      const [first] = anonymous.body.items;
      expect((await get(`/api/v1/users/by-id/${encode(id)}`)).status).toBe(404);
      expect((await server.stores.visitors.list(9)).length).toBe(0);

      const liked = { user_id: id, item_id: first?.item_id, event: 'like' };
      expect((await post('/feedback', liked)).body).toMatchObject({ status: 'accepted' });
      const after = await get<RecommendResponse>(`/recommend?user_id=${encode(id)}&k=20`);
      expect(after.body.items.map(({ item_id }) => item_id)).not.toContain(first?.item_id);
      const { userIdx, ...user } = (await get<UserSummary>(`/api/v1/users/by-id/${encode(id)}`)).body;
      expect(user).toMatchObject({ userId: id, kind: 'visitor', interactionCount: 1 });
      expect(after.body).toMatchObject({ user_idx: userIdx, user_id: id });
      const byIdx = await get<RecommendResponse>(`/recommend?user_idx=${userIdx}&k=20`);
      expect(byIdx.body).toEqual(after.body);
      const events = await get<UserEventsResponse>(`/api/v1/users/by-id/${encode(id)}/events`);
      expect(events.body.events).toMatchObject([{ type: 'like', itemId: first?.item_id }]);
      await post('/feedback', { user_id: id, item_idx: 3, event: 'watched' });
      expect((await server.stores.visitors.list(9)).map(({ userId }) => userId)).toEqual([id]);
    },
  );

  it('are those of the data set, too', async () => {
    const [byId, byIdx] = [
      await get<RecommendResponse>('/recommend?user_id=u3'),
      await get<RecommendResponse>('/recommend?user_idx=3'),
    ];
    expect(byId.body).toMatchObject({ user_idx: 3, user_id: 'u3' });
    expect(byId.body).toEqual(byIdx.body);
    expect((await get<UserSummary>('/api/v1/users/by-id/u3')).body).toMatchObject({ userIdx: 3, kind: 'dataset' });
    const homes = [
      await get<HomeResponse>('/api/v1/home?userId=u3'),
      await get<HomeResponse>('/api/v1/home?userIdx=3'),
    ];
    expect(homes[0].body.rows).toEqual(homes[1].body.rows);
  });

  it('makes one user of first events that come at the same moment', async () => {
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, at) => post('/feedback', { user_id: 'new', item_id: `m${at}`, event: 'like' })),
    );
    expect(results.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
    expect((await server.stores.visitors.list(9)).length).toBe(1);
    expect((await get<UserSummary>('/api/v1/users/by-id/new')).body.interactionCount).toBe(10);
  });

  it('does not answer from before the first event', async () => {
    const url = '/recommend?user_id=new&k=5';
    const before = (await get<RecommendResponse>(url)).body.items.map(({ item_id }) => item_id);
    await get(url);
    await post('/feedback', { user_id: 'new', item_id: before[0], event: 'watched' });
    expect((await get<RecommendResponse>(url)).body.items.map(({ item_id }) => item_id)).not.toContain(before[0]);
  });

  it('makes no user of an event that is refused', async () => {
    expect((await post('/feedback', { user_id: 'new', item_id: 'nothing', event: 'like' })).status).toBe(404);
    expect((await post('/feedback', { user_id: 'new', item_idx: 9999, event: 'like' })).status).toBe(404);
    expect((await post('/feedback', { user_id: 'new', item_id: 'm1', event: 'love' })).status).toBe(400);
    expect(await server.stores.visitors.list(9)).toEqual([]);
  });

  it('makes no user of an event on a title that nobody may see', async () => {
    const hidden = await startTestServer({ operatorToken: OPERATOR, catalogueToken: OPERATOR });
    const send = (method: 'POST' | 'DELETE', url: string, payload?: object | string, type = 'application/json') =>
      hidden.sendAsStranger({
        ...{ method, url, headers: { ...headers, 'content-type': type } },
        ...(payload && { payload }),
      });
    await hidden.sendAsStranger({ method: 'DELETE', url: '/api/v1/items/by-id/m1', headers });
    const like = { user_id: 'new', item_id: 'm1', event: 'like' };
    expect((await send('POST', '/feedback', like)).status).toBe(404);
    const batch = { userId: 'new', events: [{ eventId: 'event-01', type: 'like', itemId: 'm1' }] };
    expect((await send('POST', '/api/v1/events', batch)).json).toMatchObject({ results: [{ status: 'rejected' }] });
    const lines = await send('POST', '/api/v1/events', JSON.stringify(like), 'application/x-ndjson');
    expect(lines.text).toContain('"code":"ITEM_NOT_FOUND"');
    expect(await hidden.stores.visitors.list(9)).toEqual([]);
    await hidden.close();
  });

  it('makes no user of an undo that names no event: there is nothing to undo', async () => {
    const undo = { user_id: 'new', item_id: 'm1', event: 'undo', event_id: 'event-01' };
    for (const body of [undo, { ...undo, undo_type: 'like' }]) {
      expect(await post('/feedback', body)).toEqual({
        status: 200,
        body: { event_id: 'event-01', status: 'nothing_to_undo' },
      });
    }
    const event = { eventId: 'event-01', type: 'undo', itemId: 'm1' };
    const batch = { userId: 'new', events: [event, { ...event, itemId: 'none' }] };
    expect((await post<EventsResponse>('/api/v1/events', batch)).body.results.map(({ status }) => status)).toEqual([
      ...['nothing_to_undo', 'rejected'],
    ]);
    expect(await server.stores.visitors.list(9)).toEqual([]);
    // One that names an event may come before it.
    expect((await post('/feedback', { ...undo, undoes: 'event-02' })).body).toMatchObject({ status: 'accepted' });
    expect((await server.stores.visitors.list(9)).map(({ userId }) => userId)).toEqual(['new']);
  });

  it.each([' ada', 'ada ', '\u00a0ada', 'ada\n', ' ', 'a\u0001da'])(
    'makes no user of %j, which would be another id in the data set',
    async (id) => {
      const like = { user_id: id, item_id: 'm1', event: 'like' };
      expect(await post('/feedback', like)).toMatchObject({
        status: 400,
        body: { code: 'BAD_REQUEST', message: expect.stringMatching(/^body: "user_id" must not/) },
      });
      const batch = { userId: id, events: [{ eventId: 'event-01', type: 'like', itemId: 'm1' }] };
      expect((await post('/api/v1/events', batch)).status).toBe(400);
      const { text } = await server.sendAsStranger({
        ...{ method: 'POST', url: '/api/v1/events', payload: JSON.stringify(like) },
        headers: { ...headers, 'content-type': 'application/x-ndjson' },
      });
      expect(text).toContain('"code":"BAD_REQUEST"');
      const household = (await post<{ householdId: string }>('/api/v1/households', {})).body;
      const profile = { name: 'Ada', userId: id };
      expect((await post(`/api/v1/households/${household.householdId}/profiles`, profile)).status).toBe(400);
      expect(await server.stores.visitors.list(9)).toEqual([]);
    },
  );

  it('keeps the ids of its own visitors apart', async () => {
    for (const user_id of ['visitor-me', 'profile-me']) {
      expect((await post('/feedback', { user_id, item_id: 'm1', event: 'like' })).status).toBe(404);
    }
  });

  it('tells a caller who may not act for anybody nothing of who is there', async () => {
    await post('/feedback', { user_id: 'known', item_id: 'm1', event: 'like' });
    const answers = await Promise.all(
      ['known', 'unknown', 'u3'].map((id) => server.sendAsStranger(`/recommend?user_id=${id}`)),
    );
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401]);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    const refused = await server.sendAsStranger({
      ...{ method: 'POST', url: '/feedback' },
      payload: { user_id: 'unknown', item_id: 'm1', event: 'like' },
    });
    expect(refused.status).toBe(401);
    expect((await server.stores.visitors.list(9)).length).toBe(1);
  });

  it('works in demo mode without a token', async () => {
    const demo = await startTestServer();
    const like = await demo.post('/feedback', { user_id: 'ü', item_id: 'm1', event: 'like' });
    expect(like.status).toBe(200);
    expect((await demo.send('/recommend?user_id=%C3%BC')).status).toBe(200);
    await demo.close();
  });

  it.each([
    ['/recommend?k=5', '"user_idx" or "user_id" is required'],
    ['/recommend?user_idx=3&user_id=u3', 'give "user_idx" or "user_id", not both'],
    ['/api/v1/home', '"userIdx" or "userId" is required'],
    ['/api/v1/home?userIdx=3&userId=u3', 'give "userIdx" or "userId", not both'],
    ['/api/v1/search?q=a&userIdx=3&userId=u3', 'give "userIdx" or "userId", not both'],
    ['/recommend?user_id=', 'user_id'],
  ])('refuses %s', async (url, message) => {
    const { status, body } = await get<{ message: string }>(url);
    expect(status).toBe(400);
    expect(body.message).toContain(message);
  });
});

describe('the length of an id in a path', () => {
  it.each(['x', 'ü', '😀'])('is at most 200 characters, however many bytes %s has', async (letter) => {
    const longest = letter.repeat(200 / letter.length);
    for (const [id, status, code] of [
      [longest, 404, 'USER_NOT_FOUND'],
      [`${longest}${letter}`, 414, 'BAD_URL'],
    ] as const) {
      const answer = await get(`/api/v1/users/by-id/${encode(id)}`);
      expect(answer).toMatchObject({ status, body: { statusCode: status, code } });
    }
  });
});

describe('titles by the ids of your own catalogue', () => {
  it('are taken wherever an index is, and are in every list', async () => {
    const item = (await get<ItemResponse>('/api/v1/items/by-id/m5?userId=u3')).body;
    expect(item).toEqual((await get<ItemResponse>('/api/v1/items/5?userIdx=3')).body);
    expect(item).toMatchObject({ itemIdx: 5, itemId: 'm5' });
    expect((await get('/api/v1/items/by-id/m5/similar')).body).toEqual((await get('/api/v1/items/5/similar')).body);
    const { rows, hero } = (await get<HomeResponse>('/api/v1/home?userId=u3')).body;
    const cards = [...rows.flatMap(({ items }) => items), hero!];
    cards.push(...(await get<SearchResponse>('/api/v1/search?q=story')).body.items);
    for (const { itemIdx, itemId } of cards) expect(itemId).toBe(dataset.items.vocabulary.ids[itemIdx]);
    const { body } = await post<EventsResponse>('/api/v1/events', {
      userId: 'u3',
      events: [
        { eventId: 'by-id-001', type: 'like', itemId: 'm5' },
        { eventId: 'by-id-002', type: 'like', itemIdx: 6 },
        { eventId: 'by-id-003', type: 'like', itemId: 'nothing' },
      ],
    });
    expect(body.results).toEqual([
      { eventId: 'by-id-001', status: 'accepted' },
      { eventId: 'by-id-002', status: 'accepted' },
      { eventId: 'by-id-003', status: 'rejected', message: 'no title has the id "nothing"' },
    ]);
    const events = [{ eventId: 'by-id-004', type: 'like', itemId: 'm5', itemIdx: 5 }];
    expect((await post('/api/v1/events', { userId: 'u3', events })).status).toBe(400);
    expect((await post('/feedback', { user_id: 'u3', event: 'like' })).status).toBe(400);
    expect((await get('/api/v1/items/by-id/nothing')).status).toBe(404);
  });
});

describe('a list without a user, from titles', () => {
  it('is that of somebody who likes them, has none of them, and is nobody’s', async () => {
    const ids = ['m5', 'm11', 'm17'];
    const query = ids.map((id) => `item_id=${id}`).join('&');
    const { status, body } = await get<RecommendResponse>(`/recommend?${query}&k=20`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ user_idx: null, user_id: null });
    expect(body.items).toHaveLength(20);
    for (const { item_id } of body.items) expect(ids).not.toContain(item_id);
    // All three are of one genre.
    const ofTheirKind = ({ items }: RecommendResponse): number =>
      items.filter(({ item_idx }) => item_idx % 6 === 5).length;
    const ofNobody = await get<RecommendResponse>('/recommend?user_id=nobody&k=20');
    expect(ofTheirKind(body)).toBeGreaterThan(ofTheirKind(ofNobody.body));
    await post('/feedback', { user_id: 'fan', item_id: 'm5', event: 'like' });
    const [one, ofFan] = [
      await get<RecommendResponse>('/recommend?item_id=m5'),
      await get<RecommendResponse>('/recommend?user_id=fan'),
    ];
    expect(one.body.items).toEqual(ofFan.body.items);
    expect((await server.sendAsStranger(`/recommend?${query}`)).status).toBe(200);
  });

  it.each([
    ['/recommend?item_id=m5&user_id=u3', 400],
    ['/recommend?item_id=m5&item_id=nothing', 404],
    ['/recommend?item_id=', 400],
    [`/recommend?${Array.from({ length: 21 }, (_, at) => `item_id=m${at}`).join('&')}`, 400],
  ])('refuses %s', async (url, status) => {
    expect((await get(url)).status).toBe(status);
  });
});

describe('a profile', () => {
  it('is given to a user by their own id, known or not, by who may open them for good', async () => {
    const { householdId } = (await post<{ householdId: string }>('/api/v1/households', {})).body;
    const url = `/api/v1/households/${householdId}/profiles`;
    const first = await post<{ userIdx: number }>(url, { name: 'Ada', userId: 'ada/1' });
    expect(first.status).toBe(201);
    expect((await get<UserSummary>(`/api/v1/users/by-id/${encode('ada/1')}`)).body.userIdx).toBe(first.body.userIdx);
    expect(await post(url, { name: 'Three', userId: 'u3' })).toMatchObject({ status: 201, body: { userIdx: 3 } });
    expect((await post(url, { name: 'Both', userId: 'u4', userIdx: 4 })).status).toBe(400);
    const payload = { name: 'Eve', userId: 'eve' };
    expect((await server.sendAsStranger({ method: 'POST', url, payload })).status).toBe(401);
    expect((await get(`/api/v1/users/by-id/eve`)).status).toBe(404);
  });
});

describe('a list of titles', () => {
  it('is the same by number and by id', async () => {
    const [byIdx, byId] = [
      await get<RecommendResponse>('/recommend?item_idx=3&item_idx=8&k=12'),
      await get<RecommendResponse>('/recommend?item_id=m3&item_id=m8&k=12'),
    ];
    expect(byIdx.status).toBe(200);
    expect(byIdx.body).toEqual(byId.body);
    expect((await get('/recommend?item_idx=3&user_idx=3')).status).toBe(400);
    expect((await get('/recommend?item_idx=99999')).status).toBe(404);
  });
});

import type { ErrorResponse, FeedbackResponse, HomeResponse, RecommendResponse } from '@matinee/contract';
import { defined } from '@matinee/numerics';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from './testing/test-server.ts';

const TOKEN = 'the token of the operator';
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ operatorToken: TOKEN });
});
afterAll(() => server.close());

const recommend = async (query: string) => {
  const { status, json } = await server.send(`/recommend?${query}`);
  return { status, body: json as RecommendResponse };
};
const feedback = async (user: number, item: number, event: string, eventId?: string) => {
  const payload = { user_idx: user, item_idx: item, event, ...defined({ event_id: eventId }) };
  const { status, json } = await server.post('/feedback', payload);
  return { status, body: json as FeedbackResponse };
};
const itemsOf = async (user: number, k = 100) =>
  (await recommend(`user_idx=${user}&k=${k}`)).body.items.map(({ item_idx }) => item_idx);

describe('GET /recommend', () => {
  it('answers with exactly the fields of the contract', async () => {
    const { status, body } = await recommend('user_idx=3&k=5');
    expect(status).toBe(200);
    expect(new Set(Object.keys(body))).toEqual(new Set(['items', 'k', 'user_idx', 'user_id', 'version', 'release']));
    expect(body).toMatchObject({ user_idx: 3, k: 5, version: 'v1', release: '0123456789abcdef' });
    expect(body.items).toHaveLength(5);
    for (const item of body.items) {
      expect(new Set(Object.keys(item))).toEqual(
        new Set([
          'item_idx',
          'item_id',
          'title',
          'score',
          'section',
          'reason',
          'reason_code',
          'poster_url',
          'sources',
          'contributions',
        ]),
      );
      expect(item.item_id).toBe(`m${item.item_idx}`);
      expect(item.title).toMatch(/^[A-Z].* Story \d{3} \(\d{4}\)$/);
      const sum = item.contributions.reduce((total, { contribution }) => total + contribution, 0);
      expect(item.score).toBeCloseTo(sum, 5);
    }
  });

  it('gives the id where the catalogue has no title', async () => {
    const { items } = (await recommend('user_idx=3&k=100&filter=year%20%3D%202017')).body;
    expect(items.find(({ item_idx }) => item_idx === 237)?.title).toBe('m237 (2017)');
  });

  it('gives ten titles, best first, where k is not said', async () => {
    const { items } = (await recommend('user_idx=3')).body;
    expect(items).toHaveLength(10);
    const scores = items.map(({ score }) => score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  });

  it('takes the weights of further goals as decimals, within bounds', async () => {
    expect((await recommend('user_idx=3&k=2&novelty=0.25&liked=1')).status).toBe(200);
    for (const wrong of ['novelty=11', 'novelty=-0.1', 'liked=1e3', 'satisfied=a.5']) {
      expect((await recommend(`user_idx=3&k=2&${wrong}`)).status).toBe(400);
    }
  });

  it('leaves titles out and adds the trace on request', async () => {
    const { items, debug } = (await recommend('user_idx=3&k=2&include_titles=false&debug=true')).body;
    expect(items[0]).not.toHaveProperty('title');
    expect(debug?.sources.map(({ name }) => name)).toContain('item-knn');
    expect(items[0]?.sources.every((name) => /^[a-z0-9_]+$/.test(name))).toBe(true);
    expect(debug?.removed).toEqual({ seen: 24 });
    expect(Object.keys(debug?.stages_ms ?? {})).toEqual([
      'hydrate',
      'rules',
      'retrieve',
      'blend',
      'score',
      'filter',
      'rank',
      'slate',
      'explain',
    ]);
  });

  it.each([
    ['k=0', '"k" must be >= 1; got 0'],
    ['k=-1', '"k" must be >= 1; got -1'],
    ['k=1000000000', '"k" must be <= 100; got 1000000000'],
    ['k=101', '"k" must be <= 100; got 101'],
    ['k=1.5', '"k" must be integer; got "1.5"'],
    ['k=ten', '"k" must be integer; got "ten"'],
    ['k=', '"k" must be integer; got ""'],
    ['k=5&k=6', '"k" must be integer; got ["5","6"]'],
    ['debug=maybe', '"debug" must be boolean; got "maybe"'],
    ['limit=5', 'no field "limit" is known here'],
  ])('refuses ?%s with a 400 that says why', async (query, message) => {
    const { status, json } = await server.send(`/recommend?user_idx=3&${query}`);
    expect(status).toBe(400);
    expect(json as ErrorResponse).toEqual({ statusCode: 400, code: 'BAD_REQUEST', message: `query: ${message}` });
  });

  it('answers 400 without a user and 404 for one it does not know', async () => {
    expect(await server.send('/recommend')).toMatchObject({
      status: 400,
      json: { message: 'query: "user_idx" or "user_id" is required' },
    });
    for (const user of [90, 2 ** 30, 2 ** 31 - 1]) {
      const headers = { authorization: `Bearer ${TOKEN}` };
      expect(await server.send({ url: `/recommend?user_idx=${user}`, headers })).toMatchObject({
        status: 404,
        json: { statusCode: 404, code: 'USER_NOT_FOUND' },
      });
    }
    expect((await server.send('/recommend?user_idx=90')).status).toBe(404);
  });
});

describe('POST /feedback', () => {
  it('shows in the next answer: what was watched is never shown again', async () => {
    const user = await server.newVisitor();
    const [first] = await itemsOf(user);
    expect(await feedback(user, first!, 'watched')).toMatchObject({ status: 200, body: { status: 'accepted' } });
    expect(await itemsOf(user)).not.toContain(first);
  });

  it('is undone by undo: the answer is the one from before', async () => {
    const user = await server.newVisitor();
    await feedback(user, 12, 'like');
    const before = await recommend(`user_idx=${user}&k=100`);
    for (const event of ['like', 'dislike', 'watched', 'skip']) {
      await feedback(user, 18, event);
      expect(await recommend(`user_idx=${user}&k=100`)).not.toEqual(before);
      expect((await feedback(user, 18, 'undo')).body.status).toBe('accepted');
      expect(await recommend(`user_idx=${user}&k=100`)).toEqual(before);
    }
    expect((await feedback(user, 18, 'undo')).body.status).toBe('nothing_to_undo');
  });

  it('is the same for two requests of one user, and takes no item from another user', async () => {
    const [user, other] = [await server.newVisitor(), await server.newVisitor()];
    const before = await itemsOf(other);
    await feedback(user, 30, 'like');
    const [a, b] = await Promise.all([itemsOf(user), itemsOf(user)]);
    expect(a).toEqual(b);
    expect([...(await itemsOf(other))].sort()).toEqual([...before].sort());
  });

  it('works for users of the data set as for visitors', async () => {
    const [first] = await itemsOf(7);
    await feedback(7, first!, 'skip');
    expect(await itemsOf(7)).not.toContain(first);
    await feedback(7, first!, 'undo');
    expect((await itemsOf(7))[0]).toBe(first);
  });

  it('stores an event id once', async () => {
    const user = await server.newVisitor();
    expect((await feedback(user, 5, 'like', 'my-event-1')).body).toEqual({
      event_id: 'my-event-1',
      status: 'accepted',
    });
    expect((await feedback(user, 5, 'like', 'my-event-1')).body).toEqual({
      event_id: 'my-event-1',
      status: 'duplicate',
    });
    expect((await feedback(user, 5, 'undo', 'my-undo-01')).body.status).toBe('accepted');
    expect((await feedback(user, 5, 'undo', 'my-undo-01')).body.status).toBe('duplicate');
  });

  it('refuses titles and users that do not exist with a 404, and stores nothing', async () => {
    const user = await server.newVisitor();
    expect(await feedback(user, 240, 'like')).toMatchObject({ status: 404, body: { code: 'ITEM_NOT_FOUND' } });
    expect(await feedback(90, 5, 'like')).toMatchObject({ status: 404, body: { code: 'USER_NOT_FOUND' } });
    const { json } = await server.send(`/api/v1/users/${user}/events`);
    expect(json).toEqual({ events: [], cursor: null });
  });

  it('takes no number for text and no text for number', async () => {
    for (const [user_idx, item_idx, event] of [
      ['3', 5, 'like'],
      [3, '5', 'like'],
      [3, null, 'like'],
      [true, 5, 'like'],
      [3, 5, 'love'],
      [3, 5.5, 'like'],
      [-1, 5, 'like'],
    ]) {
      expect(await server.post('/feedback', { user_idx, item_idx, event })).toMatchObject({
        status: 400,
        json: { code: 'BAD_REQUEST' },
      });
    }
  });
});

describe('the page', () => {
  it('lifts a liked title’s neighbours on the next page', async () => {
    const user = await server.newVisitor();
    const kindsOf = async () =>
      ((await server.send(`/api/v1/home?userIdx=${user}`)).json as HomeResponse).rows.map(({ kind }) => kind);
    expect(await kindsOf()).not.toContain('from_your_recent_intent');
    await feedback(user, 12, 'like');
    expect(await kindsOf()).toContain('from_your_recent_intent');
  });
});

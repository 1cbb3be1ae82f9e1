import type {
  DeletedUser,
  HomeResponse,
  ItemResponse,
  MergedUser,
  StatusResponse,
  UserEventsResponse,
  UserSummary,
  UsersResponse,
} from '@matinee/contract';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from './testing/test-server.ts';

const OPERATOR = 'a token of the operator';
const headers = { authorization: `Bearer ${OPERATOR}` };

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer({ operatorToken: OPERATOR, explorationShare: 0 });
});
afterEach(() => server.close());

type Method = 'GET' | 'POST' | 'DELETE';
async function operate<Body>(method: Method, url: string, payload?: object, to = server) {
  const answer = await to.sendAsStranger({ method, url, headers, ...(payload && { payload }) });
  return { status: answer.status, body: answer.json as Body, text: answer.text };
}
const say = (user_idx: number, item_idx: number, event: string) =>
  server.post('/feedback', { user_idx, item_idx, event });
const latelyOf = async (itemIdx: number, from = server) =>
  ((await from.send(`/api/v1/items/${itemIdx}`)).json as ItemResponse).lately;
async function linesOf(url: string): Promise<Record<string, unknown>[]> {
  const { text } = await operate('GET', url);
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('the export of a user', () => {
  it('has every event, also clicks, impressions and what was undone, and what the data set has', async () => {
    for (const event of ['like', 'click', 'impression', 'undo', 'watched']) await say(3, 9, event);
    await say(4, 9, 'like');
    const lines = await linesOf('/api/v1/users/3/export');
    expect(lines[0]).toEqual({ kind: 'user', userIdx: 3, userId: 'u3', userKind: 'dataset' });
    expect(lines.filter(({ kind }) => kind === 'interaction')).toHaveLength(24);
    const events = lines.filter(({ kind }) => kind === 'event');
    expect(events.map(({ type, undone }) => `${type}${undone ? ' undone' : ''}`)).toEqual([
      ...['watched', 'undo', 'impression', 'click', 'like undone'],
    ]);
    for (const { itemId } of events) expect(itemId).toBe('m9');
    expect(await linesOf('/api/v1/users/by-id/u3/export')).toEqual(lines);
  });

  it('is longer than one page of the log', async () => {
    const log = server.stores.events;
    const event = (at: number) => ({ eventId: `e${at}`, userId: 'u3', itemId: 'm1', type: 'click' as const, atMs: at });
    await log.append(Array.from({ length: 2500 }, (_, at) => event(at)));
    const lines = await linesOf('/api/v1/users/3/export');
    expect(new Set(lines.map(({ eventId }) => eventId)).size).toBe(2501);
  });

  it('is for the user and the operator alone', async () => {
    const userIdx = await server.newVisitor();
    expect((await server.send(`/api/v1/users/${userIdx}/export`)).status).toBe(200);
    expect((await server.sendAsStranger(`/api/v1/users/${userIdx}/export`)).status).toBe(401);
    // Demo mode lets everybody look at the page of a user of the data set, not at the record.
    expect((await server.send('/api/v1/users/3/export')).status).toBe(401);
  });

  it('is told of in part by the list of events, by type', async () => {
    for (const event of ['like', 'click', 'impression']) await say(3, 9, event);
    const typesOf = async (query: string) =>
      ((await server.send(`/api/v1/users/3/events${query}`)).json as UserEventsResponse).events.map(({ type }) => type);
    expect(await typesOf('')).toEqual(['like']);
    expect(await typesOf('?types=click,impression')).toEqual(['impression', 'click']);
    expect((await server.send('/api/v1/users/3/events?types=love')).status).toBe(400);
  });
});

describe('a user who is deleted', () => {
  it('is gone from the log, the counts and every route, at once and after a restart', async () => {
    const before = await latelyOf(9);
    const popular = (await server.send(`/api/v1/home?userIdx=${await server.newVisitor()}`)).json as HomeResponse;
    const userIdx = await server.newVisitor();
    for (const event of ['like', 'click', 'impression']) await say(userIdx, 9, event);
    await say(userIdx, 10, 'watched');
    expect(await latelyOf(9)).not.toEqual(before);
    const answer = (await server.send({ method: 'DELETE', url: `/api/v1/users/${userIdx}` })).json as DeletedUser;
    expect(answer).toMatchObject({ events: 4, userId: expect.stringMatching(/^visitor-/) });
    expect(answer.derived).toContain('next release');
    expect(await server.stores.events.eventsAfter(0, 10)).toEqual([]);
    expect(await latelyOf(9)).toEqual(before);
    const later = (await server.send(`/api/v1/home?userIdx=${await server.newVisitor()}`)).json as HomeResponse;
    expect(later.rows).toEqual(popular.rows);
    for (const url of [`/recommend?user_idx=${userIdx}`, `/api/v1/users/${userIdx}/events`]) {
      expect((await server.send(url)).status).toBe(401);
    }
    expect((await say(userIdx, 9, 'like')).status).toBe(401);
    const again = await startTestServer({ eventLog: server.stores.events, visitors: server.stores.visitors });
    expect(await latelyOf(9, again)).toEqual(before);
    await again.close();
  });

  it('of the data set does not come back by a restart', async () => {
    await say(3, 9, 'like');
    await server.send('/recommend?user_idx=3');
    expect((await operate<DeletedUser>('DELETE', '/api/v1/users/by-id/u3')).body).toMatchObject({ events: 1 });
    const again = await startTestServer({ eventLog: server.stores.events, operatorToken: OPERATOR });
    for (const to of [server, again]) {
      for (const url of ['/recommend?user_idx=3', '/api/v1/users/3', '/api/v1/users/3/export']) {
        expect((await operate('GET', url, undefined, to)).status).toBe(404);
      }
      const { body } = await operate<{ users: { userIdx: number }[] }>('GET', '/api/v1/users?query=u3', undefined, to);
      expect(body.users.map(({ userIdx }) => userIdx)).not.toContain(3);
    }
    // Whose ratings are no longer counted.
    const sumOf = async (from: TestServer): Promise<number> => {
      const items = await Promise.all([3, 9, 15].map((item) => from.send(`/api/v1/items/${item}`)));
      return items.reduce((sum, { json }) => sum + ((json as ItemResponse).ratings?.count ?? 0), 0);
    };
    expect(await sumOf(again)).toBeLessThan(await sumOf(server));
    await again.close();
  });

  it('of the data set is not counted among its users', async () => {
    const countsOf = async () => {
      const { body } = await operate<StatusResponse>('GET', '/api/v1/status');
      const { body: listed } = await operate<UsersResponse>('GET', '/api/v1/users');
      const { body: found } = await operate<UsersResponse>('GET', '/api/v1/users?query=u3');
      return [body.dataset.userCount, listed.total, found.total];
    };
    const before = await countsOf();
    await operate('DELETE', '/api/v1/users/by-id/u3');
    expect(await countsOf()).toEqual(before.map((count) => count - 1));
    await operate('POST', '/feedback', { user_id: 'u3', item_id: 'm5', event: 'like' });
    const [members, listed, found] = await countsOf();
    expect([members, listed, found]).toEqual([before[0]! - 1, before[1], before[2]]);
  });

  it('and comes back by the same id is new', async () => {
    await operate('DELETE', '/api/v1/users/3');
    expect((await operate<{ user_idx: null }>('GET', '/recommend?user_id=u3')).body.user_idx).toBeNull();
    await operate('POST', '/feedback', { user_id: 'u3', item_id: 'm5', event: 'like' });
    expect((await operate('GET', '/api/v1/users/by-id/u3')).body).toMatchObject({
      kind: 'visitor',
      interactionCount: 1,
    });
  });

  it('with a profile loses it, too, where an adult or the operator asks for it', async () => {
    const { householdId } = (await server.post('/api/v1/households', {})).json as { householdId: string };
    const profile = { name: 'Kim', isKids: true };
    const made = await server.post(`/api/v1/households/${householdId}/profiles`, profile);
    const { userIdx } = made.json as { userIdx: number };
    expect((await operate('DELETE', `/api/v1/users/${userIdx}`)).status).toBe(200);
    const home = await server.send(`/api/v1/households/${householdId}`);
    expect(home.json).toMatchObject({ profiles: [] });
  });

  it('is deleted by nobody else, and not in demo mode', async () => {
    const userIdx = await server.newVisitor();
    for (const idx of [userIdx, 3]) {
      expect((await server.sendAsStranger({ method: 'DELETE', url: `/api/v1/users/${idx}` })).status).toBe(401);
    }
    expect((await server.send(`/api/v1/users/${userIdx}`)).status).toBe(200);
  });
});

describe('a visitor who is merged into a user', () => {
  it('gives the user all feedback, in the next answer, and is gone', async () => {
    const visitor = await server.newVisitor();
    await say(visitor, 9, 'like');
    await say(visitor, 10, 'watched');
    await operate('POST', '/feedback', { user_id: 'amelie', item_id: 'm11', event: 'like' });
    const stateOf = async (item: number) =>
      (await operate<ItemResponse>('GET', `/api/v1/items/${item}?userId=amelie`)).body.feedback;
    expect((await stateOf(9)).taste).toBeNull();
    const url = '/api/v1/users/by-id/amelie/merge';
    const { userId: visitorId } = (await operate<UserSummary>('GET', `/api/v1/users/${visitor}`)).body;
    const merged = await operate<MergedUser>('POST', url, { from: visitor });
    expect(merged.body).toMatchObject({ userId: 'amelie', events: 2 });
    expect([await stateOf(9), await stateOf(10), await stateOf(11)]).toMatchObject([
      ...[{ taste: 'like' }, { watched: true }, { taste: 'like' }],
    ]);
    expect((await latelyOf(9)).lastHour).toBe(1);
    expect((await server.send(`/api/v1/users/${visitor}`)).status).toBe(401);
    expect(await operate<MergedUser>('POST', url, { from: visitor })).toMatchObject({
      status: 200,
      body: { events: 0 },
    });
    const { events: eventLog, visitors } = server.stores;
    const again = await startTestServer({ eventLog, visitors, operatorToken: OPERATOR });
    for (const from of [{ from: visitor }, { fromId: visitorId }]) {
      const repeated = await operate<MergedUser>('POST', url, from, again);
      expect(repeated).toMatchObject({ status: 200, body: { userId: 'amelie', events: 0 } });
      // It says so of that user alone.
      expect((await operate('POST', '/api/v1/users/3/merge', from, again)).status).toBe(404);
    }
    await again.close();
    await operate('POST', '/feedback', { user_id: 'amelie', item_id: 'm9', event: 'undo' });
    expect((await stateOf(9)).taste).toBeNull();
  });

  it('must be a visitor whom the request may open', async () => {
    const visitor = await server.newVisitor();
    expect((await operate('POST', '/api/v1/users/3/merge', { from: 4 })).status).toBe(400);
    expect((await operate('POST', '/api/v1/users/3/merge', {})).status).toBe(400);
    expect((await operate('POST', '/api/v1/users/3/merge', { from: 2 ** 30 + 99 })).status).toBe(404);
    const stranger = { method: 'POST' as const, payload: { from: visitor } };
    expect((await server.sendAsStranger({ ...stranger, url: '/api/v1/users/3/merge' })).status).toBe(401);
    const other = await server.newVisitor();
    expect((await server.send({ ...stranger, url: `/api/v1/users/${other}/merge` })).status).toBe(200);
  });
});

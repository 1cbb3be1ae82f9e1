import { createClient, dataOf, type MatineeClient, RequestError } from '@matinee/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from './testing/test-server.ts';

let server: TestServer;
let client: MatineeClient;
let baseUrl: string;
beforeEach(async () => {
  server = await startTestServer();
  baseUrl = await server.app.listen({ host: '127.0.0.1', port: 0 });
  client = createClient({ baseUrl: `${baseUrl}/` });
});
afterEach(() => server.close());

/** A `fetch` whose first answer is lost after the server has acted on the request. */
function losesFirstAnswer(): (request: Request) => Promise<Response> {
  let isLost = false;
  return async (request) => {
    const answer = await fetch(request);
    if (isLost) return answer;
    isLost = true;
    throw new TypeError('the connection was reset');
  };
}

describe('@matinee/client against the server', () => {
  it('recommends, takes feedback, and lists what changed', async () => {
    const { userIdx, secret } = dataOf(await client.POST('/api/v1/users', { body: {} }));
    const theirs = createClient({ baseUrl, visitorSecret: secret });
    const query = { user_idx: userIdx, k: 3 };
    const before = dataOf(await theirs.GET('/recommend', { params: { query } }));
    expect(before.items).toHaveLength(3);
    const liked = before.items[0]!.item_idx;
    const body = { user_idx: userIdx, item_idx: liked, event: 'like' } as const;
    expect(dataOf(await theirs.POST('/feedback', { body }))).toMatchObject({ status: 'accepted' });
    const after = dataOf(await theirs.GET('/recommend', { params: { query } }));
    expect(after.items.map(({ item_idx }) => item_idx)).not.toContain(liked);
    const path = { itemIdx: liked };
    const item = dataOf(await theirs.GET('/api/v1/items/{itemIdx}', { params: { path, query: { userIdx } } }));
    expect(item.feedback.taste).toBe('like');
  });

  it('throws what the server says', async () => {
    const answer = await client.GET('/recommend', { params: { query: { user_idx: 5_000_000 } } });
    expect(() => dataOf(answer)).toThrow(RequestError);
    expect(() => dataOf(answer)).toThrow('no user 5000000');
    expect(answer.error).toMatchObject({ statusCode: 404, code: 'USER_NOT_FOUND' });
  });

  it('counts feedback once whose answer is lost', async () => {
    const unlucky = createClient({ baseUrl, fetch: losesFirstAnswer() });
    const body = { user_idx: 7, item_idx: 5, event: 'click' } as const;
    expect(dataOf(await unlucky.POST('/feedback', { body })).status).toBe('duplicate');
    const events = await server.stores.events.eventsOfUser('u7', { limit: 10 });
    expect(events.map(({ type }) => type)).toEqual(['click']);
  });

  it('sends nothing twice that would then be there twice', async () => {
    const unlucky = createClient({ baseUrl, fetch: losesFirstAnswer() });
    await expect(unlucky.POST('/api/v1/users', { body: {} })).rejects.toThrow('the connection was reset');
    expect(await server.stores.visitors.list(10)).toHaveLength(1);
  });
});

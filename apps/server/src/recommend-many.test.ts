import type { RecommendManyResponse, RecommendResponse } from '@matinee/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from './testing/test-server.ts';

const OPERATOR = 'a token of the operator';
const headers = { authorization: `Bearer ${OPERATOR}` };

let server: TestServer;
let visitor: number;
beforeAll(async () => {
  server = await startTestServer({ demo: false, operatorToken: OPERATOR, explorationShare: 0 });
  visitor = await server.newVisitor();
  const payload = { user_id: 'ada', item_id: 'm9', event: 'like' };
  await server.sendAsStranger({ method: 'POST', url: '/feedback', headers, payload });
});
afterAll(() => server.close());

async function ask(payload: object, sent: Readonly<Record<string, string>> = headers) {
  const { status, json } = await server.sendAsStranger({ method: 'POST', url: '/recommend', headers: sent, payload });
  return { status, body: json as RecommendManyResponse };
}
async function listOf(query: string): Promise<RecommendResponse> {
  return (await server.sendAsStranger({ url: `/recommend?${query}`, headers })).json as RecommendResponse;
}

describe('POST /recommend', () => {
  it('gives each user the list that GET gives, in the order that was asked', async () => {
    const users = [
      { user_idx: 3 },
      { user_id: 'ada' },
      { user_id: 'nobody yet' },
      { user_idx: visitor },
      { user_id: 'u3' },
    ];
    const { status, body } = await ask({ users, k: 12, filter: 'year >= 1970', exclude: '3,4', diversity: 0.4 });
    expect(status).toBe(200);
    const rest = 'k=12&filter=year%20%3E%3D%201970&exclude=3,4&diversity=0.4';
    const names = ['user_idx=3', 'user_id=ada', 'user_id=nobody%20yet', `user_idx=${visitor}`, 'user_id=u3'];
    expect(body.results).toEqual(await Promise.all(names.map((name) => listOf(`${name}&${rest}`))));
  });

  it('refuses a user alone, and not the others', async () => {
    const users = [{ user_idx: 3 }, { user_idx: 99_999 }, {}, { user_idx: 3, user_id: 'u3' }, { user_idx: 4 }];
    const { status, body } = await ask({ users, k: 2 });
    expect(status).toBe(200);
    expect(body.results).toMatchObject([
      { user_idx: 3, k: 2 },
      { user_idx: 99_999, error: { statusCode: 404, code: 'USER_NOT_FOUND' } },
      { error: { statusCode: 400, code: 'BAD_REQUEST' } },
      { error: { statusCode: 400, code: 'BAD_REQUEST' } },
      { user_idx: 4, k: 2 },
    ]);
  });

  it('asks for each user whether the request may act for them', async () => {
    const { body } = await ask({ users: [{ user_idx: 3 }, { user_id: 'ada' }, { user_idx: visitor }] }, {});
    const codes = body.results.map((result) => ('error' in result ? result.error.code : 'listed'));
    expect(codes).toEqual(['TOKEN_REQUIRED', 'TOKEN_REQUIRED', 'SECRET_REQUIRED']);
  });

  it.each([
    { users: [] },
    { users: Array.from({ length: 101 }, () => ({ user_idx: 1 })) },
    { users: [{ user_idx: 1 }], k: 0 },
    { users: [{ user_idx: 1 }], filter: 'year >' },
    { users: [{ user_idx: 1 }], debug: true },
    {},
  ])('refuses %o as a whole', async (body) => {
    expect((await ask(body)).status).toBe(400);
  });

  it('lets others go first between two users', async () => {
    const order: string[] = [];
    const many = ask({ users: Array.from({ length: 40 }, (_, at) => ({ user_idx: at })), k: 50 });
    const others = Array.from({ length: 4 }, (_, at) => listOf(`user_idx=${at}&k=5`).then(() => order.push('one')));
    await Promise.all([many.then(() => order.push('many')), ...others]);
    expect(order).toEqual(['one', 'one', 'one', 'one', 'many']);
  });
});

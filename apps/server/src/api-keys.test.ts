import { Writable } from 'node:stream';
import type { InjectOptions } from 'fastify';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OPERATION_ACCESS } from './http/operation-access.ts';
import { createApiKey, type Scope } from './identity/api-key.ts';
import { startTestServer, type TestServer } from './testing/test-server.ts';

const OPERATOR_TOKEN = 'the token of the operator';
const CATALOGUE_TOKEN = 'the token of the catalogue';

let server: TestServer;
let log = '';
const keys: Partial<Record<Scope, string>> = {};

async function addKey(name: string, scopes: readonly Scope[]): Promise<string> {
  const { text, stored } = createApiKey(name, scopes, 1);
  await server.stores.apiKeys.add(stored);
  return text;
}

beforeAll(async () => {
  const stream = new Writable({
    write(chunk, _encoding, done) {
      log += String(chunk);
      done();
    },
  });
  server = await startTestServer({
    demo: false,
    requiresKeys: true,
    operatorToken: OPERATOR_TOKEN,
    catalogueToken: CATALOGUE_TOKEN,
    logger: pino({ level: 'trace' }, stream),
  });
  for (const scope of ['read', 'write', 'catalogue', 'admin'] as const) keys[scope] = await addKey(scope, [scope]);
  // The server has read the keys at its start; from a second on it knows these.
  await new Promise((resolve) => setTimeout(resolve, 1100));
});
afterAll(() => server.close());

interface Operation {
  readonly method: string;
  readonly url: string;
  readonly operationId: string;
}

async function listOperations(): Promise<Operation[]> {
  const { paths } = (await server.send('/openapi.json')).json as {
    paths: Record<string, Record<string, { operationId: string }>>;
  };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId }]) => ({
      method: method.toUpperCase(),
      // Some of them delete what they name; the other tests do not use it.
      url: path.replaceAll(/\{\w+\}/g, '7'),
      operationId,
    })),
  );
}

const codeOf = async (options: InjectOptions): Promise<string | number> => {
  const { status, json } = await server.sendAsStranger(options);
  return (json as { code?: string } | undefined)?.code ?? status;
};

const REFUSALS = ['KEY_REQUIRED', 'KEY_UNKNOWN', 'SCOPE_MISSING'];

const requestOf = ({ method, url }: Operation, headers: Record<string, string> = {}): InjectOptions => ({
  method: method as 'GET',
  url: url === '/recommend' ? '/recommend?user_idx=3' : url,
  headers,
  // The stream does not end by itself.
  ...(url === '/api/v1/stream' && { url: '/api/v1/stream?topics=nothing&unknown=1' }),
});

describe('the table of operations', () => {
  it('has every operation of the API, and no other', async () => {
    const ids = (await listOperations()).map(({ operationId }) => operationId);
    expect(ids.filter((id) => OPERATION_ACCESS[id] === undefined)).toEqual([]);
    expect(new Set(Object.keys(OPERATION_ACCESS))).toEqual(new Set(ids));
  });

  it('holds: without a key, with one that lacks the scope, and with one that has it', async () => {
    for (const operation of await listOperations()) {
      const { scope, visitors } = OPERATION_ACCESS[operation.operationId] ?? { visitors: 'none' };
      const name = operation.operationId;
      const without = await codeOf(requestOf(operation));
      if (scope === undefined || visitors === 'all') expect(REFUSALS, name).not.toContain(without);
      else expect(without, name).toBe('KEY_REQUIRED');
      if (scope === undefined) continue;
      for (const held of ['read', 'write', 'catalogue', 'admin'] as const) {
        const code = await codeOf(requestOf(operation, { authorization: `Bearer ${keys[held]}` }));
        if (held === scope || held === 'admin') expect(REFUSALS, `${name} with ${held}`).not.toContain(code);
        else expect(code, `${name} with ${held}`).toBe('SCOPE_MISSING');
      }
    }
  });

  it('takes a key from either header, and refuses one that opens nothing even where none is needed', async () => {
    const url = '/recommend?user_idx=3';
    expect(await codeOf({ url, headers: { 'x-api-key': keys.read ?? '' } })).toBe(200);
    expect(await codeOf({ url, headers: { authorization: `bearer ${keys.read}` } })).toBe(200);
    const { text: unknown } = createApiKey('unknown', ['admin'], 1);
    for (const wrong of [unknown, 'mk_', 'x', `${keys.read}x`]) {
      expect(await codeOf({ url, headers: { 'x-api-key': wrong } }), wrong).toBe('KEY_UNKNOWN');
      expect(await codeOf({ url: '/healthz', headers: { 'x-api-key': wrong } }), wrong).toBe('KEY_UNKNOWN');
    }
  });
});

describe('a key', () => {
  it('reads any user’s list, and writes for any user, by its scope', async () => {
    const visitor = await server.newVisitor();
    const read = { 'x-api-key': keys.read ?? '' };
    for (const user of [3, visitor]) {
      expect(await codeOf({ url: `/recommend?user_idx=${user}`, headers: read })).toBe(200);
      expect(await codeOf({ url: `/api/v1/users/${user}/events`, headers: read })).toBe(200);
    }
    const payload = { user_idx: visitor, item_idx: 3, event: 'like' };
    const like = (key: string | undefined) =>
      codeOf({ method: 'POST', url: '/feedback', payload, headers: { 'x-api-key': key ?? '' } });
    expect(await like(keys.read)).toBe('SCOPE_MISSING');
    expect(await like(keys.write)).toBe(200);
  });

  it('is answered from the response cache too, and never by the answer of another one', async () => {
    const url = '/recommend?user_idx=8&k=7';
    const headers = { 'x-api-key': keys.read ?? '' };
    await server.sendAsStranger({ url, headers });
    const again = await server.sendAsStranger({ url, headers });
    expect(again.headers['server-timing']).toBe('cache;desc=hit');
    expect(await codeOf({ url })).toBe('KEY_REQUIRED');
    expect(await codeOf({ url, headers: { 'x-api-key': keys.write ?? '' } })).toBe('SCOPE_MISSING');
  });

  it('of the catalogue adds titles, and so do both tokens’ holders as before', async () => {
    const add = (headers: Record<string, string>) =>
      codeOf({ method: 'POST', url: '/api/v1/items', payload: { items: [] }, headers });
    const refused = ['KEY_REQUIRED', 'SCOPE_MISSING', 'NOT_ALLOWED', 'ITEMS_NOT_TAKEN'];
    expect(refused).not.toContain(await add({ 'x-api-key': keys.catalogue ?? '' }));
    expect(refused).not.toContain(await add({ authorization: `Bearer ${CATALOGUE_TOKEN}` }));
    expect(await add({ authorization: 'Bearer nothing of that kind' })).toBe('KEY_REQUIRED');
    const url = '/recommend?user_idx=3';
    expect(await codeOf({ url, headers: { authorization: `Bearer ${OPERATOR_TOKEN}` } })).toBe(200);
    expect(await codeOf({ url, headers: { authorization: `Bearer ${CATALOGUE_TOKEN}` } })).toBe('KEY_REQUIRED');
  });

  it('never widens the rules of a profile, and changes a household only with the scope admin', async () => {
    const { householdId } = (await server.post('/api/v1/households', {})).json as { householdId: string };
    const profiles = `/api/v1/households/${householdId}/profiles`;
    const ann = (await server.post(profiles, { name: 'Ann', pin: '2468' })).json as { profileId: string };
    const { session } = (await server.post(`/api/v1/profiles/${ann.profileId}/session`, { pin: '2468' })).json as {
      session: string;
    };
    const made = await server.send({
      method: 'POST',
      url: profiles,
      payload: { name: 'Kim', isKids: true, maturityCap: 0 },
      headers: { 'x-matinee-session': session },
    });
    const kim = made.json as { profileId: string; userIdx: number };
    const url = `/recommend?user_idx=${kim.userIdx}&k=50`;
    const own = (await server.send({ url, headers: { 'x-api-key': keys.read ?? '' } })).json as { items: unknown[] };
    const operator = (await server.send({ url, headers: { authorization: `Bearer ${OPERATOR_TOKEN}` } })).json;
    expect(own.items).toEqual((operator as { items: unknown[] }).items);
    const kimSession = (await server.post(`/api/v1/profiles/${kim.profileId}/session`, {})).json as { session: string };
    expect(
      await codeOf({
        url: '/recommend?user_idx=3',
        headers: { 'x-api-key': keys.admin ?? '', 'x-matinee-session': kimSession.session },
      }),
    ).toBe('OTHER_PROFILE');
    const remove = (key: string | undefined) =>
      codeOf({ method: 'DELETE', url: `/api/v1/profiles/${kim.profileId}`, headers: { 'x-api-key': key ?? '' } });
    expect(await remove(keys.write)).toBe('PIN_REQUIRED');
    expect(await remove(keys.admin)).toBe(204);
  });

  it('is in no log and in no error', async () => {
    const wrong = createApiKey('wrong', ['read'], 1).text;
    for (const key of [wrong, ...Object.values(keys)]) {
      for (const url of ['/recommend?user_idx=3', '/recommend?user_idx=-1', '/nothing', '/metrics']) {
        const { text } = await server.sendAsStranger({
          url,
          headers: { 'x-api-key': key, authorization: `Bearer ${key}` },
        });
        expect(text).not.toContain(key.slice(12));
      }
      expect(log).not.toContain(key.slice(12));
    }
    server.app.log.error(new Error('the log is read'), 'x');
    expect(log).toContain('the log is read');
  });
});

describe('a visitor of the page', () => {
  it('needs no key for itself, and has nothing of others', async () => {
    const made = await server.sendAsStranger({ method: 'POST', url: '/api/v1/users', payload: {} });
    const { userIdx, secret } = made.json as { userIdx: number; secret: string };
    const headers = { 'x-matinee-visitor': secret };
    for (const url of [
      `/api/v1/home?userIdx=${userIdx}`,
      `/recommend?user_idx=${userIdx}`,
      `/api/v1/search?q=a&userIdx=${userIdx}`,
      `/api/v1/items/3?userIdx=${userIdx}`,
      '/api/v1/users?limit=6',
      '/api/v1/status',
    ]) {
      expect(await codeOf({ url, headers }), url).toBe(200);
    }
    expect(await codeOf({ url: '/recommend?user_idx=3', headers })).toBe('TOKEN_REQUIRED');
    expect(await codeOf({ url: `/recommend?user_idx=${userIdx}` })).toBe('KEY_REQUIRED');
    expect(await codeOf({ url: '/api/v1/items/3/poster' })).toBe(200);
    expect(await codeOf({ url: '/metrics', headers })).toBe('KEY_REQUIRED');
  });

  it('needs one where no page is served, and there is none', async () => {
    const closed = await startTestServer({ demo: false, requiresKeys: true, servesPage: false });
    const { json } = await closed.sendAsStranger({ method: 'POST', url: '/api/v1/users', payload: {} });
    expect(json).toMatchObject({ code: 'KEY_REQUIRED' });
    expect((await closed.sendAsStranger({ url: '/', headers: { accept: 'text/html' } })).status).toBe(404);
    expect((await closed.sendAsStranger('/healthz')).status).toBe(200);
    await closed.close();
  });
});

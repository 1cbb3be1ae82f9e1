import type { HouseholdResponse, NewVisitorResponse, Profile, SessionResponse, UsersResponse } from '@matinee/contract';
import { defined } from '@matinee/numerics';
import { createItemFacts, type VisitorStore } from '@matinee/recommender';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from './testing/test-server.ts';

const TOKEN = 'the token of the operator';
const START_MS = 1_700_000_000_000;
const HOUR_MS = 3_600_000;
type Headers = Readonly<Record<string, string>>;
const OPERATOR: Headers = { authorization: `Bearer ${TOKEN}` };

let server: TestServer;
let nowMs: number;
beforeEach(async () => {
  nowMs = START_MS;
  server = await startIdentityServer();
});
afterEach(() => server.close());

function startIdentityServer(overrides: Parameters<typeof startTestServer>[0] = {}): Promise<TestServer> {
  // Even items are for everybody, odd ones for adults.
  const facts = createItemFacts(240, (item) => ({ maturity: { age: item % 2 === 0 ? 0 : 17, source: 'listed' } }));
  return startTestServer({ facts, clock: () => nowMs, operatorToken: TOKEN, demo: false, ...overrides });
}

async function send(
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  url: string,
  headers: Headers = {},
  body?: object,
) {
  const {
    status,
    json,
    text,
    headers: answered,
  } = await server.sendAsStranger({
    method,
    url,
    headers,
    ...defined({ payload: body }),
  });
  const cookie = String(answered['set-cookie'] ?? '').split(';')[0] ?? '';
  return { status, text, cookie, json: <T>() => json as T, code: (json as { code?: string } | undefined)?.code };
}

interface TestVisitor {
  readonly userIdx: number;
  readonly headers: Headers;
  readonly cookie: string;
}

async function newVisitor(headers: Headers = {}): Promise<TestVisitor> {
  const answer = await send('POST', '/api/v1/users', headers, {});
  expect(answer.status, answer.text).toBe(201);
  const { userIdx, secret } = answer.json<NewVisitorResponse>();
  return { userIdx, cookie: answer.cookie, headers: secret === undefined ? headers : { 'x-matinee-visitor': secret } };
}

const newHousehold = async (): Promise<string> =>
  (await send('POST', '/api/v1/households', {}, {})).json<HouseholdResponse>().householdId;

async function newProfile(householdId: string, body: object, headers: Headers = {}): Promise<Profile> {
  const answer = await send('POST', `/api/v1/households/${householdId}/profiles`, headers, body);
  expect(answer.status, answer.text).toBe(201);
  return answer.json<Profile>();
}

async function choose({ profileId }: Profile, pin?: string, headers: Headers = {}) {
  return send('POST', `/api/v1/profiles/${profileId}/session`, headers, defined({ pin }));
}

async function sessionOf(profile: Profile, pin?: string): Promise<Headers> {
  return { 'x-matinee-session': (await choose(profile, pin)).json<SessionResponse>().session };
}

/** Every way to read or write by a user's number. */
const everyUse = (user: number): readonly (readonly ['GET' | 'POST', string, object?])[] => [
  ['GET', `/recommend?user_idx=${user}`],
  ['GET', `/api/v1/home?userIdx=${user}`],
  ['GET', `/api/v1/rows/popular_right_now?userIdx=${user}`],
  ['GET', `/api/v1/items/2?userIdx=${user}`],
  ['GET', `/api/v1/items/2/similar?userIdx=${user}`],
  ['GET', `/api/v1/onboarding?userIdx=${user}`],
  ['GET', `/api/v1/search?q=story&userIdx=${user}`],
  ['GET', `/api/v1/users/${user}`],
  ['GET', `/api/v1/users/${user}/events`],
  ['POST', '/feedback', { user_idx: user, item_idx: 2, event: 'click' }],
  ['POST', '/api/v1/events', { userIdx: user, events: [{ eventId: 'event-0001', type: 'click', itemIdx: 2 }] }],
];

async function expectEveryUse(user: number, headers: Headers, expected: { status: number; code?: string }) {
  for (const [method, url, body] of everyUse(user)) {
    const { status, code } = await send(method, url, headers, body);
    expect({ status, ...defined({ code }) }, `${method} ${url}`).toEqual(expected);
  }
}

describe('a visitor', () => {
  it('is read and written with its secret alone, as a header or as the cookie of the browser', async () => {
    const { userIdx, headers, cookie } = await newVisitor();
    const other = await newVisitor();
    await expectEveryUse(userIdx, {}, { status: 401, code: 'SECRET_REQUIRED' });
    await expectEveryUse(userIdx, other.headers, { status: 401, code: 'SECRET_REQUIRED' });
    await expectEveryUse(userIdx, { 'x-matinee-visitor': 'x'.repeat(43) }, { status: 401, code: 'SECRET_REQUIRED' });
    await expectEveryUse(userIdx, headers, { status: 200 });
    await expectEveryUse(userIdx, { cookie: `theme=dark; ${cookie}; x=y` }, { status: 200 });
  });

  it('needs the secret in demo mode as well', async () => {
    await server.close();
    server = await startIdentityServer({ demo: true });
    const { userIdx } = await newVisitor();
    await expectEveryUse(userIdx, {}, { status: 401, code: 'SECRET_REQUIRED' });
  });

  it('that does not exist is answered like one of somebody else', async () => {
    const { userIdx } = await newVisitor();
    const { headers } = await newVisitor();
    const answers = [userIdx, userIdx + 1000].map((user) => send('GET', `/recommend?user_idx=${user}`, headers));
    const [others, nobodys] = await Promise.all(answers);
    expect(others?.text).toBe(nobodys?.text);
  });

  it('gets the secret once, in a cookie that no script and no other site sees, and no store holds it', async () => {
    const answer = await server.sendAsStranger({ method: 'POST', url: '/api/v1/users', payload: {} });
    const { secret = '', userIdx } = answer.json as NewVisitorResponse;
    expect(secret).toHaveLength(43);
    expect(answer.headers['set-cookie']).toBe(
      `matinee-visitor=${secret}; Path=/; Max-Age=34560000; HttpOnly; SameSite=Strict`,
    );
    expect(answer.headers['cache-control']).toBe('no-store');
    const stored = await server.stores.visitors.find(userIdx);
    expect(stored?.secretHash).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.stringify(stored)).not.toContain(secret);
    const again = await send('POST', '/api/v1/users', { 'x-matinee-visitor': secret }, {});
    expect(again.text).not.toContain(secret);
  });

  it('gets a cookie for TLS alone where the browser came over TLS', async () => {
    const headers = { 'x-forwarded-proto': 'https' };
    const answer = await server.sendAsStranger({ method: 'POST', url: '/api/v1/users', payload: {}, headers });
    expect(answer.headers['set-cookie']).toMatch(/; Secure$/);
  });

  it('shares its secret with further visitors of the same browser, and these alone are listed there', async () => {
    const first = await newVisitor();
    const stranger = await newVisitor();
    const second = await newVisitor({ cookie: first.cookie });
    await expectEveryUse(second.userIdx, first.headers, { status: 200 });
    const listed = async (headers: Headers) =>
      (await send('GET', '/api/v1/users', headers)).json<UsersResponse>().users.map(({ userIdx }) => userIdx);
    expect(await listed(first.headers)).toEqual([second.userIdx, first.userIdx]);
    expect(await listed(stranger.headers)).toEqual([stranger.userIdx]);
    expect(await listed({})).toEqual([]);
  });

  it('from before there were secrets is open in demo mode only, and the user of a removed profile to nobody', async () => {
    const old = await server.stores.visitors.create('visitor-old', 1);
    await expectEveryUse(old.userIdx, {}, { status: 401, code: 'SECRET_REQUIRED' });
    await server.close();
    server = await startIdentityServer({ demo: true });
    const { userIdx } = await server.stores.visitors.create('visitor-old', 1);
    await expectEveryUse(userIdx, {}, { status: 200 });
    const removed = await newProfile(await newHousehold(), { name: 'Ann' });
    await send('DELETE', `/api/v1/profiles/${removed.profileId}`);
    await expectEveryUse(removed.userIdx, {}, { status: 401, code: 'SECRET_REQUIRED' });
  });

  it('is never sent from the response cache to somebody else', async () => {
    const { userIdx, headers } = await newVisitor();
    const url = `/recommend?user_idx=${userIdx}`;
    await send('GET', url, headers);
    const { headers: cached } = await server.sendAsStranger({ url, headers });
    expect(cached['server-timing']).toBe('cache;desc=hit');
    expect(await send('GET', url)).toMatchObject({ status: 401, code: 'SECRET_REQUIRED' });
  });
});

describe('a user of the data set', () => {
  it('is open to everybody in demo mode only, which the status shows', async () => {
    await expectEveryUse(3, {}, { status: 401, code: 'TOKEN_REQUIRED' });
    await expectEveryUse(3, (await newVisitor()).headers, { status: 401, code: 'TOKEN_REQUIRED' });
    expect((await send('GET', '/api/v1/status')).json()).toMatchObject({ demo: false });
    await server.close();
    server = await startIdentityServer({ demo: true });
    await expectEveryUse(3, {}, { status: 200 });
    expect((await send('GET', '/api/v1/status')).json()).toMatchObject({ demo: true });
  });

  it('is listed where it may be looked at', async () => {
    const members = async (headers: Headers) =>
      (await send('GET', '/api/v1/users?limit=9', headers))
        .json<UsersResponse>()
        .users.filter(({ kind }) => kind === 'dataset').length;
    expect(await members({})).toBe(0);
    expect(await members(OPERATOR)).toBe(9);
  });
});

describe('the operator’s token', () => {
  it('opens everybody, and another token nobody', async () => {
    const { userIdx } = await newVisitor();
    const profile = await newProfile(await newHousehold(), { name: 'Ann', pin: '2468' });
    for (const user of [3, userIdx, profile.userIdx]) await expectEveryUse(user, OPERATOR, { status: 200 });
    const wrong = { authorization: 'Bearer another token of 16 characters' };
    await expectEveryUse(3, wrong, { status: 401, code: 'TOKEN_REQUIRED' });
    await expectEveryUse(userIdx, wrong, { status: 401, code: 'SECRET_REQUIRED' });
    await expectEveryUse(profile.userIdx, wrong, { status: 403, code: 'PIN_REQUIRED' });
  });

  it('opens nothing on a server that was started without one', async () => {
    await server.close();
    server = await startTestServer({ demo: false });
    for (const authorization of ['Bearer undefined', 'Bearer ', 'Bearer null']) {
      await expectEveryUse(3, { authorization }, { status: 401, code: 'TOKEN_REQUIRED' });
    }
  });

  it('sets a new PIN where the old one was forgotten', async () => {
    const profile = await newProfile(await newHousehold(), { name: 'Ann', pin: '2468' });
    const url = `/api/v1/profiles/${profile.profileId}/pin`;
    expect((await send('PUT', url, {}, { pin: '1357' })).code).toBe('WRONG_PIN');
    expect((await send('PUT', url, OPERATOR, { pin: '1357' })).status).toBe(204);
    expect((await choose(profile, '1357')).status).toBe(201);
  });
});

describe('taking a user into a household', () => {
  it('needs the secret of a visitor, so that nobody locks a stranger out', async () => {
    const victim = await newVisitor();
    const mallory = await newVisitor();
    const url = `/api/v1/households/${await newHousehold()}/profiles`;
    const body = { name: 'mallory', pin: '4321', userIdx: victim.userIdx };
    for (const headers of [{}, mallory.headers]) {
      expect(await send('POST', url, headers, body)).toMatchObject({ status: 401, code: 'SECRET_REQUIRED' });
    }
    await expectEveryUse(victim.userIdx, victim.headers, { status: 200 });
    const taken = await newProfile(await newHousehold(), { name: 'Ann', userIdx: victim.userIdx }, victim.headers);
    expect(taken.userIdx).toBe(victim.userIdx);
    await expectEveryUse(victim.userIdx, victim.headers, { status: 403, code: 'SESSION_REQUIRED' });
    await expectEveryUse(victim.userIdx, await sessionOf(taken), { status: 200 });
  });

  it('needs the operator’s token for a user of the data set, in demo mode as well', async () => {
    await server.close();
    server = await startIdentityServer({ demo: true });
    const url = `/api/v1/households/${await newHousehold()}/profiles`;
    for (const body of [
      { name: 'mallory', userIdx: 3 },
      { name: 'mallory', pin: '4321', userIdx: 3 },
    ]) {
      expect(await send('POST', url, {}, body)).toMatchObject({ status: 401, code: 'TOKEN_REQUIRED' });
    }
    expect((await send('POST', url, OPERATOR, { name: 'Ann', userIdx: 3 })).status).toBe(201);
    await expectEveryUse(3, {}, { status: 403, code: 'SESSION_REQUIRED' });
    const { users } = (await send('GET', '/api/v1/users?query=u3&limit=50')).json<UsersResponse>();
    expect(users.map(({ userId }) => userId)).not.toContain('u3');
    expect(users.length).toBeGreaterThan(3);
  });
});

describe('the session of a profile', () => {
  it('is needed for its user, with a PIN and without', async () => {
    const household = await newHousehold();
    const ann = await newProfile(household, { name: 'Ann' });
    const bob = await newProfile(household, { name: 'Bob' });
    await expectEveryUse(ann.userIdx, {}, { status: 403, code: 'SESSION_REQUIRED' });
    await expectEveryUse(ann.userIdx, await sessionOf(bob), { status: 403, code: 'SESSION_REQUIRED' });
    await expectEveryUse(ann.userIdx, await sessionOf(ann), { status: 200 });
    const { cookie } = await choose(ann);
    await expectEveryUse(ann.userIdx, { cookie }, { status: 200 });
  });

  it('is left, and is then worth nothing', async () => {
    const ann = await newProfile(await newHousehold(), { name: 'Ann', pin: '2468' });
    const { cookie } = await choose(ann, '2468');
    const left = await send('DELETE', '/api/v1/session', { cookie });
    expect([left.status, left.cookie]).toEqual([204, 'matinee-session=']);
    await expectEveryUse(ann.userIdx, { cookie }, { status: 403, code: 'PIN_REQUIRED' });
  });

  it('of a wrong clock ends when the clock is set right, as one that is over does', async () => {
    const ann = await newProfile(await newHousehold(), { name: 'Ann', pin: '2468' });
    const right = await sessionOf(ann, '2468');
    nowMs = START_MS + 10 * 365 * 24 * HOUR_MS;
    const late = await sessionOf(ann, '2468');
    nowMs = START_MS + HOUR_MS;
    await expectEveryUse(ann.userIdx, late, { status: 403, code: 'PIN_REQUIRED' });
    // The session from before the clock went wrong is still there.
    await expectEveryUse(ann.userIdx, right, { status: 200 });
  });

  it('is stored for the twenty newest of a profile', async () => {
    const ann = await newProfile(await newHousehold(), { name: 'Ann' });
    const sessions: Headers[] = [];
    for (let device = 0; device < 22; device++) sessions.push(await sessionOf(ann));
    const open = [];
    for (const headers of sessions) open.push((await send('GET', `/api/v1/users/${ann.userIdx}`, headers)).status);
    expect(open).toEqual([403, 403, ...Array.from({ length: 20 }, () => 200)]);
  });
});

describe('the session of a kids profile', () => {
  const HIDDEN = 4;
  let household: string;
  let kim: Profile;
  let kids: Headers;
  beforeEach(async () => {
    household = await newHousehold();
    kim = await newProfile(household, { name: 'Kim', isKids: true, hidden: [HIDDEN] });
    kids = await sessionOf(kim);
  });

  it('refuses feedback on a title above its cap, alone and in a batch', async () => {
    const like = (item_idx: number) =>
      send('POST', '/feedback', kids, { user_idx: kim.userIdx, item_idx, event: 'like' });
    for (const item of [3, HIDDEN]) expect((await like(item)).code).toBe('ITEM_NOT_FOUND');
    expect((await like(2)).status).toBe(200);
    const events = [3, HIDDEN, 6].map((itemIdx) => ({
      eventId: `capped-${itemIdx}`.padEnd(9, '0'),
      type: 'like',
      itemIdx,
    }));
    const { text } = await send('POST', '/api/v1/events', kids, { userIdx: kim.userIdx, events });
    const { results } = JSON.parse(text) as { results: { status: string }[] };
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'accepted']);
    expect(await server.stores.events.eventsAfter(0, 10)).toHaveLength(2);
  });

  it('has a name that can be seen, as every profile', async () => {
    for (const name of [' ', '   ', '\t', '\u00a0', '\u200b', '\u3000\u2800']) {
      expect((await send('POST', `/api/v1/households/${household}/profiles`, {}, { name })).status).toBe(400);
      expect((await send('PATCH', `/api/v1/profiles/${kim.profileId}`, {}, { name })).status).toBe(400);
    }
    expect((await send('POST', `/api/v1/households/${household}/profiles`, {}, { name: ' Ann ' })).status).toBe(201);
  });

  it('lays down the rules of every request, also of those that name no user', async () => {
    for (const item of [3, HIDDEN]) {
      for (const url of [`/api/v1/items/${item}`, `/api/v1/items/${item}/similar`, `/api/v1/items/${item}/poster`]) {
        expect((await send('GET', url, kids)).code, url).toBe('ITEM_NOT_FOUND');
        expect((await send('GET', url)).status, url).toBe(200);
      }
    }
    for (const url of ['/api/v1/search?q=story&limit=50', '/api/v1/onboarding?limit=50', '/api/v1/items/2/similar']) {
      const { status, text } = await send('GET', url, kids);
      expect(status).toBe(200);
      expect(text, url).not.toMatch(/Story \d\d[13579]"|Story 004"/);
      expect(text, url).toMatch(/Story \d\d[02468]"/);
    }
  });

  it('opens its own user alone, whatever else the browser holds', async () => {
    const visitor = await newVisitor();
    await expectEveryUse(visitor.userIdx, { ...visitor.headers, ...kids }, { status: 403, code: 'OTHER_PROFILE' });
    await expectEveryUse(3, { ...OPERATOR, ...kids }, { status: 403, code: 'OTHER_PROFILE' });
    await expectEveryUse(kim.userIdx, { ...visitor.headers, ...kids }, { status: 200 });
    expect((await send('GET', '/api/v1/users', { ...visitor.headers, ...kids })).json()).toMatchObject({ users: [] });
  });

  it('binds a request that brings something else in its place', async () => {
    const session = kids['x-matinee-session'];
    for (const headers of [
      { cookie: `matinee-session=${session}`, 'x-matinee-session': 'x' },
      { cookie: `matinee-session=junk; matinee-session=${session}` },
      { cookie: `matinee-session=${session}; matinee-session=junk` },
    ]) {
      expect((await send('GET', '/recommend?user_idx=3', headers)).code).toBe('OTHER_PROFILE');
      expect((await send('GET', `/api/v1/items/${HIDDEN}`, headers)).code).toBe('ITEM_NOT_FOUND');
      expect((await send('POST', '/api/v1/users', headers, {})).code).toBe('OTHER_PROFILE');
    }
  });

  it('makes no visitor, no household, and chooses none of another household', async () => {
    const other = await newProfile(await newHousehold(), { name: 'Big Kim' });
    expect((await send('POST', '/api/v1/users', kids, {})).code).toBe('OTHER_PROFILE');
    expect((await send('POST', '/api/v1/households', kids, {})).code).toBe('OTHER_PROFILE');
    expect((await choose(other, undefined, kids)).code).toBe('OTHER_PROFILE');
    const ann = await newProfile(household, { name: 'Ann', pin: '2468' });
    expect((await choose(ann, '0000', kids)).code).toBe('WRONG_PIN');
    expect((await choose(ann, '2468', kids)).status).toBe(201);
  });

  it('is left with an adult’s PIN alone, and does not end overnight', async () => {
    await newProfile(household, { name: 'Ann', pin: '2468' });
    expect((await send('DELETE', '/api/v1/session', kids)).code).toBe('PIN_REQUIRED');
    nowMs += 48 * HOUR_MS;
    expect((await send('GET', '/api/v1/items/3', kids)).code).toBe('ITEM_NOT_FOUND');
  });

  it('gives feedback on what it may see alone, and is told of nothing else', async () => {
    for (const item of [3, HIDDEN, 999]) {
      const like = { user_idx: kim.userIdx, item_idx: item, event: 'like' };
      expect(await send('POST', '/feedback', kids, like)).toMatchObject({ status: 404, code: 'ITEM_NOT_FOUND' });
    }
    const events = [2, HIDDEN, 999, 6].map((itemIdx) => ({ eventId: `event-000${itemIdx}`, type: 'like', itemIdx }));
    const { results } = (await send('POST', '/api/v1/events', kids, { userIdx: kim.userIdx, events })).json<{
      results: { eventId: string; status: string; message?: string }[];
    }>();
    expect(results.map(({ eventId, status }) => [eventId, status])).toEqual([
      ['event-0002', 'accepted'],
      [`event-000${HIDDEN}`, 'rejected'],
      ['event-000999', 'rejected'],
      ['event-0006', 'accepted'],
    ]);
    expect(results[1]?.message?.replace(String(HIDDEN), '999')).toBe(results[2]?.message);
    const logged = await server.stores.events.eventsAfter(0, 100);
    expect(logged.map(({ itemId }) => itemId)).toEqual(['m2', 'm6']);
  });
});

describe('the PIN of an adult', () => {
  it('is locked for an hour at most, whatever the clock was when it was locked', async () => {
    const ann = await newProfile(await newHousehold(), { name: 'Ann', pin: '2468' });
    nowMs = START_MS + 10 * 365 * 24 * HOUR_MS;
    for (let guess = 0; guess < 5; guess++) await choose(ann, '0000');
    expect((await choose(ann, '2468')).code).toBe('PIN_LOCKED');
    nowMs = START_MS;
    expect((await choose(ann, '2468')).status).toBe(201);
  });

  it('is not locked for a device that knew it by the wrong guesses of another', async () => {
    const ann = await newProfile(await newHousehold(), { name: 'Ann', pin: '2468' });
    const phone = await sessionOf(ann, '2468');
    nowMs += 13 * HOUR_MS;
    for (let guess = 0; guess < 5; guess++) await choose(ann, '0000');
    expect((await choose(ann, '2468')).code).toBe('PIN_LOCKED');
    expect((await choose(ann, '2468', phone)).status).toBe(201);
    // The right PIN ends the wait of the others too.
    expect((await choose(ann, '2468')).status).toBe(201);
  });

  it('is guessed no more often by a device that knew it', async () => {
    const ann = await newProfile(await newHousehold(), { name: 'Ann', pin: '2468' });
    const phone = await sessionOf(ann, '2468');
    for (let guess = 0; guess < 5; guess++) expect((await choose(ann, '0000', phone)).code).toBe('WRONG_PIN');
    expect((await choose(ann, '2468', phone)).code).toBe('PIN_LOCKED');
    nowMs += 30_000;
    expect((await choose(ann, '2468', phone)).status).toBe(201);
  });
});

describe('the events of one user', () => {
  it('are stored ten thousand a day, each refusal is named, and the operator may bring more', async () => {
    const { userIdx, headers } = await newVisitor();
    const userId = (await server.stores.visitors.find(userIdx))?.userId ?? '';
    const seen = (eventId: string, atMs: number) =>
      ({ eventId, userId, itemId: 'm1', type: 'impression', atMs }) as const;
    await server.stores.events.append(Array.from({ length: 9998 }, (_, index) => seen(`seen-${index}`, nowMs)));
    const like = () => send('POST', '/feedback', headers, { user_idx: userIdx, item_idx: 2, event: 'click' });
    const batch = (from: Headers) =>
      send('POST', '/api/v1/events', from, {
        userIdx,
        events: [1, 2].map((event) => ({ eventId: `batch-${nowMs}-${event}`, type: 'click', itemIdx: 2 })),
      });
    const statuses = async (from: Headers) =>
      (await batch(from)).json<{ results: { status: string }[] }>().results.map(({ status }) => status);
    expect((await like()).status).toBe(200);
    expect(await statuses(headers)).toEqual(['rejected', 'rejected']);
    expect((await batch(headers)).text).toContain('at most 10000 events of one user are stored in 24 hours');
    expect((await like()).status).toBe(200);
    expect(await like()).toMatchObject({ status: 429, code: 'TOO_MANY_EVENTS' });
    expect(await statuses(OPERATOR)).toEqual(['accepted', 'accepted']);
    nowMs += 24 * HOUR_MS;
    expect(await statuses(headers)).toEqual(['accepted', 'accepted']);
  });

  it('are stored again once a wrong clock is set right', async () => {
    const { userIdx, headers } = await newVisitor();
    const userId = (await server.stores.visitors.find(userIdx))?.userId ?? '';
    const atMs = nowMs + 3650 * 24 * HOUR_MS;
    await server.stores.events.append(
      Array.from({ length: 10_000 }, (_, index) => ({
        eventId: `seen-${index}`,
        userId,
        itemId: 'm1',
        type: 'impression',
        atMs,
      })),
    );
    const click = { user_idx: userIdx, item_idx: 2, event: 'click' };
    expect((await send('POST', '/feedback', headers, click)).status).toBe(200);
  });
});

describe('what a request brings', () => {
  it('appears in no log, also where the request fails', async () => {
    const lines: string[] = [];
    const logger = pino({ level: 'trace' }, { write: (line: string) => lines.push(line) });
    await server.close();
    const visitors: VisitorStore = {
      ...server.stores.visitors,
      find: () => Promise.reject(new Error('the store is broken')),
    };
    server = await startIdentityServer({ logger, visitors });
    const secret = 'a'.repeat(43);
    const session = 'b'.repeat(43);
    const headers = { ...OPERATOR, 'x-matinee-visitor': secret, cookie: `matinee-session=${session}` };
    expect((await send('GET', `/recommend?user_idx=${2 ** 30}`, headers)).status).toBe(500);
    expect(lines.join()).toContain('the store is broken');
    for (const hidden of [TOKEN, secret, session]) expect(lines.join()).not.toContain(hidden);
  });

  it('decides the answer, so caches in between keep none of them', async () => {
    const { headers } = await server.sendAsStranger('/api/v1/search?q=story');
    expect(headers['cache-control']).toBe('private, no-store');
  });
});

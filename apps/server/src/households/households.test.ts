import type { HouseholdResponse, Profile, SessionResponse } from '@matinee/contract';
import { defined } from '@matinee/numerics';
import { createItemFacts } from '@matinee/recommender';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../testing/test-server.ts';
import { hashPin, requirePin } from './pin.ts';

const START_MS = 1_700_000_000_000;
const TOKEN = 'the token of the operator';
let server: TestServer;
let nowMs: number;
let householdId: string;

beforeEach(async () => {
  nowMs = START_MS;
  // Even items are for everybody, odd ones for adults.
  const facts = createItemFacts(240, (item) => ({ maturity: { age: item % 2 === 0 ? 0 : 17, source: 'listed' } }));
  server = await startTestServer({ facts, clock: () => nowMs, operatorToken: TOKEN });
  householdId = (await send('POST', '/api/v1/households', {})).json<HouseholdResponse>().householdId;
});
afterEach(() => server.close());

async function send(method: 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'PUT', url: string, body?: object, session?: string) {
  const { status, json, text } = await server.send({
    method,
    url,
    ...defined({ payload: body }),
    headers: session === undefined ? {} : { 'x-matinee-session': session },
  });
  return { status, text, json: <T>() => json as T, code: (json as { code?: string } | undefined)?.code };
}

const addProfile = async (body: object, session?: string): Promise<Profile> => {
  const answer = await send('POST', `/api/v1/households/${householdId}/profiles`, body, session);
  expect(answer.status, answer.text).toBe(201);
  return answer.json<Profile>();
};
const choose = (profileId: string, body: object) => send('POST', `/api/v1/profiles/${profileId}/session`, body);
const sessionFor = async (profileId: string, pin?: string): Promise<string> =>
  (await choose(profileId, pin === undefined ? {} : { pin })).json<SessionResponse>().session;

describe('profiles', () => {
  it('lay down what their user is shown', async () => {
    const kim = await addProfile({ name: 'Kim', isKids: true });
    expect(kim).toMatchObject({
      name: 'Kim',
      isKids: true,
      maturityCap: null,
      allowList: null,
      hidden: [],
      hasPin: false,
    });
    const session = await sessionFor(kim.profileId);
    const { text } = await send('GET', `/api/v1/home?userIdx=${kim.userIdx}`, undefined, session);
    expect(text).not.toMatch(/Story \d\d[13579]"/);
    expect(text).toMatch(/Story \d\d[02468]"/);
  });

  it('can be changed and removed, and are listed oldest first', async () => {
    const ann = await addProfile({ name: 'Ann' });
    nowMs += 1;
    const kim = await addProfile({ name: 'Kim', isKids: true, hidden: [4], allowList: [2, 4, 6] });
    const change = { hidden: [], maturityCap: 12 };
    const { status, json } = await send('PATCH', `/api/v1/profiles/${kim.profileId}`, change);
    expect([status, json()]).toEqual([200, { ...kim, ...change }]);
    const list = async () =>
      (await send('GET', `/api/v1/households/${householdId}`))
        .json<HouseholdResponse>()
        .profiles.map(({ name }) => name);
    expect(await list()).toEqual(['Ann', 'Kim']);
    expect((await send('DELETE', `/api/v1/profiles/${ann.profileId}`)).status).toBe(204);
    expect(await list()).toEqual(['Kim']);
  });

  it('take a user of the data set with the operator’s token, once', async () => {
    const take = (userIdx: number, headers: Record<string, string> = { authorization: `Bearer ${TOKEN}` }) =>
      server.send({
        method: 'POST',
        url: `/api/v1/households/${householdId}/profiles`,
        payload: { name: 'Ann', userIdx },
        headers,
      });
    expect(await take(3, {})).toMatchObject({ status: 401, json: { code: 'TOKEN_REQUIRED' } });
    expect(await take(3)).toMatchObject({ status: 201, json: { userIdx: 3 } });
    expect((await take(3)).json).toMatchObject({ code: 'USER_HAS_PROFILE' });
    expect((await take(9999)).json).toMatchObject({ code: 'USER_NOT_FOUND' });
  });

  it('say what is wrong with what they are given', async () => {
    const url = `/api/v1/households/${householdId}/profiles`;
    for (const body of [
      {},
      { name: '' },
      { name: 'x', maturityCap: 19 },
      { name: 'x', region: 'Germany' },
      { name: 'x', colour: 1 },
    ]) {
      expect((await send('POST', url, body)).status).toBe(400);
    }
    expect((await send('GET', '/api/v1/households/nobody-there')).code).toBe('HOUSEHOLD_NOT_FOUND');
    expect((await send('DELETE', '/api/v1/profiles/nobody-there')).code).toBe('PROFILE_NOT_FOUND');
  });
});

describe('a PIN', () => {
  it('hides everything about its user from requests without a session', async () => {
    const ann = await addProfile({ name: 'Ann', pin: '2468' });
    const session = await sessionFor(ann.profileId, '2468');
    const user = ann.userIdx;
    for (const url of [
      `/recommend?user_idx=${user}`,
      `/api/v1/home?userIdx=${user}`,
      `/api/v1/rows/popular_right_now?userIdx=${user}`,
      `/api/v1/search?q=story&userIdx=${user}`,
      `/api/v1/items/2?userIdx=${user}`,
      `/api/v1/items/2/similar?userIdx=${user}`,
      `/api/v1/users/${user}`,
      `/api/v1/users/${user}/events`,
    ]) {
      expect((await send('GET', url)).code, url).toBe('PIN_REQUIRED');
      expect((await send('GET', url, undefined, 'x'.repeat(36))).code, url).toBe('PIN_REQUIRED');
      expect((await send('GET', url, undefined, session)).status, url).toBe(200);
    }
    const like = { user_idx: user, item_idx: 2, event: 'like' };
    expect((await send('POST', '/feedback', like)).code).toBe('PIN_REQUIRED');
    expect((await send('POST', '/feedback', like, session)).status).toBe(200);
    const events = { userIdx: user, events: [{ eventId: 'event-0001', type: 'click', itemIdx: 2 }] };
    expect((await send('POST', '/api/v1/events', events)).code).toBe('PIN_REQUIRED');
    const { text } = await send('GET', '/api/v1/users?limit=50');
    expect(text).not.toContain(`"userIdx":${user},`);
  });

  it('opens its own profile only, and for half a day', async () => {
    const ann = await addProfile({ name: 'Ann', pin: '2468' });
    const annSession = await sessionFor(ann.profileId, '2468');
    const bob = await addProfile({ name: 'Bob', pin: '1357' }, annSession);
    const homeOf = (user: number) => send('GET', `/api/v1/home?userIdx=${user}`, undefined, annSession);
    expect((await homeOf(bob.userIdx)).code).toBe('PIN_REQUIRED');
    expect((await homeOf(ann.userIdx)).status).toBe(200);
    nowMs += 12 * 3_600_000;
    expect((await homeOf(ann.userIdx)).code).toBe('PIN_REQUIRED');
  });

  it('is changed and taken away with the old one, which ends sessions', async () => {
    const { profileId, userIdx } = await addProfile({ name: 'Ann', pin: '2468' });
    const session = await sessionFor(profileId, '2468');
    const put = (body: object) => send('PUT', `/api/v1/profiles/${profileId}/pin`, body, session);
    expect((await put({ pin: '1111' })).code).toBe('WRONG_PIN');
    expect((await put({ pin: '1111', oldPin: '0000' })).code).toBe('WRONG_PIN');
    expect((await put({ pin: '1111', oldPin: '2468' })).status).toBe(204);
    expect((await send('GET', `/api/v1/users/${userIdx}`, undefined, session)).code).toBe('PIN_REQUIRED');
    expect((await choose(profileId, { pin: '2468' })).code).toBe('WRONG_PIN');
    expect((await put({ pin: null, oldPin: '1111' })).status).toBe(204);
    const anew = await sessionFor(profileId);
    expect((await send('GET', `/api/v1/users/${userIdx}`, undefined, anew)).status).toBe(200);
  });

  it('takes five guesses, then one after every wait', async () => {
    const { profileId } = await addProfile({ name: 'Ann', pin: '2468' });
    for (let guess = 0; guess < 5; guess++) expect((await choose(profileId, { pin: '0000' })).code).toBe('WRONG_PIN');
    const locked = await choose(profileId, { pin: '2468' });
    expect([locked.status, locked.code]).toEqual([429, 'PIN_LOCKED']);
    expect(locked.text).toContain('in 30 seconds');
    nowMs += 30_000;
    expect((await choose(profileId, { pin: '0000' })).code).toBe('WRONG_PIN');
    nowMs += 30_000;
    expect((await choose(profileId, { pin: '2468' })).code).toBe('PIN_LOCKED');
    nowMs += 30_000;
    expect((await choose(profileId, { pin: '2468' })).status).toBe(201);
    expect((await choose(profileId, { pin: '0000' })).code).toBe('WRONG_PIN');
  });

  it('gives no more guesses when many are made at once', async () => {
    const { profileId } = await addProfile({ name: 'Ann', pin: '2468' });
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, guess) => choose(profileId, { pin: String(1000 + guess) })),
    );
    expect(answers.filter(({ code }) => code === 'WRONG_PIN').length).toBeLessThanOrEqual(5);
  });

  it('of an adult protects the rules of the household', async () => {
    const ann = await addProfile({ name: 'Ann', pin: '2468' });
    const session = await sessionFor(ann.profileId, '2468');
    const kim = await addProfile({ name: 'Kim', isKids: true, pin: '1357' }, session);
    const kims = await sessionFor(kim.profileId, '1357');
    for (const held of [undefined, kims]) {
      const attempts = [
        send('PATCH', `/api/v1/profiles/${kim.profileId}`, { isKids: false }, held),
        send('DELETE', `/api/v1/profiles/${kim.profileId}`, undefined, held),
        send('POST', `/api/v1/households/${householdId}/profiles`, { name: 'Big Kim' }, held),
      ];
      for (const attempt of attempts) expect((await attempt).code).toBe('PIN_REQUIRED');
    }
    expect((await send('PATCH', `/api/v1/profiles/${kim.profileId}`, { maturityCap: 12 }, session)).status).toBe(200);
  });

  it('is nowhere but in the hash: no answer, no store and no error repeats it', async () => {
    const { profileId } = await addProfile({ name: 'Ann', pin: '97531' });
    const { text } = await send('GET', `/api/v1/households/${householdId}`);
    const wrong = await choose(profileId, { pin: '97531x' });
    const stored = JSON.stringify(await server.stores.households.pinOf(profileId));
    for (const each of [text, wrong.text, stored]) expect(each).not.toContain('97531');
    expect(wrong.status).toBe(400);
    expect(stored).toMatch(/scrypt\$15\$8\$1\$/);
  });
});

describe('the hash of a PIN', () => {
  const pepper = new Uint8Array(32).fill(7);
  const NEVER_LOCKED = START_MS * 2;

  async function storeWith(hash: string) {
    const { households } = server.stores;
    const profileId = (await addProfile({ name: 'Ann' })).profileId;
    await households.setPin(profileId, hash);
    const check = (pin: string, secret?: Uint8Array) =>
      requirePin(households, profileId, pin, NEVER_LOCKED, { pepper: secret });
    return { check, state: () => households.pinOf(profileId) };
  }

  it('opens with its pepper only, and takes no attempt where that is missing', async () => {
    const { check, state } = await storeWith(await hashPin('2468', pepper));
    for (const other of [undefined, new Uint8Array(32)])
      await expect(check('2468', other)).rejects.toMatchObject({ code: 'PIN_UNREADABLE' });
    expect(await state()).toMatchObject({ failures: 0 });
    await expect(check('2469', pepper)).rejects.toMatchObject({ code: 'WRONG_PIN' });
    await check('2468', pepper);
  });

  it('without a pepper still opens, and is replaced by one with it', async () => {
    const { check, state } = await storeWith(await hashPin('2468', undefined));
    await expect(check('2469', pepper)).rejects.toMatchObject({ code: 'WRONG_PIN' });
    expect((await state())?.hash).toMatch(/^scrypt\$/);
    await check('2468', pepper);
    expect(await state()).toMatchObject({ hash: expect.stringMatching(/^scrypt-peppered\$/), failures: 0 });
    await check('2468', pepper);
    await expect(check('2468')).rejects.toMatchObject({ code: 'PIN_UNREADABLE' });
  });
});

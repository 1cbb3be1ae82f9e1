import type { Card, HomeResponse, HouseholdResponse, Profile, SessionResponse, UsersResponse } from '@matinee/contract';
import { createItemFacts } from '@matinee/recommender';
import { createSmallWorld } from '@matinee/recommender/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from './testing/test-server.ts';

const NOW_MS = 1_700_000_000_000;
const HIDDEN = 8;
const NOT_YET = 9;
const ENDED = 10;
const ELSEWHERE = 11;

let server: TestServer;
beforeAll(async () => {
  const facts = createItemFacts(240, (item) => {
    if (item === HIDDEN) return { isHidden: true };
    if (item === NOT_YET) return { licenceStart: NOW_MS / 1000 + 60 };
    if (item === ENDED) return { licenceEnd: NOW_MS / 1000 };
    if (item === ELSEWHERE) return { regions: ['FR'] };
    if (item % 3 === 0) return { maturity: { age: 13, source: 'listed' } };
    return item % 3 === 1 ? { maturity: { age: 7, source: 'estimated' } } : {};
  });
  server = await startTestServer({ facts, clock: () => NOW_MS });
});
afterAll(() => server.close());

const expected = (item: number) =>
  [{ age: 13, source: 'listed' }, { age: 7, source: 'estimated' }, null][item % 3] as Card['maturity'];

describe('the age of a title', () => {
  it('stands on every card, with where it is from', async () => {
    const home = (await server.send('/api/v1/home?userIdx=3')).json as HomeResponse;
    const [row] = home.rows;
    const answers = [
      { items: home.rows.flatMap(({ items }) => items) },
      (await server.send(`/api/v1/rows/${row?.id}?cursor=${encodeURIComponent(row?.cursor ?? '')}`)).json,
      (await server.send('/api/v1/items/3/similar')).json,
      (await server.send('/api/v1/search?q=story')).json,
      (await server.send('/api/v1/onboarding')).json,
    ] as { items?: Card[] }[];
    for (const { items = [] } of answers) {
      for (const { itemIdx, maturity } of items) if (itemIdx !== ELSEWHERE) expect(maturity).toEqual(expected(itemIdx));
    }
    expect(answers[0]?.items?.length).toBeGreaterThan(0);
    expect((await server.send('/api/v1/items/3')).json).toMatchObject({ maturity: expected(3) });
  });

  it('stands in the list of the stable contract', async () => {
    const { items } = (await server.send('/recommend?user_idx=3&k=20')).json as {
      items: { item_idx: number; maturity: unknown }[];
    };
    expect(items).toHaveLength(20);
    for (const { item_idx: item, maturity } of items) expect(maturity ?? null).toEqual(expected(item));
  });
});

describe('a poster', () => {
  const statusOf = async (item: number, headers: Record<string, string> = {}) =>
    (await server.send({ url: `/api/v1/items/${item}/poster`, headers })).status;

  it('is not drawn where the title may not be named', async () => {
    for (const item of [HIDDEN, NOT_YET, ENDED]) expect(await statusOf(item), String(item)).toBe(404);
    expect(await statusOf(3)).toBe(200);
    // Its address says nothing of the region, so the poster of a title bound to one is drawn.
    expect(await statusOf(ELSEWHERE)).toBe(200);
  });

  it('is not drawn above the cap of a profile, nor kept by a shared cache for one', async () => {
    const { householdId } = (await server.post('/api/v1/households', {})).json as HouseholdResponse;
    const made = await server.post(`/api/v1/households/${householdId}/profiles`, { name: 'Kim', isKids: true });
    const { profileId } = made.json as Profile;
    const opened = await server.post(`/api/v1/profiles/${profileId}/session`, {});
    const { session } = opened.json as SessionResponse;
    const headers = { 'x-matinee-session': session };
    expect([await statusOf(3, headers), await statusOf(4, headers)]).toEqual([404, 200]);
    const kept = await server.send({ url: '/api/v1/items/4/poster', headers });
    expect(String(kept.headers['cache-control'])).toMatch(/^private/);
  });
});

describe('a catalogue with IMAX among its genres', () => {
  it('names no format as a taste: on cards last, in rows, reasons and users never', async () => {
    const { dataset, release } = await createSmallWorld();
    // The names of the first two genres; every title has the first one.
    const genreNames = ['IMAX', 'Action', ...dataset.items.genreNames.slice(2)];
    const genres = dataset.items.genres.map(([genre = 0]) => Int32Array.from(new Set([0, 1, genre])));
    const other = await startTestServer({
      dataset: { ...dataset, items: { ...dataset.items, genreNames, genres } },
      release,
    });
    try {
      const users = (await other.send('/api/v1/users?limit=5')).json as UsersResponse;
      for (const { topGenres } of users.users) expect(topGenres).not.toContain('IMAX');
      for (const user of [await other.newVisitor(), 3]) {
        const { rows } = (await other.send(`/api/v1/home?userIdx=${user}`)).json as HomeResponse;
        for (const { params, items } of rows) {
          expect(params.genre).not.toBe('IMAX');
          for (const { genres: shown, why } of items) {
            expect(shown.at(-1)).toBe('IMAX');
            expect(shown[0]).not.toBe('IMAX');
            expect(why?.params.genres ?? []).not.toContain('IMAX');
          }
        }
        expect(rows.length).toBeGreaterThan(0);
      }
    } finally {
      await other.close();
    }
  });
});

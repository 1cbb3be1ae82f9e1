import type {
  HomeResponse,
  ItemResponse,
  ItemsResponse,
  RecommendResponse,
  SearchResponse,
  StoredItem,
  UserEventsResponse,
} from '@matinee/contract';
import { createSmallWorld } from '@matinee/recommender/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from './testing/test-server.ts';

const TOKEN = 'a secret of a good length';
const { dataset, release } = await createSmallWorld();
const COUNT = dataset.items.vocabulary.ids.length;
/** Of the data set, and popular. */
const TITLE = 0;

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer({
    catalogueToken: TOKEN,
    explorationShare: 0,
    openGeneration: async () => ({ ...release, generation: 'v2' as const }),
  });
});
afterEach(() => server.close());

const json = async <Body>(url: string, from = server): Promise<Body> => (await from.send(url)).json as Body;
async function write(method: 'PUT' | 'PATCH' | 'DELETE', itemId: string, payload?: object, by = '') {
  const url = `/api/v1/items/${by}${encodeURIComponent(itemId)}`;
  const headers = { authorization: `Bearer ${TOKEN}` };
  const answer = await server.send({ method, url, headers, ...(payload && { payload }) });
  return { status: answer.status, json: answer.json as StoredItem & { code: string; message: string } };
}
async function post(...items: object[]): Promise<ItemsResponse['items']> {
  const headers = { authorization: `Bearer ${TOKEN}` };
  const answer = await server.send({ method: 'POST', url: '/api/v1/items', payload: { items }, headers });
  expect(answer.status).toBe(201);
  return (answer.json as ItemsResponse).items;
}
const search = async (q: string, from = server): Promise<number[]> =>
  (await json<SearchResponse>(`/api/v1/search?q=${encodeURIComponent(q)}`, from)).items.map(({ itemIdx }) => itemIdx);

/** Where the item is shown, by the address that shows it. */
async function placesOf(itemIdx: number, userIdx: number, from = server): Promise<string[]> {
  const addresses = [
    `/recommend?user_idx=${userIdx}&k=100`,
    `/recommend?user_idx=${userIdx}&k=100&generation=v2`,
    `/api/v1/home?userIdx=${userIdx}`,
    `/api/v1/home?userIdx=${userIdx}&generation=v2`,
    `/api/v1/rows/popular_right_now?userIdx=${userIdx}`,
    `/api/v1/onboarding?userIdx=${userIdx}&limit=50`,
    '/api/v1/search?q=story&limit=50',
    '/api/v1/search?q=action%20story%20000',
    `/api/v1/items/${itemIdx}`,
    `/api/v1/items/${itemIdx}/poster`,
    `/api/v1/items/${itemIdx}/similar`,
    '/api/v1/items/6/similar?limit=50',
    `/api/v1/users/${userIdx}/events`,
  ];
  const found: string[] = [];
  for (const url of addresses) {
    const { status, text } = await from.send(url);
    const isIn = [`"itemIdx":${itemIdx},`, `"item_idx":${itemIdx},`, `/items/${itemIdx}/`, 'Action Story 000'];
    if (status === 200 && (url.endsWith('poster') || isIn.some((mark) => text.includes(mark)))) found.push(url);
  }
  return found;
}

describe.each([
  ['hidden by a patch', () => write('PATCH', 'm0', { hidden: true })],
  ['hidden by sending it again', () => post({ itemId: 'm0', hidden: true })],
  ['deleted', () => write('DELETE', 'm0')],
])('a title of the data set that is %s', (_, takeDown) => {
  it('is gone from the next answer everywhere, over a restart, too, and its events stay', async () => {
    const userIdx = await server.newVisitor();
    await server.post('/feedback', { user_idx: userIdx, item_idx: TITLE, event: 'click' });
    expect((await placesOf(TITLE, userIdx)).length).toBeGreaterThan(8);
    await server.post('/feedback', { user_idx: userIdx, item_idx: TITLE, event: 'like' });
    expect(await json<UserEventsResponse>(`/api/v1/users/${userIdx}/events`)).toMatchObject({
      events: [{ itemIdx: TITLE }],
    });

    await takeDown();
    expect(await placesOf(TITLE, userIdx)).toEqual([]);
    expect((await server.post('/feedback', { user_idx: userIdx, item_idx: TITLE, event: 'like' })).status).toBe(404);
    const { eventLog, newItems } = { eventLog: server.stores.events, newItems: server.stores.newItems };
    const again = await startTestServer({ eventLog, newItems, visitors: server.stores.visitors });
    expect(await placesOf(TITLE, 3, again)).toEqual([]);
    expect(await search('action story 006', again)).toContain(6);
    await again.close();
    await server.swap({ ...release, version: 'later' });
    expect(await placesOf(TITLE, userIdx)).toEqual([]);
    const kept = await server.stores.events.eventsAfter(0, 10);
    expect(kept.map(({ type, itemId }) => `${type} ${itemId}`)).toEqual(['click m0', 'like m0']);
  });

  it('comes back when it is said again, with all that was known of it', async () => {
    const before = await json<ItemResponse>(`/api/v1/items/${TITLE}`);
    await takeDown();
    expect(await post({ itemId: 'm0', hidden: false })).toMatchObject([{ status: 'updated', itemIdx: TITLE }]);
    expect(await json<ItemResponse>(`/api/v1/items/${TITLE}`)).toEqual(before);
    expect(await search('action story 000')).toContain(TITLE);
  });
});

describe('a title that is changed', () => {
  it('is in the next answer as it is now: title, year, genres, maturity, region', async () => {
    const userIdx = await server.newVisitor();
    const list = `/recommend?user_idx=${userIdx}&k=100`;
    const titlesOf = async (parameters = ''): Promise<Map<number, string | undefined>> => {
      const { items } = await json<RecommendResponse>(`${list}${parameters}`);
      return new Map(items.map(({ item_idx, title }) => [item_idx, title]));
    };
    expect((await titlesOf()).get(TITLE)).toBe('Action Story 000 (1960)');
    const changes = {
      title: 'Quasar Heist',
      year: 2026,
      genres: ['Heist', 'Comedy'],
      attributes: { studio: 'Nebula' },
    };
    expect(await write('PATCH', 'm0', changes)).toMatchObject({ status: 200, json: { status: 'updated', itemIdx: 0 } });
    expect((await titlesOf()).get(TITLE)).toBe('Quasar Heist (2026)');
    expect(await json<ItemResponse>(`/api/v1/items/${TITLE}`)).toMatchObject({
      ...{ title: 'Quasar Heist', year: 2026, genres: ['Comedy', 'Heist'] },
    });
    expect(await search('quasar heist')).toEqual([TITLE]);
    expect(await search('action story 000')).not.toContain(TITLE);
    for (const filter of ['genre = "Heist"', 'item.studio = "Nebula"', 'year = 2026 and genre = "Comedy"']) {
      expect([...(await titlesOf(`&filter=${encodeURIComponent(filter)}`)).keys()]).toEqual([TITLE]);
    }
    const home = await json<HomeResponse>(`/api/v1/home?userIdx=${userIdx}`);
    const cards = home.rows.flatMap(({ items }) => items).filter(({ itemIdx }) => itemIdx === TITLE);
    expect(cards.length).toBeGreaterThan(0);
    for (const card of cards) expect(card).toMatchObject({ title: 'Quasar Heist', genres: ['Comedy', 'Heist'] });
    expect((await server.send(`/api/v1/items/${TITLE}/poster`)).text).toContain('Quasar');

    await write('PATCH', 'm0', { regions: ['DE'] });
    expect((await titlesOf()).has(TITLE)).toBe(false);
    expect((await titlesOf('&region=DE')).has(TITLE)).toBe(true);
    await write('PATCH', 'm0', { regions: null, licenceStart: '2099-01-01' });
    expect((await titlesOf()).has(TITLE)).toBe(false);
    expect((await server.send(`/api/v1/items/${TITLE}/poster`)).status).toBe(404);
    await write('PATCH', 'm0', { licenceStart: null, maturity: 'R' });
    expect((await titlesOf()).has(TITLE)).toBe(true);
    expect((await titlesOf(`&filter=${encodeURIComponent('maturity >= 17')}`)).has(TITLE)).toBe(true);
    const again = await startTestServer({ newItems: server.stores.newItems });
    expect(await json<ItemResponse>(`/api/v1/items/${TITLE}`, again)).toMatchObject({
      title: 'Quasar Heist',
      year: 2026,
    });
    await again.close();
  });

  it('may be one that was added, and takes fields away with null', async () => {
    await post({ itemId: 'new/1', title: 'Quasar Heist', year: 2026, genres: ['Sci-Fi'] });
    expect(await write('PATCH', 'new/1', { year: null, genres: null, title: 'Pulsar' })).toMatchObject({
      json: { itemId: 'new/1', itemIdx: COUNT, status: 'updated' },
    });
    expect(await json<ItemResponse>(`/api/v1/items/${COUNT}`)).toMatchObject({
      title: 'Pulsar',
      year: null,
      genres: [],
    });
    await post({ itemId: 'new/2', title: 'Later' });
    expect(await json<ItemResponse>(`/api/v1/items/${COUNT}`)).toMatchObject({
      title: 'Pulsar',
      year: null,
      genres: [],
    });
    expect(await search('later')).toEqual([COUNT + 1]);
  });

  it('is written below by-id and without it alike, also by an id with a slash', async () => {
    const body = { title: 'Quasar Heist', genres: ['Action'] };
    expect(await write('PUT', 'tt/7', body, 'by-id/')).toMatchObject({ status: 201, json: { status: 'added' } });
    expect(await write('PUT', 'tt/7', body)).toMatchObject({ status: 200, json: { itemId: 'tt/7' } });
    expect(await write('PATCH', 'tt/7', { year: 2027 }, 'by-id/')).toMatchObject({ status: 200 });
    expect(await json('/api/v1/items/by-id/tt%2F7')).toMatchObject({ title: 'Quasar Heist', year: 2027 });
    expect(await write('DELETE', 'tt/7', undefined, 'by-id/')).toMatchObject({ status: 200 });
    const { status } = await server.send({ method: 'PUT', url: '/api/v1/items/by-id/tt', payload: body });
    expect(status).toBe(401);
  });

  it('says of each title sent again what became of it, in one request with new ones', async () => {
    const first = { itemId: 'a', title: 'One', year: 2020, genres: ['Drama', 'Action'] };
    expect((await post(first)).map(({ status }) => status)).toEqual(['added']);
    const again = await post(first, { itemId: 'b', title: 'Two' }, { itemId: 'm3', year: 1999 }, { itemId: 'm4' });
    expect(again.map(({ status }) => status)).toEqual(['known', 'added', 'updated', 'known']);
    // What is not said stays.
    expect(await json<ItemResponse>('/api/v1/items/3')).toMatchObject({ title: 'Horror Story 003', year: 1999 });
    expect((await post({ ...first, genres: ['Action', 'Drama'] })).map(({ status }) => status)).toEqual(['known']);
    expect((await post({ ...first, title: 'Uno' })).map(({ status }) => status)).toEqual(['updated']);
  });
});

describe('PUT of a title', () => {
  it('adds it, replaces all that is known of it, and changes nothing the second time', async () => {
    const id = 'ü/ä 007?#';
    const whole = { title: 'Quasar Heist', year: 2026, genres: ['Sci-Fi'], maturity: 7 };
    expect(await write('PUT', id, whole)).toMatchObject({ status: 201, json: { status: 'added', itemIdx: COUNT } });
    expect(await write('PUT', id, whole)).toMatchObject({ status: 200, json: { status: 'known' } });
    expect(await write('PUT', id, { title: 'Pulsar' })).toMatchObject({ status: 200, json: { status: 'updated' } });
    expect(await json<ItemResponse>(`/api/v1/items/${COUNT}`)).toMatchObject({
      ...{ itemId: id, title: 'Pulsar', year: null, genres: [] },
    });
    await write('DELETE', id);
    expect((await server.send(`/api/v1/items/${COUNT}`)).status).toBe(404);
    expect(await write('PATCH', id, { title: 'Ghost' })).toMatchObject({
      status: 404,
      json: { code: 'ITEM_NOT_FOUND' },
    });
    expect(await write('DELETE', id)).toMatchObject({ status: 200, json: { status: 'deleted' } });
    expect(await write('PUT', id, { title: 'Pulsar' })).toMatchObject({ status: 200, json: { status: 'updated' } });
    expect(await json<ItemResponse>(`/api/v1/items/${COUNT}`)).toMatchObject({ title: 'Pulsar' });
  });

  it('takes many writers at the same time, and the last one holds', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, at) => write('PUT', `n${at % 5}`, { title: `Round ${at}` })));
    const status = await json<{ dataset: { itemCount: number } }>('/api/v1/status');
    expect(status.dataset.itemCount).toBe(COUNT + 5);
    expect((await search('round 19')).length).toBe(1);
  });
});

describe('what a change of a title refuses', () => {
  it.each([
    ['PATCH', 'nobody', { title: 'x' }, 404, 'no title has the id "nobody"'],
    ['DELETE', 'nobody', undefined, 404, 'no title has the id "nobody"'],
    ['PATCH', 'm0', { maturity: 'old' }, 400, 'm0: maturity: cannot read "old"'],
    ['PATCH', 'm0', { posterUrl: 'http://x.example/1.jpg' }, 400, 'posterUrl: must be an https address'],
    [
      'PUT',
      'm0',
      { licenceStart: '2030-01-01', licenceEnd: '2029-01-01' },
      400,
      'licenceEnd: lies before licenceStart',
    ],
    ['PATCH', 'm0', { colour: 'red' }, 400, 'colour'],
  ] as const)('%s %s %j', async (method, itemId, body, status, message) => {
    const answer = await write(method, itemId, body);
    expect(answer.status).toBe(status);
    expect(answer.json.message).toContain(message);
    expect(await server.stores.newItems.readChanges()).toEqual([]);
  });

  it('a licence that would end before it begins, by two changes', async () => {
    await write('PATCH', 'm0', { licenceEnd: '2029-01-01' });
    expect(await write('PATCH', 'm0', { licenceStart: '2030-01-01' })).toMatchObject({
      ...{ status: 400, json: { code: 'BAD_ITEM' } },
    });
  });

  it('anybody without the secret', async () => {
    for (const method of ['PUT', 'PATCH', 'DELETE'] as const) {
      expect((await server.send({ method, url: '/api/v1/items/m0', payload: {} })).status).toBe(401);
    }
  });
});

describe('the id of a title', () => {
  it.each([' m900', 'm900 ', '\u3000m900', 'm900\n', 'm\u0001900'])(
    'is not written with blanks at its ends or control characters: %j',
    async (itemId) => {
      const headers = { authorization: `Bearer ${TOKEN}` };
      const payload = {
        items: [
          { itemId: 'm901', title: 'A' },
          { itemId, title: 'B' },
        ],
      };
      const answer = await server.send({ method: 'POST', url: '/api/v1/items', payload, headers });
      expect(answer).toMatchObject({ status: 400, json: { code: 'BAD_ITEM' } });
      expect((answer.json as { message: string }).message).toContain('itemId: must not');
      expect(await write('PUT', itemId, { title: 'B' })).toMatchObject({ status: 400, json: { code: 'BAD_ITEM' } });
      expect(await server.stores.newItems.readAll()).toEqual([]);
    },
  );
});

describe('a title that is not there', () => {
  it('is not found by PATCH, whatever the body says', async () => {
    await write('DELETE', 'm0');
    for (const id of ['m0', 'none']) {
      for (const body of [{ hidden: false }, { maturity: 'no label' }, { licenceStart: '2024-02-31' }]) {
        expect(await write('PATCH', id, body)).toMatchObject({ status: 404, json: { code: 'ITEM_NOT_FOUND' } });
      }
    }
  });

  it('is taken down again without an error', async () => {
    for (let time = 0; time < 2; time++) {
      expect(await write('DELETE', 'm0')).toMatchObject({ status: 200, json: { status: 'deleted' } });
    }
    expect((await write('DELETE', 'none')).status).toBe(404);
  });
});

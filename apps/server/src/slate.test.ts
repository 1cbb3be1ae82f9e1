import type { HomeResponse, RecommendResponse, RowResponse } from '@matinee/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from './testing/test-server.ts';

const DAY_MS = 86_400_000;
let nowMs = 1_700_000_000_000;
let server: TestServer;
let certain: TestServer;
beforeAll(async () => {
  server = await startTestServer({ clock: () => nowMs });
  certain = await startTestServer({ clock: () => nowMs, explorationShare: 0 });
});
afterAll(async () => {
  await server.close();
  await certain.close();
});

const homeOf = async (from: TestServer, user: number, query = ''): Promise<HomeResponse> => {
  const { status, json, text } = await from.send(`/api/v1/home?userIdx=${user}${query}`);
  expect(status, text).toBe(200);
  return json as HomeResponse;
};
const itemsOf = ({ rows }: HomeResponse) => rows.map(({ id, items }) => [id, items.map(({ itemIdx }) => itemIdx)]);

describe('diversity', () => {
  it('re-orders a list on request, and reports each move', async () => {
    const listOf = async (query: string) =>
      (await server.send(`/recommend?user_idx=3&k=20${query}`)).json as RecommendResponse;
    const indicesOf = ({ items }: RecommendResponse) => items.map(({ item_idx }) => item_idx);
    const [plain, none, some] = [
      await listOf(''),
      await listOf('&diversity=0'),
      await listOf('&diversity=0.4&debug=1'),
    ];
    expect(none).toEqual(plain);
    expect(indicesOf(some)).not.toEqual(indicesOf(plain));
    const moves = some.debug?.moves ?? [];
    for (const { item_idx, to, reason } of moves.filter((move) => move.to < 20)) {
      expect(some.items[to]?.item_idx).toBe(item_idx);
      expect(['diversity', 'calibration']).toContain(reason);
    }
    expect(moves.length).toBeGreaterThan(2);
  });

  it.each(['-0.1', '1.1', 'much', ''])('of "%s" is refused with a 400', async (value) => {
    for (const url of ['/recommend?user_idx=3', '/api/v1/home?userIdx=3', '/api/v1/rows/x?userIdx=3']) {
      expect((await server.send(`${url}&diversity=${value}`)).status).toBe(400);
    }
  });

  it('varies the rows of a page a little, unless the request says how much', async () => {
    const reasonsOf = async (query: string) =>
      new Set((await homeOf(certain, 3, `${query}&debug=true`)).debug?.moves.map(({ reason }) => reason));
    expect([...(await reasonsOf(''))].sort()).toEqual(['calibration', 'diversity']);
    expect(await reasonsOf('&diversity=0')).toEqual(new Set());
    expect((await homeOf(certain, 3)).debug).toBeUndefined();
  });
});

describe('exploration', () => {
  it('draws one place of the discovery row, with a propensity that the events of the title keep', async () => {
    const user = await server.newVisitor();
    const { requestId, rows, debug } = await homeOf(server, user, '&debug=true');
    const drawn = rows.flatMap(({ id, items }) =>
      items.flatMap((card, position) => (card.propensity === undefined ? [] : [{ id, card, position }])),
    );
    expect(drawn).toHaveLength(1);
    const [{ id, card, position }] = drawn as [(typeof drawn)[0]];
    expect([id, position]).toEqual(['mixed_discovery', 5]);
    expect(debug?.moves.filter(({ reason }) => reason === 'exploration')).toEqual([
      {
        itemIdx: card.itemIdx,
        from: expect.any(Number),
        to: 5,
        reason: 'exploration',
        propensity: card.propensity,
        rowId: id,
      },
    ]);
    const { itemIdx, propensity } = card;
    const event = { eventId: 'explored-1', type: 'impression', itemIdx, requestId, rowId: id, position, propensity };
    await server.post('/api/v1/events', { userIdx: user, events: [event] });
    const stored = await server.stores.events.eventsAfter(0, 1000);
    expect(stored.find(({ eventId }) => eventId === 'explored-1')).toMatchObject({ position, propensity });
    const wrong = await server.post('/api/v1/events', { userIdx: user, events: [{ ...event, propensity: 0 }] });
    expect(wrong.status).toBe(400);
  });

  it('draws something else for another request, and the same again for the further titles of this one', async () => {
    const drawnIn = ({ rows }: HomeResponse) =>
      rows.flatMap(({ items }) => items.filter(({ propensity }) => propensity).map(({ itemIdx }) => itemIdx));
    const homes = [await homeOf(server, 4), await homeOf(server, 4), await homeOf(server, 4)];
    expect(new Set(homes.flatMap(drawnIn)).size).toBeGreaterThan(1);
    for (const home of homes) {
      const shown = new Set(home.rows.flatMap(({ items }) => items.map(({ itemIdx }) => itemIdx)));
      for (const { id, cursor } of home.rows.filter((row) => row.cursor !== null)) {
        const { json } = await server.send(`/api/v1/rows/${encodeURIComponent(id)}?userIdx=4&cursor=${cursor}`);
        for (const { itemIdx } of (json as RowResponse).items) expect(shown).not.toContain(itemIdx);
      }
    }
  });

  it('draws nothing where it is turned off', async () => {
    expect((await certain.send('/api/v1/home?userIdx=4')).text).not.toContain('propensity');
    expect(itemsOf(await homeOf(certain, 4))).toEqual(itemsOf(await homeOf(certain, 4)));
  });
});

describe('rotation', () => {
  it('shows other titles the day after, and not before', async () => {
    const user = await certain.newVisitor();
    const before = await homeOf(certain, user);
    const [first] = before.rows;
    const seen = first?.items.slice(0, 6).map(({ itemIdx }) => itemIdx) ?? [];
    const events = seen.map((itemIdx) => ({ eventId: `seen-${user}-${itemIdx}`, type: 'impression', itemIdx }));
    await certain.post('/api/v1/events', { userIdx: user, events });
    expect(itemsOf(await homeOf(certain, user))).toEqual(itemsOf(before));
    nowMs += DAY_MS;
    const next = await homeOf(certain, user, '&debug=true');
    expect(next.rows[0]?.id).toBe(first?.id);
    const still = next.rows[0]?.items.slice(0, 6).filter(({ itemIdx }) => seen.includes(itemIdx));
    expect(still?.length).toBeLessThan(3);
    expect(next.debug?.moves.some(({ reason }) => reason === 'rotation')).toBe(true);
  });
});

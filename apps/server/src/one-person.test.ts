import type { HomeResponse, ItemResponse, StatusResponse } from '@matinee/contract';
import { afterEach, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from './testing/test-server.ts';

/** An item without ratings. */
const UNKNOWN = 238;
const NOW = Date.UTC(2026, 0, 10, 12);

let servers: TestServer[] = [];
afterEach(async () => {
  for (const server of servers) await server.close();
  servers = [];
});

/** What one visitor's events leave behind for everybody, after the server and after one that starts over its log. */
async function tracesOf(event: string, times: number, kind: 'visitor' | 'member'): Promise<object> {
  const clock = { nowMs: NOW };
  const server = await startTestServer({ clock: () => clock.nowMs, explorationShare: 0 });
  const userIdx = kind === 'visitor' ? await server.newVisitor() : 40;
  for (let count = 0; count < times; count++) {
    clock.nowMs += 1000;
    await server.post('/feedback', { user_idx: userIdx, item_idx: UNKNOWN, event });
  }
  clock.nowMs = NOW + 3_600_000 - 1;
  const stores = { eventLog: server.stores.events, visitors: server.stores.visitors };
  const again = await startTestServer({ ...stores, clock: () => clock.nowMs, explorationShare: 0 });
  servers.push(again, server);
  const seen = await Promise.all(
    [server, again].map(async (from) => {
      const home = (await from.send(`/api/v1/home?userIdx=${await from.newVisitor()}`)).json as HomeResponse;
      const { lately } = (await from.send(`/api/v1/items/${UNKNOWN}`)).json as ItemResponse;
      const { online } = (await from.send('/api/v1/status')).json as StatusResponse;
      const rows = home.rows.map(({ id, items }) => [id, items.map(({ itemIdx, why }) => [itemIdx, why])]);
      return { hero: home.hero?.itemIdx, rows, lately, drift: online.drift, count: online.engagementsSinceTraining };
    }),
  );
  expect(seen[1]).toEqual(seen[0]);
  return seen[0]!;
}

describe('what one person does again and again', () => {
  it.each([
    ['click', 50, 'visitor'],
    ['like', 200, 'visitor'],
    ['watched', 50, 'member'],
    ['click', 50, 'member'],
  ] as const)('%s %d times as a %s leaves what it leaves once, live and in replay', async (event, times, kind) => {
    expect(await tracesOf(event, times, kind)).toEqual(await tracesOf(event, 1, kind));
  });
});

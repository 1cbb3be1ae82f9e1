import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { openSqliteStores } from '@matinee/adapters/sqlite';
import { createRandom } from '@matinee/numerics';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CATALOGUE_TOKEN, createServerProcesses, type ServerProcesses } from '../testing/server-processes.ts';
import { writeSmallData } from '../testing/small-data.ts';

let folder: string;
let processes: ServerProcesses;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'matinee-start-'));
  const data = path.join(folder, 'ratings-of-few');
  await writeSmallData(data);
  processes = createServerProcesses(folder, data);
});
afterAll(async () => {
  processes.killAll();
  await rm(folder, { recursive: true });
});

const run: ServerProcesses['run'] = (...options) => processes.run(...options);
const start: ServerProcesses['start'] = (...options) => processes.start(...options);
const stop: ServerProcesses['stop'] = (...options) => processes.stop(...options);

describe('matinee start', () => {
  it('prepares, trains and serves; the second start reuses; SIGTERM ends it with 0', async () => {
    const first = await start('start', 'start');
    const recommended = await (await fetch(`${first.url}/recommend?user_idx=0&k=5`)).json();
    expect((recommended as { items: unknown[] }).items).toHaveLength(5);
    expect(first.log()).toContain('"stage":"fit item-knn on everything","status":"done"');
    expect(await stop(first.child, 'SIGTERM')).toBe(0);

    const second = await start('start', 'start');
    expect(second.log()).not.toContain('fit item-knn');
    expect(await (await fetch(`${second.url}/recommend?user_idx=0&k=5`)).json()).toEqual(recommended);
    expect(await stop(second.child, 'SIGINT')).toBe(0);

    const served = await start('serve', 'start');
    expect(await (await fetch(`${served.url}/recommend?user_idx=0&k=5`)).json()).toEqual(recommended);
    expect(await stop(served.child, 'SIGTERM')).toBe(0);
  });

  it('refreshes the release with what people do, in a process of its own, and exports what they did', async () => {
    const { child, url, log } = await start('start', 'start', 0, 'v1', ['--refresh-after-events', '30']);
    const versionOf = async (): Promise<string> =>
      ((await (await fetch(`${url}/api/v1/status`)).json()) as { version: string }).version;
    const before = await versionOf();
    const post = async (path: string, body: object) => {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${CATALOGUE_TOKEN}` };
      return (await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })).json();
    };
    const received = { items: [{ itemId: 'late', title: 'Latecomer' }] };
    const { items } = (await post('/api/v1/items', received)) as { items: { itemIdx: number }[] };
    const late = items[0]?.itemIdx ?? -1;
    for (let user = 0; user < 40; user++) {
      await post('/feedback', { user_idx: user, item_idx: user < 10 ? late : (user * 7) % 60, event: 'like' });
    }
    while (!log().includes('the refreshed v1 is served from now on')) {
      if (log().includes('could not be refreshed')) throw new Error(log());
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const after = await versionOf();
    expect(after).not.toBe(before);
    expect(await stop(child, 'SIGTERM')).toBe(0);

    const served = await start('serve', 'start');
    const status = await (await fetch(`${served.url}/api/v1/status`)).json();
    // All but the latest fifth is in the release; the rest is counted beside it.
    expect(status).toMatchObject({ version: after, online: { throughSequence: 40, engagementsSinceTraining: 8 } });
    // The title that came later is where it was, and the refreshed release has learned whom it is for.
    const list = await fetch(`${served.url}/recommend?user_idx=15&k=100&debug=true`);
    const { items: found } = (await list.json()) as { items: { item_idx: number; sources: string[] }[] };
    const sources = found.find(({ item_idx }) => item_idx === late)?.sources;
    expect(sources).toContain('v2_item_item');
    expect(await stop(served.child, 'SIGTERM')).toBe(0);

    const out = path.join(folder, 'interactions.jsonl');
    const exported = run(['data', 'export-log', 'ratings-of-few', '--out', out], 'start', []);
    expect(await once(exported.child, 'exit')).toEqual([0, null]);
    const rows = (await readFile(out, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(rows).toHaveLength(40);
    expect(rows[10]).toMatchObject({ user: '11', item: '11', type: 'like', shown: false });
    expect(rows[0]).toMatchObject({ user: '1', item: 'late', type: 'like' });
  }, 120_000);

  it('says that the port is in use and ends with 1', async () => {
    const holder = net.createServer().listen(0, 'localhost');
    await once(holder, 'listening');
    const { port } = holder.address() as net.AddressInfo;
    const { child, log } = run(['start', '--port', String(port)], 'start');
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(1);
    expect(log()).toContain(`matinee: port ${port} is in use; choose another with --port or PORT`);
    holder.close();
  });

  it('serve without a release says what to run', async () => {
    const { child, log } = run(['serve', '--port', '0'], 'nothing-trained');
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(2);
    expect(log()).toContain('run: matinee train');
  });
});

describe('training beside the server over SIGKILL', () => {
  it('takes nothing acknowledged with it; every start serves, and the last one finishes what was begun', async () => {
    const random = createRandom(5);
    const acknowledged: string[] = [];
    for (let round = 0; round < 2; round++) {
      const { url, child } = await start('start', 'beside', 0, 'v2');
      expect(
        ((await (await fetch(`${url}/recommend?user_idx=0&k=5`)).json()) as { items: unknown[] }).items,
      ).toHaveLength(5);
      const eventId = `before-kill-${round}`;
      expect(await sendClick(url, eventId, round)).toBe('accepted');
      acknowledged.push(eventId);
      await new Promise((resolve) => setTimeout(resolve, random.integer(1500)));
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
    const { url, child, log } = await start('start', 'beside', 0, 'v2');
    for (const [round, eventId] of acknowledged.entries())
      expect(await sendClick(url, eventId, round)).toBe('duplicate');
    await expect.poll(log, { timeout: 20_000 }).toMatch(/v2 is (ready|served)/);
    expect(
      ((await (await fetch(`${url}/recommend?user_idx=0&k=5`)).json()) as { items: unknown[] }).items,
    ).toHaveLength(5);
    expect(await stop(child, 'SIGTERM')).toBe(0);
  }, 90_000);

  async function sendClick(url: string, eventId: string, item: number): Promise<string> {
    const response = await fetch(`${url}/feedback`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user_idx: 1, item_idx: item, event: 'click', event_id: eventId }),
    });
    return ((await response.json()) as { status: string }).status;
  }
});

describe('feedback over SIGKILL', () => {
  it('every acknowledged event is there after the restart, none twice', async () => {
    const random = createRandom(Number(process.env['KILL_SEED'] ?? 7));
    const acknowledged = new Map<string, { user: number; item: number }>();
    const sent = new Map<string, { user: number; item: number }>();
    let running = await start('start', 'kill');

    for (let round = 0; round < 4; round++) {
      const { url, child } = running;
      let isDown = false;
      const writer = async (): Promise<void> => {
        while (!isDown) {
          const eventId = `event-${String(sent.size).padStart(6, '0')}`;
          const event = { user: random.integer(40), item: random.integer(60) };
          sent.set(eventId, event);
          const body = { user_idx: event.user, item_idx: event.item, event: 'click', event_id: eventId };
          try {
            const response = await fetch(`${url}/feedback`, {
              method: 'POST',
              headers: { 'content-type': 'application/json' },
              body: JSON.stringify(body),
            });
            if (response.status === 200 && ((await response.json()) as { status: string }).status === 'accepted') {
              acknowledged.set(eventId, event);
            }
          } catch {
            isDown = true;
          }
        }
      };
      const writers = Array.from({ length: 8 }, writer);
      await new Promise((resolve) => setTimeout(resolve, 150 + random.integer(500)));
      child.kill('SIGKILL');
      await Promise.all(writers);
      running = await start('serve', 'kill');
    }

    // Sent again, an event that was stored says so; one that was not is stored now. Each must then be there once.
    const missing: string[] = [];
    for (const [eventId, { user, item }] of acknowledged) {
      const response = await fetch(`${running.url}/feedback`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ user_idx: user, item_idx: item, event: 'click', event_id: eventId }),
      });
      if (((await response.json()) as { status: string }).status !== 'duplicate') missing.push(eventId);
    }
    expect(acknowledged.size).toBeGreaterThan(100);
    expect(missing).toEqual([]);
    expect(await stop(running.child, 'SIGTERM')).toBe(0);

    const stores = openSqliteStores(path.join(folder, 'kill', 'events', 'ratings-of-few.db'));
    const stored = await stores.events.eventsAfter(0, 1_000_000);
    await stores.close();
    const ids = stored.map(({ eventId }) => eventId);
    expect(new Set(ids).size).toBe(ids.length);
    // Nothing is there that was never sent, and what was acknowledged is there as it was sent.
    for (const { eventId } of stored) expect(sent.has(eventId)).toBe(true);
    const byId = new Map(stored.map((event) => [event.eventId, event]));
    for (const [eventId, { user, item }] of acknowledged) {
      expect(byId.get(eventId)).toMatchObject({ userId: `${user + 1}`, itemId: `${item + 1}`, type: 'click' });
    }
  }, 120_000);
});

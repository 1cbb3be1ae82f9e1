import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describeEventLog } from '@matinee/recommender/testing';
import Database from 'libsql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SqliteStores } from './open-stores.ts';
import { openStoresInWorker } from './open-stores-in-worker.ts';

describeEventLog('SQLite in a worker', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'matinee-worker-'));
  return {
    open: async () => (await openStoresInWorker(path.join(folder, 'events.db'))).events,
    destroy: () => rm(folder, { recursive: true }),
  };
});

describe('openStoresInWorker', () => {
  const like = { userId: 'ada', itemId: 'm1', type: 'like', atMs: 1 } as const;
  let folder: string;
  let file: string;
  let stores: SqliteStores | undefined;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'matinee-worker-'));
    file = path.join(folder, 'events.db');
  });
  afterEach(async () => {
    await stores?.close();
    stores = undefined;
    await rm(folder, { recursive: true });
  });

  it('has every store, and returns values of every kind', async () => {
    stores = await openStoresInWorker(file);
    await stores.households.createHousehold('h1', 1);
    expect(await stores.households.hasHousehold('h1')).toBe(true);
    expect(await stores.events.standingFeedback('ada', 0)).toMatchObject({ itemIds: [], types: new Uint8Array(0) });
    expect(await stores.visitors.find(1)).toBeUndefined();
    expect(await stores.visitors.create('visitor-1', 1)).toMatchObject({ userId: 'visitor-1' });
    expect(await stores.newItems.readAll()).toEqual([]);
    await stores.probe();
  });

  it('reads on while another process holds the lock, and stores once it is free', async () => {
    stores = await openStoresInWorker(file);
    await stores.events.append([{ ...like, eventId: 'e1' }]);
    const other = new Database(file);
    other.exec('BEGIN IMMEDIATE');
    const order: string[] = [];
    const append = stores.events.append([{ ...like, eventId: 'e2' }]).then((results) => {
      order.push('stored');
      return results;
    });
    for (let read = 0; read < 5; read++) {
      expect(await stores.events.eventsOfUser('ada', { limit: 10 })).toHaveLength(1);
      await wait(20);
    }
    order.push('read');
    other.exec('COMMIT');
    other.close();
    expect(await append).toEqual([{ eventId: 'e2', status: 'accepted' }]);
    expect(order).toEqual(['read', 'stored']);
  });

  it('gives up a call that waits for the lock for too long', async () => {
    stores = await openStoresInWorker(file);
    const other = new Database(file);
    other.exec('BEGIN IMMEDIATE');
    await expect(stores.probe()).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: `the event store ${file} cannot be used now: another process holds its lock`,
    });
    other.exec('ROLLBACK');
    other.close();
    await stores.probe();
  });

  it('passes on why the stores cannot be opened', async () => {
    await writeFile(file, 'not a database, but long enough to be taken for the header of one. '.repeat(40));
    await expect(openStoresInWorker(file)).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
    await expect(openStoresInWorker(folder)).rejects.toMatchObject({ code: 'STORE_UNUSABLE' });
  });

  it('names a value that cannot be stored, and goes on', async () => {
    stores = await openStoresInWorker(file);
    const bad = { ...like, eventId: 'e1', atMs: 'soon' as unknown as number };
    await expect(stores.events.append([bad])).rejects.toThrow(/at_ms/);
    expect(await stores.events.append([{ ...like, eventId: 'e1' }])).toEqual([{ eventId: 'e1', status: 'accepted' }]);
  });
});

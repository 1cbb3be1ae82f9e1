import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {
  describeApiKeyStore,
  describeEventLog,
  describeHouseholdStore,
  describeNewItemStore,
  describeVisitorStore,
} from '@matinee/recommender/testing';
import Database from 'libsql';
import { describe, expect, it } from 'vitest';
import { migrate } from './migrations.ts';
import { openSqliteStores } from './open-stores.ts';

async function createFolder(): Promise<{ folder: string; file: string; destroy: () => Promise<void> }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'matinee-store-'));
  return { folder, file: path.join(folder, 'events.db'), destroy: () => rm(folder, { recursive: true }) };
}

describeEventLog('SQLite', async () => {
  const { file, destroy } = await createFolder();
  return { open: async () => openSqliteStores(file).events, destroy };
});

describeVisitorStore('SQLite', async () => {
  const { file, destroy } = await createFolder();
  return { open: async () => openSqliteStores(file).visitors, destroy };
});

describeHouseholdStore('SQLite', async () => {
  const { file, destroy } = await createFolder();
  return { open: async () => openSqliteStores(file).households, destroy };
});

describeNewItemStore('SQLite', async () => {
  const { file, destroy } = await createFolder();
  return { open: async () => openSqliteStores(file).newItems, destroy };
});

describeApiKeyStore('SQLite', async () => {
  const { file, destroy } = await createFolder();
  return { open: async () => openSqliteStores(file).apiKeys, destroy };
});

describe('openSqliteStores', () => {
  it('writes ahead', async () => {
    const { file, destroy } = await createFolder();
    const stores = openSqliteStores(file);
    const probe = new Database(file);
    expect(probe.prepare('PRAGMA journal_mode').get()).toMatchObject({ journal_mode: 'wal' });
    probe.close();
    await stores.close();
    await destroy();
  });

  it('creates files that only their owner can read', async () => {
    const { folder, destroy } = await createFolder();
    const umask = process.umask(0o022);
    const stores = openSqliteStores(path.join(folder, 'deep', 'events.db'));
    await stores.events.append([{ userId: 'ada', itemId: 'm1', type: 'like', atMs: 1, eventId: 'e1' }]);
    for (const name of await readdir(path.join(folder, 'deep'))) {
      expect((await stat(path.join(folder, 'deep', name))).mode & 0o077).toBe(0);
    }
    expect((await stat(path.join(folder, 'deep'))).mode & 0o077).toBe(0);
    expect((await readdir(path.join(folder, 'deep'))).sort()).toEqual(['events.db', 'events.db-shm', 'events.db-wal']);
    process.umask(umask);
    await stores.close();
    await destroy();
  });

  it('makes no file for a store that keeps nothing', async () => {
    const { folder, destroy } = await createFolder();
    const before = process.cwd();
    process.chdir(folder);
    const stores = openSqliteStores(':memory:');
    process.chdir(before);
    await stores.events.append([{ userId: 'ada', itemId: 'm1', type: 'like', atMs: 1, eventId: 'e1' }]);
    expect(await stores.events.eventsOfUser('ada', { limit: 1 })).toHaveLength(1);
    expect(await readdir(folder)).toEqual([]);
    await stores.close();
    await destroy();
  });

  it('shares one file between two open stores', async () => {
    const { file, destroy } = await createFolder();
    const first = openSqliteStores(file);
    const second = openSqliteStores(file);
    const like = { userId: 'ada', itemId: 'm1', type: 'like', atMs: 1 } as const;
    await Promise.all([
      first.events.append([{ ...like, eventId: 'e1' }]),
      second.events.append([{ ...like, eventId: 'e2' }]),
    ]);
    expect(await first.events.append([{ ...like, eventId: 'e2' }])).toEqual([{ eventId: 'e2', status: 'duplicate' }]);
    expect(await second.events.eventsOfUser('ada', { limit: 10 })).toHaveLength(2);
    await first.close();
    await second.close();
    await destroy();
  });

  it('reads feedback through the index that leaves impressions out', async () => {
    const { file, destroy } = await createFolder();
    await openSqliteStores(file).close();
    const database = new Database(file);
    const plan = database
      .prepare(
        "EXPLAIN QUERY PLAN SELECT * FROM events WHERE user_id = ? AND type IN (?, ?) AND type <> 'impression' ORDER BY sequence DESC LIMIT ?",
      )
      .all('ada', 'like', 'skip', 10) as { detail: string }[];
    expect(plan.map(({ detail }) => detail)).toEqual([expect.stringContaining('feedback_of_user')]);
    database.close();
    await destroy();
  });

  it('reads impressions from an index alone', async () => {
    const { file, destroy } = await createFolder();
    await openSqliteStores(file).close();
    const database = new Database(file);
    const plan = database
      .prepare(
        "EXPLAIN QUERY PLAN SELECT item_id, count(DISTINCT at_ms / 86400000) AS days FROM events WHERE user_id = ? AND type = 'impression' AND at_ms >= ? GROUP BY item_id HAVING days >= ?",
      )
      .all('ada', 1, 3) as { detail: string }[];
    expect(plan[0]?.detail).toContain('COVERING INDEX impressions_of_user');
    database.close();
    await destroy();
  });

  it('finds what holds, and what an undo removes, from the index alone', async () => {
    const { file, destroy } = await createFolder();
    await openSqliteStores(file).close();
    const database = new Database(file);
    const planOf = (query: string, ...values: unknown[]): string =>
      (database.prepare(`EXPLAIN QUERY PLAN ${query}`).all(...values) as { detail: string }[])
        .map(({ detail }) => detail)
        .join('\n');
    const isStanding = "undone_by IS NULL AND type NOT IN ('impression', 'undo')";
    const newest = `SELECT max(sequence) FROM events WHERE user_id = ? AND ${isStanding} GROUP BY item_id, type`;
    expect(planOf(newest, 'ada')).toBe('SEARCH events USING COVERING INDEX standing_of_user (user_id=?)');
    const latest = `SELECT sequence, event_id FROM events
      WHERE user_id = ? AND item_id = ? AND type = ? AND ${isStanding} ORDER BY sequence DESC LIMIT 1`;
    expect(planOf(latest, 'ada', 'm1', 'like')).toBe(
      'SEARCH events USING INDEX standing_of_user (user_id=? AND item_id=? AND type=?)',
    );
    database.close();
    await destroy();
  });

  it('finds the undone events of a file from before they were marked', async () => {
    const { file, destroy } = await createFolder();
    const database = new Database(file);
    migrate(database, file, 4);
    const insert = database.prepare(
      `INSERT INTO events (event_id, user_id, item_id, type, at_ms, undoes) VALUES (?, ?, 'm1', ?, 1, ?)`,
    );
    insert.run('e1', 'ada', 'like', null);
    insert.run('e2', 'ada', 'watched', null);
    insert.run('seen', 'ada', 'impression', null);
    insert.run('u0', 'bob', 'undo', 'e2');
    insert.run('u1', 'ada', 'undo', 'e1');
    insert.run('u2', 'ada', 'undo', 'e1');
    insert.run('u3', 'ada', 'undo', 'seen');
    database.close();
    const stores = openSqliteStores(file);
    const events = await stores.events.eventsAfter(0, 10);
    expect(events.flatMap(({ eventId, undone }) => (undone ?? []).map((target) => [eventId, target.eventId]))).toEqual([
      ['u1', 'e1'],
    ]);
    expect((await stores.events.standingFeedback('ada', 0)).sequences).toEqual(Float64Array.of(2));
    const again = { eventId: 'e2', itemId: 'm1', type: 'watched', atMs: 1 } as const;
    expect(
      await stores.events.append([
        { ...again, userId: 'ada' },
        { ...again, userId: 'bob' },
      ]),
    ).toEqual([
      { eventId: 'e2', status: 'duplicate' },
      { eventId: 'e2', status: 'accepted' },
    ]);
    // Bob's undo of that id waited for it.
    expect((await stores.events.eventsAfter(7, 10))[0]).toMatchObject({ eventId: 'e2', userId: 'bob', undoneBy: 4 });
    await stores.close();
    await destroy();
  });

  it('sweeps no visitor with feedback or a profile, and no household that is in use', async () => {
    const { file, destroy } = await createFolder();
    const { events, visitors, households, close } = openSqliteStores(file);
    const said = (userId: string, type: 'like' | 'impression') => ({
      eventId: `${userId}-${type}`,
      userId,
      itemId: 'm1',
      type,
      atMs: 1,
    });
    const rules = { name: 'x', isKids: false, maturityCap: null, allowList: null, hidden: [], region: null };
    for (const id of ['idle', 'looked', 'liked', 'of-unused', 'of-used']) await visitors.create(id, 1);
    await events.append([said('looked', 'impression'), said('liked', 'like'), said('of-used', 'impression')]);
    // The user of the last one is in no table: it is one of the dataset.
    for (const [home, userId] of [
      ['unused', 'of-unused'],
      ['used', 'of-used'],
      ['taken', 'u3'],
    ] as const) {
      await households.createHousehold(home, 1);
      await households.createProfile({ profileId: home, householdId: home, userId, createdAtMs: 1, ...rules });
    }
    await households.openSession({ tokenHash: 't', profileId: 'unused', expiresAtMs: 9 }, 9);
    await visitors.sweep({ afterRow: 0, limit: 100, createdBeforeMs: 5, keepNewest: 0 });
    expect((await visitors.list(10)).map(({ userId }) => userId)).toEqual(['of-used', 'of-unused', 'liked']);
    const swept = await households.sweep({
      afterRow: 0,
      limit: 100,
      emptyBeforeMs: 5,
      unusedBeforeMs: 5,
      keepNewest: 100,
    });
    expect(swept.removed).toBe(1);
    expect([await households.findProfile('unused'), await households.findSession('t')]).toEqual([undefined, undefined]);
    expect([await households.hasHousehold('used'), await households.hasHousehold('taken')]).toEqual([true, true]);
    await close();
    await destroy();
  });

  it('refuses a file of a newer version and says what to do', async () => {
    const { file, destroy } = await createFolder();
    await openSqliteStores(file).close();
    const database = new Database(file);
    database.exec('PRAGMA user_version = 99');
    database.close();
    expect(() => openSqliteStores(file)).toThrow(/was written by a newer Matinee \(schema version 99/);
    await destroy();
  });

  it('says so when the file is not an SQLite file', async () => {
    const { file, folder, destroy } = await createFolder();
    await writeFile(file, 'not a database, but long enough to be taken for the header of one. '.repeat(40));
    expect(() => openSqliteStores(file)).toThrow(/events\.db is damaged .*; restore it from a backup/);
    expect(() => openSqliteStores(folder)).toThrow(/cannot use .* as the event store/);
    await destroy();
  });
});

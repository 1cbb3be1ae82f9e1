import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { detectSource, prepareDataset } from '@matinee/adapters/duckdb';
import { openSqliteStores } from '@matinee/adapters/sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeSmallData } from '../../apps/cli/src/testing/small-data.ts';
import { checkHome, eventsFileOf, SERVED, type TestedHome } from './home.ts';

let folder: string;
let tested: TestedHome;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'matinee-checked-'));
  tested = {
    home: path.join(folder, 'home'),
    sources: path.join(folder, 'sources'),
    acknowledged: new Set(['a', 'b']),
    sent: new Set(['a', 'b', 'c']),
  };
  const source = path.join(tested.sources, SERVED);
  await writeSmallData(source);
  const prepared = path.join(tested.home, 'datasets', SERVED);
  await prepareDataset({ source: detectSource(source), folder: prepared, name: SERVED, nowMs: Date.UTC(2026, 0, 1) });
});
afterEach(() => rm(folder, { recursive: true }));

async function log(...eventIds: readonly string[]): Promise<void> {
  const stores = await openSqliteStores(eventsFileOf(tested));
  await stores.events.append(
    eventIds.map((eventId) => ({ eventId, userId: '1', itemId: '1', type: 'like' as const, atMs: 1 })),
  );
  await stores.close();
}

describe('checkHome', () => {
  it('takes a log with every acknowledged event, and with some that were sent and not acknowledged', async () => {
    await log('a', 'b', 'c');
    await checkHome(tested);
  });

  it('finds an acknowledged event that is lost', async () => {
    await log('a');
    await expect(checkHome(tested)).rejects.toThrow('1 acknowledged events are lost, first b');
  });

  it('finds an event that nobody has sent', async () => {
    await log('a', 'b', 'x');
    await expect(checkHome(tested)).rejects.toThrow('event x is in the log and was never sent');
  });

  it('finds damaged data, and data that are gone', async () => {
    await rm(path.join(tested.home, 'datasets', SERVED, 'items.parquet'));
    await expect(checkHome(tested)).rejects.toMatchObject({ code: 'BAD_DATASET' });
    await rm(path.join(tested.home, 'datasets', SERVED), { recursive: true });
    await expect(checkHome(tested)).rejects.toThrow('is gone');
  });
});

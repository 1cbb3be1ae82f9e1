import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { openSqliteStores } from '@matinee/adapters/sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createProgress } from '../terminal/progress.ts';
import { writeSmallData } from '../testing/small-data.ts';
import { openRemainingData } from './deleted-users.ts';
import { openDataset } from './open-dataset.ts';
import { eventsFileOf, openWorkspace } from './workspace.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'matinee-deleted-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const { signal } = new AbortController();
const stream = { isTTY: false, write: () => true } as unknown as NodeJS.WriteStream;

it('leaves the events of deleted users out of what is learned and measured, under another hash each time', async () => {
  const data = path.join(folder, 'few');
  await writeSmallData(data);
  const workspace = openWorkspace(path.join(folder, 'home'));
  const options = { workspace, data, signal, progress: createProgress({ json: false, stream, signal }) };
  const whole = await openDataset(options);
  expect(await openRemainingData(options)).toMatchObject({ hash: whole.hash, events: { count: whole.events.count } });

  const remove = async (userId: string): Promise<void> => {
    const stores = openSqliteStores(eventsFileOf(workspace, whole.name));
    await stores.events.deleteUser(userId, 1);
    await stores.close();
  };
  await remove('7');
  await remove('nobody');
  const left = await openRemainingData(options);
  const index = whole.users.indexOf('7');
  const [of7, others] = [true, false].map((is) => whole.events.userIndices.filter((user) => (user === index) === is));
  expect(of7?.length).toBeGreaterThan(0);
  expect(left.events.userIndices).toEqual(others);
  expect(left.users.ids).toEqual(whole.users.ids);
  expect(left.hash).not.toBe(whole.hash);
  expect(left.parts).toBeUndefined();
  expect((await openRemainingData(options)).hash).toBe(left.hash);

  await remove('8');
  expect((await openRemainingData(options)).hash).not.toBe(left.hash);
  expect((await openDataset(options)).hash).toBe(whole.hash);
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { openSqliteStores } from '@matinee/adapters/sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createProgress } from '../terminal/progress.ts';
import { writeSmallData } from '../testing/small-data.ts';
import { appendFiles, describeAppended } from './append-files.ts';
import { prepareSource } from './open-dataset.ts';
import { eventsFileOf, openWorkspace } from './workspace.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'matinee-append-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const { signal } = new AbortController();
const stream = { isTTY: false, write: () => true } as unknown as NodeJS.WriteStream;

it('says how many of the appended rows belong to users who were deleted', async () => {
  const data = path.join(folder, 'few');
  await writeSmallData(data);
  const workspace = openWorkspace(path.join(folder, 'home'));
  const options = { workspace, data, signal, progress: createProgress({ json: false, stream, signal }) };
  const { manifest } = await prepareSource(options);
  const append = async (name: string, rows: string): Promise<string> => {
    const target = path.join(folder, name);
    await writeFile(target, `userId,movieId,rating,timestamp\n${rows}`);
    return describeAppended(await appendFiles({ ...options, target }), path.join(folder, 'no-releases'));
  };
  expect(await append('first.csv', '7,1,5,1600000001\n')).not.toContain('deleted');

  const stores = openSqliteStores(eventsFileOf(workspace, manifest.name));
  await stores.events.deleteUser('7', 1);
  await stores.close();
  const text = await append('second.csv', '7,1,5,1600000002\n7,2,5,1600000003\n8,1,4,1600000004\n');
  expect(text).toContain('3 rows read = 3 kept');
  expect(text).toMatch(/^deleted +2 of the rows belong to deleted users \(1\): answers and trainings leave them out$/m);
});

import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createServerProcesses, type ServerProcesses } from '../testing/server-processes.ts';
import { writeSmallData } from '../testing/small-data.ts';

const TIMEOUT_MS = 120_000;

let folder: string;
let processes: ServerProcesses;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'matinee-append-'));
  const data = path.join(folder, 'ratings-of-few');
  await writeSmallData(data);
  processes = createServerProcesses(folder, data);
});
afterAll(async () => {
  processes.killAll();
  await rm(folder, { recursive: true });
});

async function prepare(...args: readonly string[]): Promise<{ code: number; log: string }> {
  const { child, log, out } = processes.run(['prepare', ...args], 'home');
  const [code] = (await once(child, 'close')) as [number];
  return { code, log: `${log()}${out()}` };
}

describe('matinee prepare --append', () => {
  it(
    'says what a new file brings and what to do next, once; and is refused while a server uses the data',
    async () => {
      expect((await prepare()).code).toBe(0);
      const manifest = path.join(folder, 'home', 'datasets', 'ratings-of-few', 'manifest.json');
      const before = await readFile(manifest, 'utf8');
      await mkdir(path.join(folder, 'night'));
      const file = path.join(folder, 'night', 'today.csv');
      await writeFile(file, 'userId,movieId,rating,timestamp\n007,1,5,1600000001\n1,999,4,1600000002\n2,1,x,1\n');
      await writeFile(path.join(folder, 'night', 'movies.csv'), 'movieId,title,genres\n2,Another (1998),Drama\n');

      const { child } = await processes.start('start', 'home');
      const refused = await prepare('--append', file);
      expect(refused.code).toBe(1);
      expect(refused.log).toContain('nothing was appended; stop it, append, train, and start it again');
      expect(await readFile(manifest, 'utf8')).toBe(before);
      await processes.stop(child, 'SIGTERM');

      const done = await prepare('--append', file);
      expect(done.log).toContain('3 rows read = 2 kept + 1 quarantined');
      expect(done.log).toContain('1 users and 1 items, numbered after the others');
      expect(done.log).toMatch(/next +matinee train --data ratings-of-few \(or matinee start.* refused/);
      expect(done.code).toBe(0);
      const again = await prepare('--append', path.join(folder, 'night'));
      expect(again.log).toMatch(/known .*today\.csv is in the data set already/);
      expect(again.log).toContain('2: "Title 2" is now "Another"');
      expect(again.log).toMatch(/1 replace the row of an item: the later one counts/);
      const kept = await readFile(manifest, 'utf8');
      expect((await prepare()).log).toContain('unchanged since last time');
      expect(await readFile(manifest, 'utf8')).toBe(kept);
    },
    TIMEOUT_MS,
  );
});

import { once } from 'node:events';
import { appendFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createServerProcesses, type ServerProcesses } from '../testing/server-processes.ts';
import { writeSmallData } from '../testing/small-data.ts';

const TIMEOUT_MS = 120_000;

let folder: string;
let data: string;
let processes: ServerProcesses;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'matinee-locks-'));
  data = path.join(folder, 'ratings-of-few');
  await writeSmallData(data);
  processes = createServerProcesses(folder, data);
});
afterAll(async () => {
  processes.killAll();
  await rm(folder, { recursive: true });
});

/** Runs a command to its end. */
async function finish(args: readonly string[], home: string): Promise<{ code: number; log: string }> {
  const { child, log } = processes.run(args, home);
  const [code] = (await once(child, 'close')) as [number];
  return { code, log: log() };
}

describe('two processes on one home', () => {
  it(
    'train beside one server only; the other takes over when that one is killed',
    async () => {
      const first = await processes.start('start', 'two');
      const second = await processes.start('start', 'two', 0, 'v2');
      await expect.poll(second.log, { timeout: 40_000 }).toContain('another process trains and refreshes');
      expect((await fetch(`${second.url}/recommend?user_idx=0&k=5`)).status).toBe(200);
      expect(second.log()).not.toContain('v2 is');
      expect(await processes.stop(first.child, 'SIGKILL')).toBeNull();
      await expect.poll(second.log, { timeout: 40_000 }).toMatch(/v2 is (ready|served)/);
      expect(await processes.stop(second.child, 'SIGTERM')).toBe(0);
    },
    TIMEOUT_MS,
  );

  it(
    'replace no data that a server uses, and do once it has ended',
    async () => {
      const { child, url } = await processes.start('serve', 'two');
      expect((await finish(['prepare'], 'two')).code).toBe(0); // nothing has changed
      const manifest = path.join(folder, 'two', 'datasets', 'ratings-of-few', 'manifest.json');
      const before = await readFile(manifest, 'utf8');
      await appendFile(path.join(data, 'ratings.csv'), '1,60,5,1600000001\n');
      const refused = await finish(['prepare'], 'two');
      expect(refused.code).toBe(1);
      expect(refused.log).toContain('another process uses the prepared ones');
      expect(refused.log).not.toContain('    at ');
      expect(await readFile(manifest, 'utf8')).toBe(before);
      expect((await fetch(`${url}/recommend?user_idx=0&k=5`)).status).toBe(200);
      await processes.stop(child, 'SIGKILL');
      expect((await finish(['prepare'], 'two')).code).toBe(0);
      expect(await readFile(manifest, 'utf8')).not.toBe(before);
      expect(await readdir(path.join(folder, 'two', 'datasets'))).toEqual(['ratings-of-few']);
    },
    TIMEOUT_MS,
  );

  it(
    'prepare the same data set one after the other, the later one without doing it again',
    async () => {
      const both = await Promise.all([finish(['prepare'], 'fresh'), finish(['prepare'], 'fresh')]);
      expect(both.map(({ code }) => code)).toEqual([0, 0]);
      expect(await readdir(path.join(folder, 'fresh', 'datasets'))).toEqual(['ratings-of-few']);
    },
    TIMEOUT_MS,
  );
});

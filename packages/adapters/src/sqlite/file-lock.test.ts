import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type LockKind, tryLock } from './file-lock.ts';

let folder: string;
let file: string;
let holders: ChildProcess[];
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'matinee-lock-'));
  file = path.join(folder, 'locks', 'shop.training');
  holders = [];
});
afterEach(async () => {
  await Promise.all(holders.map(kill));
  await rm(folder, { recursive: true });
});

/** Another process that holds the lock. */
async function hold(kind: LockKind): Promise<ChildProcess> {
  const program = fileURLToPath(new URL('./testing/hold-lock.ts', import.meta.url));
  const args = ['--import', 'tsx', '--conditions=@matinee/source', program, file, kind];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  holders.push(child);
  expect(String((await once(child.stdout, 'data'))[0])).toBe('held\n');
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

it('excludes every other process while it is held exclusively, and none after SIGKILL', async () => {
  const holder = await hold('exclusive');
  expect([tryLock(file, 'exclusive'), tryLock(file, 'shared')]).toEqual([undefined, undefined]);
  await kill(holder);
  const unlock = tryLock(file, 'exclusive');
  expect(unlock).toBeDefined();
  unlock?.();
});

it('is shared by many, and excludes only who wants it alone', async () => {
  await hold('shared');
  const unlock = tryLock(file, 'shared');
  expect(unlock).toBeDefined();
  expect(tryLock(file, 'exclusive')).toBeUndefined();
  unlock?.();
  await kill(holders[0] as ChildProcess);
  const alone = tryLock(file, 'exclusive');
  expect(alone).toBeDefined();
  alone?.();
});

it('is given back for others of the same process', () => {
  const unlock = tryLock(file, 'exclusive');
  expect(tryLock(file, 'shared')).toBeUndefined();
  unlock?.();
  const again = tryLock(file, 'shared');
  expect(again).toBeDefined();
  again?.();
});

it('names a file that is no lock', async () => {
  await writeFile(path.join(folder, 'locks'), 'foreign');
  expect(() => tryLock(file, 'shared')).toThrow(`cannot lock ${file}`);
  const foreign = path.join(folder, 'foreign');
  await writeFile(foreign, 'not a database, and longer than the header of one. '.repeat(40));
  expect(() => tryLock(foreign, 'exclusive')).toThrow(`cannot lock ${foreign}: file is not a database`);
});

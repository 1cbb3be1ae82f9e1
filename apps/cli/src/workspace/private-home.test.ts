import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openWorkspace } from './workspace.ts';

let home: string;
let umask: number;
beforeEach(async () => {
  umask = process.umask(0o022);
  home = await mkdtemp(path.join(os.tmpdir(), 'matinee-private-'));
  await chmod(home, 0o755);
  for (const folder of ['events', 'datasets']) await mkdir(path.join(home, folder));
  for (const name of ['shop.db', 'shop.db-wal', 'shop.pepper']) await writeFile(path.join(home, 'events', name), '');
});
afterEach(async () => {
  process.umask(umask);
  await rm(home, { recursive: true });
});

const modeOf = async (...names: string[]): Promise<string> =>
  ((await stat(path.join(home, ...names))).mode & 0o777).toString(8);

describe('openWorkspace', () => {
  it('takes an existing home from everybody but its owner', async () => {
    expect([await modeOf(), await modeOf('events'), await modeOf('events', 'shop.db')]).toEqual(['755', '755', '644']);
    openWorkspace(home);
    expect([await modeOf(), await modeOf('events'), await modeOf('datasets')]).toEqual(['700', '700', '700']);
    for (const name of ['shop.db', 'shop.db-wal', 'shop.pepper']) expect(await modeOf('events', name)).toBe('600');
  });

  it('lets nobody else read what the process creates from then on', async () => {
    openWorkspace(home);
    await mkdir(path.join(home, 'reports'));
    await writeFile(path.join(home, 'reports', 'new.html'), '');
    expect([await modeOf('reports'), await modeOf('reports', 'new.html')]).toEqual(['700', '600']);
  });

  it('leaves a folder alone that holds what is not its own', async () => {
    await writeFile(path.join(home, 'letter.txt'), '');
    openWorkspace(home);
    expect([await modeOf(), await modeOf('letter.txt'), await modeOf('events')]).toEqual(['755', '644', '700']);
  });

  it('creates nothing', async () => {
    openWorkspace(path.join(home, 'nowhere'));
    await expect(stat(path.join(home, 'nowhere'))).rejects.toThrow('ENOENT');
  });
});

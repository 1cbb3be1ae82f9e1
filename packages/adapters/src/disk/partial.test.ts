import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { partialName, removeDeadPartials } from './partial.ts';
import { isRunning, ownMark } from './process-mark.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'matinee-partial-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('isRunning', () => {
  it('knows this process, and no ended one', async () => {
    expect(isRunning(ownMark())).toBe(true);
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    expect(isRunning(`${child.pid}-1`)).toBe(false);
  });

  it.runIf(process.platform === 'linux')(
    'takes no later process for an earlier one of the same number (on Linux, where /proc has its start)',
    () => {
      expect(isRunning(`${process.pid}-1`)).toBe(false);
    },
  );

  it('knows no process by a text that is no mark', () => {
    for (const text of ['', '1', `${process.pid}`, 'x-1', '-1-1', '0-0'])
      expect([text, isRunning(text)]).toEqual([text, false]);
  });
});

describe('removeDeadPartials', () => {
  it.runIf(process.platform === 'linux')('removes what ended processes have left, and nothing else', async () => {
    const [file, sub] = [partialName(), partialName()];
    await writeFile(path.join(folder, file), '');
    await mkdir(path.join(folder, sub));
    await writeFile(path.join(folder, 'shop.partial-1-1-0'), '');
    const dead = `.partial-${process.pid}-1-0123abcd`;
    await mkdir(path.join(folder, dead, 'deep'), { recursive: true });
    await writeFile(path.join(folder, '.partial-leftover'), '');
    await removeDeadPartials(folder);
    expect((await readdir(folder)).sort()).toEqual([file, sub, 'shop.partial-1-1-0'].sort());
  });

  it('has nothing to do where there is no folder', async () => {
    await removeDeadPartials(path.join(folder, 'nowhere'));
  });
});

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { partialName } from '../disk/partial.ts';
import { recordDiskSteps } from '../disk/testing/record-disk-steps.ts';
import { writeReportFiles } from './report-writer.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'matinee-report-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function* pieces(count: number): Generator<string> {
  for (let piece = 0; piece < count; piece++) yield `${piece}\n`;
}

describe('writeReportFiles', () => {
  it('writes text, bytes and pieces into a new folder, and leaves nothing else', async () => {
    const target = path.join(folder, 'a', 'b');
    await writeReportFiles(target, {
      'text.csv': 'ä\n',
      'bytes.png': Uint8Array.of(1, 2),
      'pieces.csv': pieces(400_000),
    });
    expect((await readdir(target)).sort()).toEqual(['bytes.png', 'pieces.csv', 'text.csv']);
    expect(await readFile(path.join(target, 'text.csv'), 'utf8')).toBe('ä\n');
    expect([...(await readFile(path.join(target, 'bytes.png')))]).toEqual([1, 2]);
    expect(await readFile(path.join(target, 'pieces.csv'), 'utf8')).toBe([...pieces(400_000)].join(''));
  });

  it.runIf(process.platform === 'linux')(
    'removes what killed runs have left, and keeps what running ones are writing',
    async () => {
      const [mine, dead] = [partialName(), `.partial-${process.pid}-1-0123abcd`];
      for (const name of [mine, dead]) await writeFile(path.join(folder, name), 'half');
      await writeReportFiles(folder, { 'report.json': 'whole' });
      expect((await readdir(folder)).sort()).toEqual([mine, 'report.json'].sort());
    },
  );

  it.runIf(process.platform === 'linux')(
    'is on the disk when it resolves (on Linux, where /proc names open files)',
    async () => {
      const steps = await recordDiskSteps(() => writeReportFiles(folder, { a: '1', b: '2' }));
      expect(steps).toEqual([
        'sync .partial',
        'sync .partial',
        'rename .partial -> a',
        'rename .partial -> b',
        `sync ${path.basename(folder)}`,
      ]);
    },
  );

  it('keeps the files of an earlier report when a new one cannot be written', async () => {
    await writeReportFiles(folder, { 'report.json': 'old' });
    const failing = (function* (): Generator<string> {
      yield 'half';
      throw new Error('no more');
    })();
    await expect(writeReportFiles(folder, { 'report.json': 'new', 'lists.csv': failing })).rejects.toThrow('no more');
    expect(await readdir(folder)).toEqual(['report.json']);
    expect(await readFile(path.join(folder, 'report.json'), 'utf8')).toBe('old');
  });
});

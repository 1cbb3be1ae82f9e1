import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRankingsCache, rankingsKey } from './evaluate-cache.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'matinee-cache-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const kept = {
  rankings: {
    depth: 3,
    lengths: Int32Array.of(3, 0, 1),
    itemIndices: Int32Array.of(5, 4, 3, -1, -1, -1, 2_000_000_000, -1, -1),
  },
  fitMs: 12,
  rankMs: 34,
  stages: [{ name: 'fit it', ms: 12, bytes: 3 }],
};

describe('openRankingsCache', () => {
  it('gives back what was saved, to another instance too', async () => {
    await openRankingsCache(folder, 'v').save('a', kept);
    expect(await openRankingsCache(folder, 'v').load('a')).toEqual(kept);
  });

  it('has nothing under a key that was not saved', async () => {
    expect(await openRankingsCache(path.join(folder, 'missing'), 'v').load('a')).toBeUndefined();
  });

  it('forgets the lists of other versions of the code', async () => {
    await openRankingsCache(folder, 'old').save('a', kept);
    await openRankingsCache(folder, 'new').save('a', kept);
    expect(await readdir(folder)).toEqual(['new']);
    expect(await openRankingsCache(folder, 'old').load('a')).toBeUndefined();
  });

  it('takes a file that is cut short, changed or no such file for none', async () => {
    const cache = openRankingsCache(folder, 'v');
    await cache.save('a', kept);
    const [name] = await readdir(path.join(folder, 'v'));
    const file = path.join(folder, 'v', name ?? '');
    const bytes = await readFile(file);
    for (const damaged of [
      bytes.subarray(0, bytes.length - 4),
      bytes.subarray(0, 20),
      Buffer.from('{}\n'),
      Buffer.from('x\n'),
    ]) {
      await writeFile(file, damaged);
      expect(await cache.load('a')).toBeUndefined();
    }
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
    await writeFile(file, bytes);
    expect(await cache.load('a')).toBeUndefined();
  });
});

describe('rankingsKey', () => {
  it('differs as soon as one part does', () => {
    const key = rankingsKey({ data: 'a', config: { maxNeighbors: 50 } });
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(rankingsKey({ data: 'a', config: { maxNeighbors: 50 } })).toBe(key);
    expect(rankingsKey({ data: 'a', config: { maxNeighbors: 51 } })).not.toBe(key);
  });
});

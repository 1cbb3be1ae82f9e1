import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { starvedMsOfMainThread } from './starved.ts';

describe('starvedMsOfMainThread', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'matinee-starved-'));
  const file = path.join(folder, 'schedstat');
  afterAll(() => rmSync(folder, { recursive: true }));

  it('reads the waiting time anew with each call', () => {
    writeFileSync(file, '77097346 218953843 47\n');
    const starvedMs = starvedMsOfMainThread(file);
    expect(starvedMs?.()).toBe(218.953843);
    writeFileSync(file, '77097346 1000000000 48\n');
    expect(starvedMs?.()).toBe(1000);
  });

  it('is undefined where there are no such figures', () => {
    expect(starvedMsOfMainThread(path.join(folder, 'nothing'))).toBeUndefined();
    writeFileSync(file, 'something else');
    expect(starvedMsOfMainThread(file)).toBeUndefined();
  });

  it.runIf(process.platform === 'linux')('never goes back on Linux', () => {
    const starvedMs = starvedMsOfMainThread();
    const before = starvedMs?.() ?? Number.NaN;
    expect(starvedMs?.()).toBeGreaterThanOrEqual(before);
  });
});

import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openJsonLines } from './json-lines.ts';

let file: string;
beforeEach(async () => {
  file = path.join(await mkdtemp(path.join(os.tmpdir(), 'matinee-lines-')), 'deep', 'lines.jsonl');
});
afterEach(() => rm(path.dirname(path.dirname(file)), { recursive: true, force: true }));

describe('openJsonLines', () => {
  it('returns the appended values in order', async () => {
    const lines = await openJsonLines<{ n: number; text: string }>(file);
    await lines.append({ n: 1, text: 'ö\n' });
    await lines.append({ n: 2, text: '' });
    expect((await openJsonLines(file)).values).toEqual(lines.values);
    expect(lines.values.map(({ n }) => n)).toEqual([1, 2]);
  });

  it('cuts off the incomplete line of an interrupted run and appends after the last complete one', async () => {
    await (await openJsonLines<number>(file)).append(1);
    await appendFile(file, '{"half');
    const lines = await openJsonLines<number>(file);
    expect(lines.values).toEqual([1]);
    await lines.append(2);
    expect(await readFile(file, 'utf8')).toBe('1\n2\n');
  });

  it('refuses to write to a file that another run has changed', async () => {
    const [one, other] = [await openJsonLines<number>(file), await openJsonLines<number>(file)];
    await one.append(1);
    await expect(other.append(2)).rejects.toMatchObject({ code: 'CHANGED' });
    expect(await readFile(file, 'utf8')).toBe('1\n');
  });

  it('names a damaged line', async () => {
    await (await openJsonLines<number>(file)).append(1);
    await writeFile(file, '1\n{oops\n2\n');
    await expect(openJsonLines(file)).rejects.toThrow(/line 2 is not JSON/);
  });
});

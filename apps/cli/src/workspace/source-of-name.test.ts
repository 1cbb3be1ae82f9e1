import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createProgress } from '../terminal/progress.ts';
import { prepareSource } from './open-dataset.ts';
import { openWorkspace } from './workspace.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'matinee-names-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function writeProject(project: string, item: string): string {
  const data = path.join(folder, project, 'data');
  mkdirSync(data, { recursive: true });
  writeFileSync(path.join(data, 'ratings.csv'), `userId,movieId,rating,timestamp\n1,${item},4,1500000000\n`);
  return data;
}

function prepare(data: string, options: { readonly name?: string; readonly replaces?: boolean } = {}) {
  const { signal } = new AbortController();
  const stream = { isTTY: false, write: () => true } as unknown as NodeJS.WriteStream;
  const workspace = openWorkspace(path.join(folder, 'home'));
  return prepareSource({
    workspace,
    data,
    progress: createProgress({ json: false, stream, signal }),
    signal,
    ...options,
  });
}

describe('two projects whose folders have the same name', () => {
  it('do not share data, log and releases: the second is refused, or named apart', async () => {
    const [one, two] = [writeProject('one', '7'), writeProject('two', '8')];
    const first = await prepare(one);
    const manifest = readFileSync(path.join(first.folder, 'manifest.json'), 'utf8');
    await expect(prepare(two)).rejects.toMatchObject({
      code: 'NAME_TAKEN',
      message: expect.stringMatching(/^"data" is the data set of .*one.data.*--name ANOTHER.*--replace/),
    });
    expect(readFileSync(path.join(first.folder, 'manifest.json'), 'utf8')).toBe(manifest);

    expect((await prepare(two, { name: 'second' })).manifest.name).toBe('second');
    // From now on the folder is known by its name.
    expect(await prepare(two)).toMatchObject({ reused: true, manifest: { name: 'second' } });
    expect(await prepare(one)).toMatchObject({ reused: true, manifest: { name: 'data' } });
    expect(readdirSync(path.join(folder, 'home', 'datasets')).sort()).toEqual(['data', 'second']);
  });

  it('do not share them either when the prepared data of the first are deleted', async () => {
    const [one, two] = [writeProject('one', '7'), writeProject('two', '8')];
    const first = await prepare(one);
    rmSync(first.folder, { recursive: true });
    await expect(prepare(two)).rejects.toMatchObject({ code: 'NAME_TAKEN' });
    expect((await prepare(two, { replaces: true })).manifest.name).toBe('data');
    await expect(prepare(one)).rejects.toMatchObject({ code: 'NAME_TAKEN' });
  });

  it('are one project that was moved, if their content is the same', async () => {
    const one = writeProject('one', '7');
    await prepare(one);
    renameSync(path.join(folder, 'one'), path.join(folder, 'two'));
    const two = path.join(folder, 'two', 'data');
    expect(await prepare(two)).toMatchObject({ reused: true, manifest: { name: 'data' } });
    writeProject('two', '9');
    expect(await prepare(two)).toMatchObject({ reused: false, manifest: { name: 'data' } });
  });
});

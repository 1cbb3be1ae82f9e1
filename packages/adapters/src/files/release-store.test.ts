import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createVocabulary, type Dataset, EMPTY_HISTORY } from '@matinee/models/data';
import { type Release, trainRelease } from '@matinee/models/release';
import { createRandom } from '@matinee/numerics';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { recordDiskSteps } from '../disk/testing/record-disk-steps.ts';
import {
  findRelease,
  latestOfGeneration,
  listReleases,
  loadRelease,
  saveRelease,
  sha256,
  useRelease,
} from './release-store.ts';

/** Twelve users who each rate five of eight items on two days. */
function smallDataset(): Dataset {
  const rows = Array.from({ length: 60 }, (_, row) => ({ user: row % 12, item: (row + Math.floor(row / 12)) % 8 }));
  return {
    name: 'small',
    hash: 'a'.repeat(64),
    users: createVocabulary(Array.from({ length: 12 }, (_, user) => `u${user}`)),
    items: {
      vocabulary: createVocabulary(Array.from({ length: 8 }, (_, item) => `i${item}`)),
      titles: new Array<undefined>(8).fill(undefined),
      years: new Int32Array(8),
      genreNames: ['Drama'],
      genres: Array.from({ length: 8 }, () => Int32Array.of(0)),
      posterUrls: new Array<undefined>(8).fill(undefined),
      attributes: new Array<undefined>(8).fill(undefined),
    },
    events: {
      count: 60,
      userIndices: Int32Array.from(rows, ({ user }) => user),
      itemIndices: Int32Array.from(rows, ({ item }) => item),
      timestamps: Float64Array.from(rows, (_, row) => 1_000_000 + row * 1000),
      values: new Float32Array(60).fill(4),
      types: new Uint8Array(60),
    },
  };
}

const train = (seed: number): Promise<Release> =>
  trainRelease(
    smallDataset(),
    { generation: 'v1' },
    {
      seed,
      digest: sha256,
      checkpoint: async () => undefined,
      stage: (_, work) => work({ checkpoint: async () => undefined, summary: () => undefined }),
    },
  );

describe('release store', () => {
  let folder: string;
  let release: Release;
  beforeAll(async () => {
    release = await train(1);
  });
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'matinee-releases-'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const filesOf = (version: string): Promise<string[]> => readdir(path.join(folder, version));

  it('reads back a release with the same recommendations as the saved one', async () => {
    await saveRelease(folder, release);
    const loaded = await loadRelease(folder);
    expect(loaded.version).toBe(release.version);
    expect(loaded.training).toEqual(release.training);
    const query = { history: { ...EMPTY_HISTORY, itemIndices: Int32Array.of(1, 2) }, asOf: 0, userIndex: -1 };
    const ready = {
      ...query,
      history: { ...query.history, timestamps: Float64Array.of(1, 2), weights: Float32Array.of(1, 1) },
    };
    for (const [index, { name, weight, model }] of release.sources.entries()) {
      expect(loaded.sources[index]?.name).toBe(name);
      expect(loaded.sources[index]?.weight).toBe(weight);
      expect(await loaded.sources[index]?.model.retrieve(ready, 8)).toEqual(await model.retrieve(ready, 8));
    }
  });

  it('writes the same files for the same data, configuration and seed', async () => {
    await saveRelease(folder, release, { timings: { fit: 1 } });
    const again = await train(1);
    expect(again.version).toBe(release.version);
    const other = await mkdtemp(path.join(os.tmpdir(), 'matinee-releases-'));
    await saveRelease(other, again, { timings: { fit: 2 } });
    for (const file of (await filesOf(release.version)).filter((name) => name.endsWith('.bin'))) {
      expect(await readFile(path.join(other, release.version, file))).toEqual(
        await readFile(path.join(folder, release.version, file)),
      );
    }
    await rm(other, { recursive: true });
  });

  it('serves the release saved last, or an earlier one chosen by useRelease', async () => {
    const second = await train(2);
    expect(second.version).not.toBe(release.version);
    await saveRelease(folder, release);
    await saveRelease(folder, second);
    expect((await loadRelease(folder)).version).toBe(second.version);
    await useRelease(folder, release.version);
    expect((await loadRelease(folder)).version).toBe(release.version);
  });

  it('finds the release of a generation that was saved last', async () => {
    const second = await train(2);
    await saveRelease(folder, second, { savedAt: 200 });
    await saveRelease(folder, release, { savedAt: 100 });
    expect(await latestOfGeneration(folder, release.generation)).toBe(second.version);
    expect(await latestOfGeneration(folder, 'v4')).toBeUndefined();
    expect(await latestOfGeneration(path.join(folder, 'nothing'), 'v1')).toBeUndefined();
  });

  it('lists the manifests of all, without damaged ones', async () => {
    const second = await train(2);
    await saveRelease(folder, release, { savedAt: 100, timings: { fit: 3 } });
    await saveRelease(folder, second, { savedAt: 200 });
    const versions = [release.version, second.version].sort();
    const listed = await listReleases(folder);
    expect(listed.map(({ version }) => version)).toEqual(versions);
    expect(listed.find(({ version }) => version === release.version)?.notes?.timings).toEqual({ fit: 3 });
    await writeFile(path.join(folder, second.version, 'manifest.json'), '{}');
    expect((await listReleases(folder)).map(({ version }) => version)).toEqual([release.version]);
    expect(await listReleases(path.join(folder, 'nothing'))).toEqual([]);
  });

  it('names the command to run when there is no release', async () => {
    await expect(loadRelease(folder)).rejects.toMatchObject({ code: 'NOT_FOUND', message: /run: matinee train/ });
  });

  it('refuses a release with any file altered, truncated or missing, and names the file', async () => {
    await saveRelease(folder, release);
    for (const file of await filesOf(release.version)) {
      const where = path.join(folder, release.version, file);
      const bytes = await readFile(where);
      const altered = Uint8Array.from(bytes);
      altered[Math.floor(bytes.length / 2)]! ^= 1;
      for (const damage of [altered, bytes.subarray(0, bytes.length - 8), bytes.subarray(0, 0)]) {
        await writeFile(where, damage);
        await expect(loadRelease(folder)).rejects.toMatchObject({
          code: 'BAD_RELEASE',
          message: expect.stringContaining(file),
        });
      }
      await rm(where);
      await expect(loadRelease(folder)).rejects.toMatchObject({ code: 'BAD_RELEASE' });
      await writeFile(where, bytes);
    }
    expect((await loadRelease(folder)).version).toBe(release.version);
  });

  it('refuses weights that were edited in the manifest', async () => {
    await saveRelease(folder, release);
    const file = path.join(folder, release.version, 'manifest.json');
    await writeFile(file, (await readFile(file, 'utf8')).replace(/"weight": [\d.]+/, '"weight": 0.9'));
    await expect(loadRelease(folder)).rejects.toMatchObject({ code: 'BAD_RELEASE' });
  });

  it('refuses to save under a version that is not the hash of the content', async () => {
    await expect(saveRelease(folder, { ...release, trainedAsOf: 1 })).rejects.toMatchObject({
      code: 'RELEASE_MISMATCH',
    });
  });

  it('finds an intact release by its training key, and replaces a damaged one', async () => {
    await saveRelease(folder, release, { trainingKey: 'key' });
    expect(await findRelease(folder, 'key')).toBe(release.version);
    expect(await findRelease(folder, 'another')).toBeUndefined();
    expect(await findRelease(path.join(folder, 'nowhere'), 'key')).toBeUndefined();
    const [artifact] = (await filesOf(release.version)).filter((name) => name.endsWith('.bin'));
    await writeFile(path.join(folder, release.version, artifact!), 'damaged');
    expect(await findRelease(folder, 'key')).toBeUndefined();
    await saveRelease(folder, release, { trainingKey: 'key' });
    expect(await findRelease(folder, 'key')).toBe(release.version);
  });

  it('loads a complete release after SIGKILL at any moment of a swap', async () => {
    const versions = [release.version, (await train(2)).version];
    await saveRelease(folder, release);
    await saveRelease(folder, await train(2));
    const program = fileURLToPath(new URL('./testing/swap-for-ever.ts', import.meta.url));
    const args = ['--import', 'tsx', '--conditions=@matinee/source', program, folder, ...versions];
    const random = createRandom(11);
    const served = new Set<string>();
    // Repeats until processes were killed before and after a swap; one run in a billion does not reach both.
    for (let round = 0; round < 3 || (served.size < 2 && round < 30); round++) {
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      const ended = once(child, 'exit');
      await once(child.stdout, 'data');
      await new Promise((resolve) => setTimeout(resolve, random.next() * 20));
      child.kill('SIGKILL');
      expect((await ended)[1]).toBe('SIGKILL');
      const { version } = await loadRelease(folder);
      expect(versions).toContain(version);
      served.add(version);
    }
    expect(served.size).toBe(2);
  });

  it('saves two releases at the same time, and one release twice, again and again', async () => {
    const second = await train(2);
    for (let round = 0; round < 10; round++) {
      const place = path.join(folder, String(round));
      await Promise.all([release, second, release, second].map((each) => saveRelease(place, each)));
      for (const { version } of [release, second]) expect((await loadRelease(place, version)).version).toBe(version);
      const names = [release.version, second.version, 'current'];
      expect((await readdir(place)).sort()).toEqual(names.sort());
    }
  });

  it('repairs a damaged release while others repair the same one', async () => {
    await saveRelease(folder, release);
    await rm(path.join(folder, release.version, 'manifest.json'));
    await Promise.all(Array.from({ length: 4 }, () => saveRelease(folder, release)));
    expect((await loadRelease(folder)).version).toBe(release.version);
    expect((await readdir(folder)).sort()).toEqual([release.version, 'current'].sort());
  });

  it.runIf(process.platform === 'linux')(
    'is on the disk before it takes its name (on Linux, where /proc names open files)',
    async () => {
      const steps = await recordDiskSteps(() => saveRelease(folder, release));
      const placed = steps.indexOf(`rename .partial -> ${release.version}`);
      const files = await filesOf(release.version);
      expect(files.length).toBeGreaterThan(1);
      for (const file of files) expect(steps.slice(0, placed)).toContain(`sync .partial/${file}`);
      const parent = `sync ${path.basename(folder)}`;
      expect(steps.slice(placed - 1)).toEqual([
        'sync .partial',
        `rename .partial -> ${release.version}`,
        parent,
        'sync .partial',
        'rename .partial -> current',
        parent,
      ]);
    },
  );

  it('removes what an interrupted save has left', async () => {
    await writeFile(path.join(folder, '.partial-leftover'), 'half a file');
    await saveRelease(folder, release);
    expect(new Set(await readdir(folder))).toEqual(new Set([release.version, 'current']));
  });
});

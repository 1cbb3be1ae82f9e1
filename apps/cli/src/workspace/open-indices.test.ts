import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { loadRelease, saveRelease, sha256 } from '@matinee/adapters/files';
import { decodeArtifact, encodeArtifact } from '@matinee/models/artifacts';
import { findModelFamily } from '@matinee/models/generations';
import { disassembleRelease, type Release, versionOf } from '@matinee/models/release';
import type { RetrievalModel } from '@matinee/models/retrieval';
import { checkerboard, historyOf, quietContext } from '@matinee/models/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createProgress } from '../terminal/progress.ts';
import { openIndices } from './open-indices.ts';
import { openWorkspace } from './workspace.ts';

const query = { history: historyOf([0, 2]), asOf: 3_000_000, userIndex: -1 };

async function fitTowers(seed: number): Promise<RetrievalModel> {
  const family = findModelFamily('two-tower');
  const config = { embeddingDim: 16, hiddenDim: 16, headCount: 2, historyLength: 8, maxEpochs: 2, validationUsers: 0 };
  return family.fit(checkerboard, { ...family.defaults, ...config } as typeof family.defaults, quietContext(seed));
}

function releaseOf(model: RetrievalModel): Release {
  const content: Omit<Release, 'version'> = {
    generation: 'v3',
    sources: [{ name: 'two-tower', model, weight: 1 }],
    datasetHash: 'a'.repeat(64),
    trainedAsOf: 3_000_000,
  };
  return { version: versionOf(disassembleRelease(content, sha256).header, sha256), ...content };
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'matinee-indices-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('openIndices', () => {
  const open = async (release: Release, kind: 'exact' | 'hnsw' = 'hnsw') => {
    const lines: string[] = [];
    const stream = { isTTY: false, write: (text: string) => lines.push(text) } as unknown as NodeJS.WriteStream;
    const progress = createProgress({ json: false, stream, signal: new AbortController().signal });
    const opened = await openIndices(release, {
      folder,
      workspace: openWorkspace(folder),
      progress,
      kindFor: () => kind,
    });
    return { said: lines.join(''), retrieve: () => opened.sources[0]?.model.retrieve(query, 6) };
  };

  it('builds a graph beside the release, and reads it the next time', async () => {
    const release = releaseOf(await fitTowers(1));
    await saveRelease(folder, release);
    const first = await open(release);
    expect(first.said).toMatch(/open the index of two-tower {2}built, \d+ vectors, recall@100 1\.0000/);
    const file = path.join(folder, release.version, '00-two-tower.hnsw');
    const bytes = await readFile(file);

    const loaded = await loadRelease(folder);
    const second = await open(loaded);
    expect(second.said).toContain('two-tower  read');
    expect(await readFile(file)).toEqual(bytes);
    const expected = await release.sources[0]?.model.retrieve(query, 6);
    expect(expected?.itemIndices.length).toBe(6);
    for (const { retrieve } of [first, second]) expect((await retrieve())?.itemIndices).toEqual(expected?.itemIndices);
    await saveRelease(folder, loaded); // what lies beside the artefacts is no damage
    expect(await readFile(file)).toEqual(bytes);
  });

  it.each<readonly [string, (bytes: Buffer) => Uint8Array | Promise<Uint8Array>]>([
    ['cut short', (bytes) => bytes.subarray(0, bytes.length >> 1)],
    ['altered', (bytes) => bytes.fill(7, bytes.length - 40, bytes.length - 30)],
    ['of other vectors', async () => graphOf(releaseOf(await fitTowers(2)))],
  ])('builds it again where it is %s', async (_, damage) => {
    const release = releaseOf(await fitTowers(1));
    const intact = await graphOf(release);
    const file = path.join(folder, release.version, '00-two-tower.hnsw');
    await writeFile(file, await damage(Buffer.from(intact)));
    expect((await open(release)).said).toContain('two-tower  built');
    expect(await readFile(file)).toEqual(Buffer.from(intact));
  });

  it.each<readonly [string, (graph: Uint8Array, intact: Buffer) => Buffer]>([
    ['without a seal', (planted) => Buffer.from(planted)],
    ['with the seal of the intact one', (planted, intact) => Buffer.concat([intact.subarray(0, 32), planted])],
  ])('builds it again where somebody has planted links that lead nowhere, %s', async (_, plant) => {
    const release = releaseOf(await fitTowers(1));
    await saveRelease(folder, release);
    const intact = await graphOf(release);
    const file = path.join(folder, release.version, '00-two-tower.hnsw');
    const artifact = decodeArtifact(new Uint8Array(intact.subarray(32)));
    const graph = Uint8Array.from(artifact.arrays['graph'] as Uint8Array).fill(0x7f, 200);
    const planted = encodeArtifact({ ...artifact, arrays: { ...artifact.arrays, graph } });
    await writeFile(file, plant(planted, intact));
    // In a process of its own: the library does not throw, it crashes.
    const program = fileURLToPath(new URL('./testing/search-release.ts', import.meta.url));
    const args = ['--import', 'tsx', '--conditions=@matinee/source', program, folder];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    expect(stdout).toContain('two-tower  built');
    expect(await readFile(file)).toEqual(Buffer.from(intact));
  });

  it('builds none where looking at every vector is as quick', async () => {
    const release = releaseOf(await fitTowers(1));
    expect((await open(release, 'exact')).said).toBe('');
    expect(await readdir(folder)).toEqual([]);
  });

  async function graphOf(release: Release): Promise<Buffer> {
    await open(release);
    return readFile(path.join(folder, release.version, '00-two-tower.hnsw'));
  }
});

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openDuckDb, sqlText } from '@matinee/adapters/duckdb';
import { sha256 } from '@matinee/adapters/files';
import { resolveGeneration } from '@matinee/models/generations';
import { type Release, trainRelease } from '@matinee/models/release';
import { MatineeError } from '@matinee/numerics';
import { createSmallWorld } from '@matinee/recommender/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Progress } from '../terminal/progress.ts';
import { exportRelease } from './export-release.ts';

/** A Python with numpy, onnxruntime, pyarrow and usearch. */
const PYTHON = process.env['MATINEE_PYTHON'] ?? '';
const READER = fileURLToPath(new URL('../../../../examples/read-export.py', import.meta.url));
const NETWORKS = ['two-tower', 'gru4rec', 'sasrec', 'time-transformer'];
const BRIEF = { maxEpochs: 1, embeddingDim: 16, validationUsers: 0 };

const USERS = 90;
const { dataset } = await createSmallWorld();
const signal = new AbortController().signal;
let release: Release;
let parent: string;
let folder: string;

const createProgress = (stopAt?: string): Progress => ({
  note: () => undefined,
  stage: (name, work) =>
    work({
      update: () => undefined,
      summary: () => undefined,
      async checkpoint() {
        if (name === stopAt) throw new MatineeError('CANCELLED', 'stopped');
      },
    }),
});

beforeAll(async () => {
  parent = await mkdtemp(path.join(os.tmpdir(), 'matinee-export-'));
  folder = path.join(parent, 'exported');
  const sources = Object.entries(resolveGeneration('v4').sources).map(([name, { family, config }]) => [
    name,
    { family, config: NETWORKS.includes(family) ? { ...config, ...BRIEF } : config },
  ]);
  // The parts must be there; how good they are does not matter.
  const overrides = {
    latestShare: 0.3,
    maxRankerQueries: 300,
    leaveOut: 'nothing',
    ranker: 'ensemble',
  } as const;
  release = await trainRelease(
    dataset,
    { generation: 'v4', overrides: { ...overrides, sources: Object.fromEntries(sources) } },
    {
      seed: 1,
      digest: sha256,
      checkpoint: async () => undefined,
      stage: (_, work) => work({ checkpoint: async () => undefined, summary: () => undefined }),
    },
  );
  await exportRelease({ dataset, release, folder, progress: createProgress(), signal });
}, 400_000);
afterAll(() => rm(parent, { recursive: true }));

const readJson = async (name: string) => JSON.parse(await readFile(path.join(folder, name), 'utf8'));

describe('an exported release', () => {
  it('has the vectors, networks, trees and graph that were trained, with shapes and hashes', async () => {
    const manifest = await readJson('export.json');
    expect(manifest).toMatchObject({ version: 'v4', release: release.version, dataset: { hash: dataset.hash } });
    for (const name of NETWORKS) {
      const { itemVectors, userVectors } = manifest.sources.find((source: { name: string }) => source.name === name);
      expect(itemVectors[1]).toBe(16);
      expect(userVectors).toEqual([USERS, 16]);
      expect(Object.keys(manifest.files)).toContain(`${name}/item-vectors.parquet`);
    }
    expect(manifest.ranker.terms.map(({ file }: { file: string }) => file)).toContain('trees-lambdamart.onnx');
    expect(manifest.ranker.features.length).toBeGreaterThan(20);
    expect(Object.keys(manifest.files)).toContain('two-tower/items.usearch');
    for (const [name, { sha256: digest, bytes }] of Object.entries<{ sha256: string; bytes: number }>(manifest.files)) {
      const content = await readFile(path.join(folder, name));
      expect(createHash('sha256').update(content).digest('hex')).toBe(digest);
      expect(content.length).toBe(bytes);
    }
  });

  it('names items and users by their ids', async () => {
    const db = await openDuckDb({ memoryLimitMb: 200, threads: 1, temporaryFolder: parent });
    const file = sqlText(path.join(folder, 'sasrec', 'user-vectors.parquet'));
    const [row] = await db.rows(`SELECT user_idx, user_id, len(vector) AS width FROM ${file} WHERE user_idx = 7`);
    db.close();
    expect(row).toEqual({ user_idx: 7, user_id: 'u7', width: '16' });
  });

  it('has nothing of users who were deleted', async () => {
    const without = path.join(parent, 'without');
    const deletedIds = ['u0', 'u7'];
    const manifest = await exportRelease({
      ...{ dataset, release, deletedIds, signal },
      folder: without,
      progress: createProgress(),
    });
    for (const { userVectors } of manifest.sources) if (userVectors) expect(userVectors[0]).toBe(USERS - 2);
    const checks = await readFile(path.join(without, 'checks.json'), 'utf8');
    for (const id of deletedIds) expect(checks).not.toContain(`"userId": "${id}"`);
    expect(checks).toContain('"userId": "u1"');
    await rm(without, { recursive: true });
  });

  it('is not written over, and nothing is left of one that was stopped', async () => {
    const again = exportRelease({ dataset, release, folder, progress: createProgress(), signal });
    await expect(again).rejects.toMatchObject({ code: 'FOLDER_EXISTS' });
    const other = path.join(parent, 'stopped');
    const stopped = exportRelease({
      dataset,
      release,
      folder: other,
      progress: createProgress('export sasrec'),
      signal,
    });
    await expect(stopped).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await readdir(parent)).toEqual(['exported']);
  });

  it.skipIf(PYTHON === '')('gives the same scores in Python (needs MATINEE_PYTHON)', async () => {
    const { stdout } = await promisify(execFile)(PYTHON, [READER, folder]);
    for (const name of [...NETWORKS, 'ranker']) expect(stdout).toContain(`${name}, user u0: differs by`);
    expect(stdout).toMatch(/two-tower: the graph of 240 vectors finds \d/);
  });
});

import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { loadRelease } from '@matinee/adapters/files';
import { createVocabulary, type Dataset } from '@matinee/models/data';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createProgress } from '../terminal/progress.ts';
import { MATINEE } from '../testing/matinee-program.ts';
import { openWorkspace } from '../workspace/workspace.ts';
import { releaseFolder, trainAndSaveRelease } from './train-and-save-release.ts';

/** Thirty users who each rate eight of sixteen items. */
function smallDataset(): Dataset {
  const rows = Array.from({ length: 240 }, (_, row) => ({
    user: row % 30,
    item: (row * 7 + Math.floor(row / 30)) % 16,
  }));
  return {
    name: 'small',
    hash: 'a'.repeat(64),
    users: createVocabulary(Array.from({ length: 30 }, (_, user) => `u${user}`)),
    items: {
      vocabulary: createVocabulary(Array.from({ length: 16 }, (_, item) => `i${item}`)),
      titles: new Array<undefined>(16).fill(undefined),
      years: new Int32Array(16),
      genreNames: ['Comedy', 'Drama'],
      genres: Array.from({ length: 16 }, (_, item) => Int32Array.of(item % 2)),
      posterUrls: new Array<undefined>(16).fill(undefined),
      attributes: new Array<undefined>(16).fill(undefined),
    },
    events: {
      count: 240,
      userIndices: Int32Array.from(rows, ({ user }) => user),
      itemIndices: Int32Array.from(rows, ({ item }) => item),
      timestamps: Float64Array.from(rows, (_, row) => 1_000_000 + row * 1000),
      values: new Float32Array(240).fill(4),
      types: new Uint8Array(240),
    },
  };
}

let home: string;
beforeEach(async () => {
  home = await mkdtemp(path.join(os.tmpdir(), 'matinee-train-'));
});
afterEach(() => rm(home, { recursive: true }));

describe('trainAndSaveRelease', () => {
  /** Collects what a stage says while it runs; a terminal is not needed for it. */
  const recorder = (signal = new AbortController().signal) => {
    const lines: string[] = [];
    const stream = { isTTY: false, write: (text: string) => lines.push(text) } as unknown as NodeJS.WriteStream;
    return { lines, progress: createProgress({ json: false, stream, signal }) };
  };

  it('saves a release that is then loaded instead of trained', async () => {
    const workspace = openWorkspace(home);
    const dataset = smallDataset();
    const first = recorder();
    const release = await trainAndSaveRelease({ dataset, workspace, progress: first.progress, seed: 1 });
    expect(first.lines.join('')).toContain('learn the blend');
    expect((await loadRelease(releaseFolder(workspace, 'small'))).version).toBe(release.version);

    const second = recorder();
    const again = await trainAndSaveRelease({ dataset, workspace, progress: second.progress, seed: 1 });
    expect(again.version).toBe(release.version);
    expect(second.lines.join('')).toMatch(/✓ load the release/);
    expect(second.lines.length).toBe(1);
  });

  it('trains again for another seed, another configuration, or on demand', async () => {
    const workspace = openWorkspace(home);
    const dataset = smallDataset();
    const train = async (more: object): Promise<boolean> => {
      const { lines, progress } = recorder();
      await trainAndSaveRelease({ dataset, workspace, progress, seed: 1, ...more });
      return lines.join('').includes('learn the blend');
    };
    expect(await train({})).toBe(true);
    expect(await train({ seed: 2 })).toBe(true);
    expect(await train({ config: { generation: 'v1', overrides: { candidatesPerSource: 9 } } })).toBe(true);
    expect(await train({})).toBe(false);
    expect(await train({ force: true })).toBe(true);
  });

  it('saves nothing and leaves the current release alone when it is stopped', async () => {
    const workspace = openWorkspace(home);
    const dataset = smallDataset();
    const release = await trainAndSaveRelease({ dataset, workspace, progress: recorder().progress, seed: 1 });
    const abort = new AbortController();
    abort.abort();
    const stopped = trainAndSaveRelease({ dataset, workspace, progress: recorder(abort.signal).progress, seed: 2 });
    await expect(stopped).rejects.toMatchObject({ code: 'CANCELLED' });
    const folder = releaseFolder(workspace, 'small');
    expect(new Set(await readdir(folder))).toEqual(new Set([release.version, 'current']));
    expect((await loadRelease(folder)).version).toBe(release.version);
  });
});

describe('matinee train', () => {
  /** A run prepares the bundled data, and the machine may be busy. */
  const timeoutMs = 120_000;
  const run = (
    args: readonly string[],
    interruptAt?: string,
  ): Promise<{ code: number | null; stdout: string; stderr: string }> =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [MATINEE, 'train', '--home', home, ...args], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let stdout = '';
      let stderr = '';
      let isInterrupted = false;
      child.stdout.on('data', (chunk: Buffer) => {
        stdout += chunk.toString();
      });
      child.stderr.on('data', (chunk: Buffer) => {
        stderr += chunk.toString();
        if (interruptAt === undefined || isInterrupted || !stderr.includes(interruptAt)) return;
        isInterrupted = true; // a second signal would end the process at once
        child.kill('SIGINT');
      });
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, stdout, stderr }));
    });

  it(
    'prints one JSON object and the learned weights with --json',
    async () => {
      const { code, stdout } = await run(['--json', '--sources', 'popularity,genre-affinity']);
      expect(code).toBe(0);
      const result = JSON.parse(stdout) as { version: string; weights: Record<string, number>; folder: string };
      expect(Object.keys(result.weights)).toEqual(['popularity', 'genre-affinity']);
      const manifest = await readFile(path.join(result.folder, result.version, 'manifest.json'), 'utf8');
      expect(JSON.parse(manifest)).toMatchObject({ version: result.version });
    },
    timeoutMs,
  );

  it(
    'stops at Ctrl-C with 130 and leaves no release behind',
    async () => {
      const { code, stderr } = await run(['--json'], '"fit item-knn on everything","status":"started"');
      expect(code).toBe(130);
      expect(stderr).toContain('CANCELLED');
      await expect(loadRelease(path.join(home, 'releases', 'movielens-small'))).rejects.toMatchObject({
        code: 'NOT_FOUND',
      });
    },
    timeoutMs,
  );

  it(
    'exits with 2 and one clear line for a wrong option, a wrong file and a wrong field',
    async () => {
      const file = path.join(home, 'train.json');
      await writeFile(file, '{"v1": {"candidates": 5}}');
      const wrong: [string[], RegExp][] = [
        [['--preset', 'v9'], /--preset: "v9" is none of: v1/],
        [['--model', 'oracle'], /--model: "oracle" is none of: popularity/],
        [['--sources', 'oracle'], /--sources: "oracle" is none of: popularity/],
        [['--seed', '-1'], /--seed/],
        [['--config', path.join(home, 'nowhere.json')], /nowhere.json cannot be read/],
        [['--config', file], /v1 has no field "candidates"/],
      ];
      for (const [args, message] of wrong) {
        const { code, stdout, stderr } = await run(args);
        expect(code).toBe(2);
        expect(stdout).toBe('');
        expect(stderr).toMatch(message);
        expect(stderr).not.toContain('    at ');
      }
    },
    timeoutMs,
  );
});

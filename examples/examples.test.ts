import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createSmallWorld } from '@matinee/recommender/testing';
import { startServer } from '@matinee/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const folder = fileURLToPath(new URL('.', import.meta.url));
const argumentsOf = (file: string): string[] => ['--import', 'tsx', '--conditions=@matinee/source', file];

/** What an example prints; rejects unless it exits with 0. */
async function run(name: string, ...options: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [...argumentsOf(`${folder}${name}.ts`), ...options]);
  return stdout;
}

describe('examples', () => {
  it('EASE puts Fight Club beside The Matrix', async () => {
    const lines = (await run('ease-in-ten-lines')).trim().split('\n');
    expect(lines).toHaveLength(5);
    expect(lines.join()).toContain('Fight Club');
  });

  it('SASRec goes on with the series that a viewer is in', async () => {
    const printed = await run('sasrec-on-your-csv', path.join(folder, 'watched.csv'));
    expect(printed).toMatch(/user01 watched aliens, alien-3, prometheus; next: .*covenant/);
    expect(printed).toMatch(/user03 watched toy-story-2, toy-story-3, toy-story-4; next: .*lightyear/);
  });

  it('boosted trees rank better than chance, and noise counts least', async () => {
    const printed = await run('boosted-trees');
    expect(Number(/AUC ([\d.]+)/.exec(printed)?.[1])).toBeGreaterThan(0.6);
    const [hour, minutes, noise] = ['hour', 'minutes', 'noise'].map((name) =>
      Math.abs(Number(new RegExp(`^${name} (-?[\\d.]+)`, 'm').exec(printed)?.[1])),
    );
    expect(noise).toBeLessThan((hour ?? 0) + (minutes ?? 0));
  });

  it('a model of one’s own is compared with popularity, with intervals', async () => {
    const printed = await run('your-own-model-in-the-evaluator');
    expect(printed).toMatch(/^yours +NDCG@10 0\.\d{4} \[0\.\d{4}, 0\.\d{4}\]$/m);
    expect(printed).toMatch(/^popularity +NDCG@10 0\.\d{4} \[0\.\d{4}, 0\.\d{4}\]$/m);
    expect(printed).toMatch(/^difference -?0\.\d{4} \[-?0\.\d{4}, -?0\.\d{4}\], p = [01]\.\d{3}$/m);
  });

  it('a server of one’s own recommends what a viewer has not watched', async () => {
    const example = spawn(process.execPath, argumentsOf(`${folder}recommender-in-your-server.ts`), {
      env: { ...process.env, PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const response = await fetch(await printedUrl(example));
      const items = (await response.json()) as { item: string; score: number; reason: object }[];
      expect(response.headers.get('content-type')).toBe('application/json');
      expect(items.length).toBeGreaterThan(0);
      for (const { item } of items) expect(['up', 'coco', 'ran']).toContain(item);
    } finally {
      example.kill('SIGTERM');
    }
    const [code] = example.exitCode === null ? await once(example, 'exit') : [example.exitCode];
    expect(code).toBe(0);
  });

  describe('a client of a running server', () => {
    let data: string;
    let server: Awaited<ReturnType<typeof startServer>>;
    beforeAll(async () => {
      data = await mkdtemp(path.join(os.tmpdir(), 'matinee-client-'));
      server = await startServer({
        ...(await createSmallWorld()),
        eventsFile: path.join(data, 'events.db'),
        host: '127.0.0.1',
        port: 0,
      });
    });
    afterAll(async () => {
      await server.close();
      await rm(data, { recursive: true });
    });

    it('likes a title and sees another list', async () => {
      const [first = '', ...list] = (await run('client', server.url)).trim().split('\n');
      const liked = /^visitor \d+ likes (.+)$/.exec(first)?.[1];
      expect(liked).toBeDefined();
      expect(list).toHaveLength(10);
      expect(list.join('\n')).not.toContain(liked);
      expect(list.some((line) => line.startsWith('+ '))).toBe(true);
    });

    it('prints the five sections, and what a like brings', async () => {
      const printed = await run('five-sections', server.url, '3', 'v1');
      const headings = printed.split('\n').filter((line) => /^[A-Z]/.test(line));
      expect(headings.map((line) => line.replace(/:.*/, ''))).toEqual([
        'Popular right now',
        'Similar to your taste',
        'Because you watched',
        'From your recent intent',
        'Mixed discovery',
        expect.stringMatching(/^User 3 likes .+\.$/),
        'From your recent intent',
      ]);
      expect(printed.trimEnd()).not.toMatch(/nothing yet$/);
    });
  });

  it('are all in the README, with the command that runs them', async () => {
    const readme = await readFile(path.join(folder, 'README.md'), 'utf8');
    const names = (await readdir(folder)).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
    expect(names).not.toHaveLength(0);
    for (const name of names) expect(readme).toContain(`npm run example examples/${name}`);
  });
});

/** The address in the first line that a server prints. */
async function printedUrl(server: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: server.stdout! })) {
    const url = /http:[^']+/.exec(line)?.[0];
    if (url !== undefined) return url;
  }
  throw new Error('the server ended before it printed where it listens');
}

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MATINEE } from '../testing/matinee-program.ts';

/** A run prepares the bundled data, and the machine may be busy. */
const TIMEOUT_MS = 120_000;

let home: string;
beforeAll(async () => {
  home = await mkdtemp(path.join(os.tmpdir(), 'matinee-evaluate-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  /** Names of the stages that were done, in order. */
  readonly stages: readonly string[];
  readonly stderr: string;
}

/** Runs `matinee evaluate` as a process of its own, interrupting it once `interruptAt` has begun. */
function evaluate(args: readonly string[], interruptAt?: string): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MATINEE, 'evaluate', '--home', home, '--json', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    let isInterrupted = false;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      if (interruptAt === undefined || isInterrupted || !stderr.includes(`{"stage":"${interruptAt}"`)) return;
      isInterrupted = true;
      child.kill('SIGINT');
    });
    child.on('error', reject);
    child.on('close', (code) => {
      const stages = [...stderr.matchAll(/\{"stage":"([^"]+)","status":"done"/g)].map((match) => match[1] ?? '');
      resolve({ code, stdout, stderr, stages });
    });
  });
}

interface WrittenReport {
  readonly models: {
    name: string;
    all: { queryCount: number; metrics: { 'hr@10': { value: number }; 'ndcg@10': { value: number } } };
  }[];
  readonly protocol: { name: string; leaks: string[]; counts: Record<string, number> };
}

describe('matinee evaluate', () => {
  it(
    'writes reports, and lists from which other code computes the same HR@10 and NDCG@10',
    async () => {
      const out = path.join(home, 'out');
      const lists = path.join(home, 'lists.csv');
      const args = ['--protocol', 'leave-one-out', '--models', 'popularity,genre-affinity', '--resamples', '50'];
      const { code, stdout, stderr } = await evaluate([...args, '--out', out, '--lists', lists]);
      expect(stderr).not.toContain('"error"');
      expect(code).toBe(0);
      const report = JSON.parse(await readFile(path.join(out, 'report.json'), 'utf8')) as WrittenReport;
      expect(JSON.parse(stdout)).toEqual(report);
      expect(report.protocol.leaks).toHaveLength(1);
      for (const name of ['recall.svg', 'recall.png', 'ndcg.svg', 'ndcg.png', 'metrics.csv', 'report.html']) {
        expect(existsSync(path.join(out, name))).toBe(true);
      }
      for (const { name, all } of report.models) {
        const [header, ...rows] = (await readFile(path.join(home, `lists.${name}.csv`), 'utf8')).trimEnd().split('\n');
        expect(header).toBe('user_id,target_item_ids,ranked_item_ids');
        expect(rows).toHaveLength(all.queryCount);
        // From the definitions, apart from the evaluator's code.
        let hits = 0;
        let gain = 0;
        for (const row of rows) {
          const [, target = '', ranked = ''] = row.split(',');
          const rank = ranked.split(' ').slice(0, 10).indexOf(target) + 1;
          if (rank === 0) continue;
          hits++;
          gain += Math.LN2 / Math.log(rank + 1);
        }
        expect(hits / rows.length).toBeCloseTo(all.metrics['hr@10'].value, 12);
        expect(gain / rows.length).toBeCloseTo(all.metrics['ndcg@10'].value, 12);
      }
    },
    TIMEOUT_MS,
  );

  it(
    'stops on Ctrl-C with code 130 and no report, keeps what was finished, and goes on from there',
    async () => {
      const out = path.join(home, 'interrupted');
      const args = ['--models', 'popularity,user-knn', '--resamples', '50', '--out', out];
      const interrupted = await evaluate(args, 'fit user-knn');
      expect(interrupted.code).toBe(130);
      expect(interrupted.stdout).toBe('');
      expect(interrupted.stages).toContain('fit popularity');
      expect(existsSync(out)).toBe(false);

      const finished = await evaluate(args);
      expect(finished.code).toBe(0);
      expect(finished.stages).not.toContain('fit popularity');
      expect(existsSync(path.join(out, 'report.json'))).toBe(true);

      const again = await evaluate(args);
      expect(again.stages.filter((stage) => stage.startsWith('fit'))).toEqual([]);
      const numbers = ({ stdout }: Finished) => (JSON.parse(stdout) as WrittenReport).models.map(({ all }) => all);
      expect(numbers(again)).toEqual(numbers(finished));
    },
    TIMEOUT_MS,
  );

  it(
    'writes the same files for several cuts in time, and the figures of each cut',
    async () => {
      const out = path.join(home, 'cuts');
      const { code, stdout } = await evaluate([
        '--origins',
        '2',
        '--models',
        'popularity',
        '--resamples',
        '50',
        '--out',
        out,
      ]);
      expect(code).toBe(0);
      const { models } = JSON.parse(stdout) as WrittenReport & {
        readonly models: { readonly cutSegments: { readonly name: string; readonly queryCount: number }[] }[];
      };
      expect(models[0]?.cutSegments.map(({ name }) => name)).toEqual(['cut at 80 %', 'cut at 90 %']);
      expect(models[0]?.all.queryCount).toBe(models[0]?.cutSegments.reduce((sum, each) => sum + each.queryCount, 0));
      expect(await readFile(path.join(out, 'metrics.csv'), 'utf8')).toContain(',cut at 80 %,ndcg,10,');
      expect(await readFile(path.join(out, 'report.html'), 'utf8')).toContain('By cut in time');
    },
    TIMEOUT_MS,
  );

  it(
    'names the wrong argument in one line and ends with code 2',
    async () => {
      const { code, stderr, stdout } = await evaluate(['--protocol', 'random']);
      expect([code, stdout]).toEqual([2, '']);
      expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'BAD_ARGUMENT' } });
    },
    TIMEOUT_MS,
  );
});

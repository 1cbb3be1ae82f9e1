import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { openDuckDb, sqlText } from '@matinee/adapters/duckdb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CandidatesRecord } from '../evaluation/write-candidates.ts';
import { MATINEE } from '../testing/matinee-program.ts';

/** A run prepares the bundled data and fits the sources of V1, and the machine may be busy. */
const TIMEOUT_MS = 240_000;

let home: string;
beforeAll(async () => {
  home = await mkdtemp(path.join(os.tmpdir(), 'matinee-candidates-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const candidates = (args: readonly string[], interruptAt?: string): Promise<Finished> =>
  matinee(['candidates', ...args], interruptAt);

/** Runs a command on the more popular titles of the bundled data, interrupting it once stderr holds `interruptAt`. */
function matinee(args: readonly string[], interruptAt?: string): Promise<Finished> {
  const fixed = ['--home', home, '--json', '--min-item-count', '20', '--resamples', '50'];
  const child = spawn(process.execPath, [MATINEE, ...args, ...fixed], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  let isInterrupted = false;
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
    if (interruptAt === undefined || isInterrupted || !stderr.includes(interruptAt)) return;
    isInterrupted = true;
    child.kill('SIGINT');
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
}

describe('matinee candidates', () => {
  it(
    'stops on Ctrl-C without a table, goes on from what was fitted, and writes what its recall is counted in',
    async () => {
      const out = path.join(home, 'out');
      const args = ['--side', 'val', '--n', '50', '--contributor-depth', '2', '--out', out];
      const interrupted = await candidates(args, '{"stage":"val: find candidates"');
      expect(interrupted.code).toBe(130);
      expect(existsSync(out)).toBe(false);

      const finished = await candidates(args);
      expect(finished.stderr).not.toContain('"error"');
      expect(finished.code).toBe(0);
      expect(finished.stderr).toMatch(
        /"val: fit item-knn on everything","status":"done","ms":\d+,"summary":"done before"/,
      );
      expect((await readdir(out)).sort()).toEqual(['candidates-val.parquet', 'queries-val.parquet', 'recall.json']);
      const { val } = JSON.parse(await readFile(path.join(out, 'recall.json'), 'utf8')) as { val: CandidatesRecord };
      expect(JSON.parse(finished.stdout)).toEqual({ folder: out, sides: { val } });

      // As docs/evaluation.md shows it, apart from the command's own code.
      const db = await openDuckDb({ memoryLimitMb: 300, threads: 1, temporaryFolder: home });
      const candidateTable = `read_parquet(${sqlText(path.join(out, 'candidates-val.parquet'))})`;
      const queryTable = `read_parquet(${sqlText(path.join(out, 'queries-val.parquet'))})`;
      const recallOf = async (condition: string): Promise<number> => {
        const [row] = await db.rows(
          `SELECT (SELECT count(DISTINCT (query, item_id)) FROM ${candidateTable} WHERE is_target AND ${condition})
             / (SELECT sum(len(target_item_ids)) FROM ${queryTable}) AS recall`,
        );
        return Number(row?.['recall']);
      };
      for (const { name, recall } of val.recall) {
        const list = { union: 'rank <= 50', blend: 'blend_rank <= 50' }[name] ?? `rank <= 50 AND source = '${name}'`;
        expect(recall['recall@50']?.value).toBeCloseTo(await recallOf(list), 12);
      }
      const contributors = await db.rows(
        `SELECT max(rank) AS depth FROM ${candidateTable} WHERE len(contributors) > 0`,
      );
      db.close();
      expect(contributors).toEqual([{ depth: 2 }]);

      const again = await candidates(args);
      expect(JSON.parse(again.stdout)).toEqual(JSON.parse(finished.stdout));
      expect(again.stderr).toContain('is reused');

      // The other side goes beside it.
      expect((await candidates(['--side', 'test', '--n', '50', '--contributors', '0', '--out', out])).code).toBe(0);
      const both = JSON.parse(await readFile(path.join(out, 'recall.json'), 'utf8')) as {
        val: CandidatesRecord;
        test: CandidatesRecord;
      };
      expect(both.val).toEqual(val);
      // Its sources are those that matinee evaluate fits.
      const evaluated = await matinee(['evaluate', '--models', 'v1', '--out', path.join(home, 'report')]);
      expect(evaluated.stderr).toMatch(/"fit item-knn on everything","status":"done","ms":\d+,"summary":"done before"/);
      expect(both.test.training.asOf).toBeGreaterThan(val.training.asOf);
    },
    TIMEOUT_MS,
  );

  it(
    'names the wrong argument in one line and ends with code 2',
    async () => {
      const wrong = [['--side', 'train', '--out', home], ['--n', '0', '--out', home], ['--generation', 'v9'], []];
      for (const args of wrong) {
        const { code, stdout, stderr } = await candidates(args);
        expect([code, stdout]).toEqual([2, '']);
        expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'BAD_ARGUMENT' } });
      }
    },
    TIMEOUT_MS,
  );
});

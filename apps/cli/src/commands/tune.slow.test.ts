import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { PairedDifference } from '@matinee/models/evaluation';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MATINEE } from '../testing/matinee-program.ts';
import type { TrialRecord } from '../tuning/tuning-study.ts';

/** A run prepares the bundled data and starts a process a trial, and the machine may be busy. */
const TIMEOUT_MS = 240_000;

let home: string;
beforeAll(async () => {
  home = await mkdtemp(path.join(os.tmpdir(), 'matinee-tune-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Watching {
  /** Interrupts the command once stderr holds this. */
  readonly interruptAt?: string;
  /** Called with everything on stderr so far. */
  onText?(stderr: string): void;
}

/** Runs a command as a process of its own. */
function matinee(args: readonly string[], { interruptAt, onText }: Watching = {}): Promise<Finished> {
  const child = spawn(process.execPath, [MATINEE, ...args, '--home', home, '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  let isInterrupted = false;
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  const watch = setInterval(() => onText?.(stderr), 50);
  child.on('close', () => clearInterval(watch));
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
    if (interruptAt === undefined || isInterrupted || !stderr.includes(interruptAt)) return;
    isInterrupted = true;
    child.kill('SIGINT');
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
}

/** The process of the trial that a command of this home is running. */
function findTrialProcess(ofHome: string): number | undefined {
  const commandOf = (pid: string | number): string => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    } catch {
      return ''; // ended in the meantime
    }
  };
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && commandOf(name).includes('tune-trial-process'))
    .map(Number)
    .find((pid) => {
      const parent = /^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '';
      return commandOf(parent).includes(ofHome);
    });
}

interface Result {
  readonly folder: string;
  readonly trialCount: number;
  readonly failedCount: number;
  readonly best: TrialRecord;
  readonly bestConfig: Record<string, unknown>;
  readonly gain: PairedDifference;
  readonly trainCommand: string;
}

const trialsOf = async (folder: string): Promise<TrialRecord[]> =>
  (await readFile(path.join(folder, 'trials.jsonl'), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as TrialRecord);

describe('matinee tune', () => {
  it(
    'stops on Ctrl-C, goes on behind what was tried, records what fails, and names the command that trains the best',
    async () => {
      const space = path.join(home, 'space.json');
      // A catalogue of more than 100 items is refused: half of the trials fail.
      await writeFile(space, '{"maxItems": {"choice": [100, 20000]}, "regularization": {"log": [50, 5000]}}');
      const args = ['tune', '--model', 'ease', '--min-item-count', '40', '--space', space, '--resamples', '100'];
      const interrupted = await matinee([...args, '--trials', '5'], { interruptAt: '"stage":"trial 2 of 5' });
      expect([interrupted.code, interrupted.stdout]).toEqual([130, '']);

      const finished = await matinee([...args, '--trials', '5']);
      expect(finished.code).toBe(0);
      expect(finished.stderr).toContain('continuing after 1 earlier trial');
      const result = JSON.parse(finished.stdout) as Result;
      const trials = await trialsOf(result.folder);
      expect(trials.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5]);
      expect(trials[0]?.origin).toBe('defaults');
      const failed = trials.filter(({ status }) => status === 'failed');
      expect([failed.length, failed.length > 0]).toEqual([result.failedCount, true]);
      for (const { values, error } of failed) {
        expect([values['maxItems'], error?.code]).toEqual([100, 'TOO_MANY_ITEMS']);
      }
      for (const { status, peakMemoryMiB, fitMs } of trials) {
        expect(peakMemoryMiB).toBeGreaterThan(20);
        expect(fitMs === undefined).toBe(status === 'failed');
      }
      const values = trials.map(({ metric }) => metric?.value ?? Number.NEGATIVE_INFINITY);
      expect(result.best.metric?.value).toBe(Math.max(...values));
      expect(result.gain.value).toBeCloseTo(Math.max(...values) - (trials[0]?.metric?.value ?? Number.NaN), 12);

      // A larger number goes further, and repeats nothing.
      const more = await matinee([...args, '--trials', '6']);
      expect((await trialsOf(result.folder)).slice(0, 5)).toEqual(trials);
      expect((JSON.parse(more.stdout) as Result).trialCount).toBe(6);
      const { trainCommand, bestConfig } = JSON.parse(more.stdout) as Result;
      const trained = await matinee(trainCommand.split(' ').slice(1));
      expect(trained.code).toBe(0);
      expect((JSON.parse(trained.stdout) as { config: unknown }).config).toEqual(bestConfig);
    },
    TIMEOUT_MS,
  );

  it.runIf(process.platform === 'linux')(
    'records a trial whose process was killed as failed, and goes on (on Linux, where /proc tells which process it is)',
    async () => {
      let isKilled = false;
      const onText = (stderr: string): void => {
        if (isKilled || !stderr.includes('"stage":"trial 2 of 3')) return;
        const trial = findTrialProcess(home);
        if (trial === undefined) return;
        process.kill(trial, 'SIGKILL');
        isKilled = true;
      };
      const { code, stdout } = await matinee(['tune', '--model', 'user-knn', '--trials', '3'], { onText });
      expect([code, isKilled]).toEqual([0, true]);
      const trials = await trialsOf((JSON.parse(stdout) as Result).folder);
      expect(trials.map(({ status }) => status)).toEqual(['done', 'failed', 'done']);
      expect(trials[1]?.error).toEqual({
        code: 'TRIAL_ENDED',
        message: 'the training process was killed (SIGKILL)',
      });
    },
    TIMEOUT_MS,
  );

  it(
    'names the wrong argument in one line and ends with code 2',
    async () => {
      const wrong = [
        ['--trials', '3'],
        ['--model', 'ease'],
        ['--model', 'ease', '--budget', '20'],
        ['--model', 'ease', '--trials', '3', '--metric', 'ndcg@11'],
        ['--model', 'popularity', '--trials', '3'],
      ];
      for (const args of wrong) {
        const { code, stdout, stderr } = await matinee(['tune', ...args]);
        expect([code, stdout]).toEqual([2, '']);
        expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'BAD_ARGUMENT' } });
      }
    },
    TIMEOUT_MS,
  );
});

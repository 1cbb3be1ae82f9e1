import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MATINEE } from './testing/matinee-program.ts';

const repository = fileURLToPath(new URL('../../..', import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'matinee-cli-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line as its own process. `interruptAt`: sends SIGINT once stderr holds this text. */
function matinee(args: readonly string[], interruptAt?: string): Promise<Outcome> {
  const child = spawn(process.execPath, [MATINEE, ...args], {
    cwd: repository,
    env: { ...process.env, NO_COLOR: '1' },
  });
  let [stdout, stderr] = ['', ''];
  let interrupted = false;
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
    if (interruptAt !== undefined && !interrupted && stderr.includes(interruptAt)) {
      interrupted = true;
      child.kill('SIGINT');
    }
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
}

describe('matinee', () => {
  it('lists its commands, and shows examples in the help of one', async () => {
    const [all, prepare] = await Promise.all([matinee(['--help']), matinee(['prepare', '--help'])]);
    const names = ['start', 'prepare', 'train', 'evaluate', 'candidates', 'tune', 'serve', 'data'];
    for (const name of names) expect(all.stdout).toContain(name);
    expect(prepare.stdout).toContain('Examples:\n  matinee prepare');
    expect([all.code, prepare.code]).toEqual([0, 0]);
  });

  it('ends with 2 and one line when the input is wrong', async () => {
    const { code, stderr } = await matinee(['prepare', '--data', path.join(folder, 'nowhere'), '--home', folder]);
    expect(code).toBe(2);
    expect(stderr.trim().split('\n').at(-1)).toMatch(/^matinee: no folder .*nowhere; --data takes a folder/);
  });

  it('ends with 2 when an option is misspelt, instead of taking the default', async () => {
    const { code, stderr } = await matinee(['train', '--sed', '3', '--home', folder]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/there is no option --sed here; there are: .*--seed/);
  });

  it('ends with 1 and one line when a download cannot reach its server', async () => {
    const { code, stderr } = await matinee([
      'data',
      'download',
      'ml-1m',
      '--from',
      'http://127.0.0.1:9',
      '--home',
      folder,
    ]);
    expect(code).toBe(1);
    expect(stderr.trim().split('\n').at(-1)).toMatch(/^matinee: cannot reach 127\.0\.0\.1:9/);
  });

  it('writes its result to stdout and progress to stderr, as JSON on demand', async () => {
    const { code, stdout, stderr } = await matinee(['prepare', '--json', '--home', folder]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ name: 'movielens-small', counts: { events: 100_004 } });
    const stages = stderr.split('\n').filter((line) => line.startsWith('{"stage"'));
    expect(stages.map((line) => JSON.parse(line).status).at(-1)).toBe('done');
  });

  it('ends with 1 from validate when rows are quarantined, and hands them over', async () => {
    writeFileSync(path.join(folder, 'ratings.csv'), 'userId,movieId,rating,timestamp\n1,1,5,100\n1,2,x,100\n');
    const bad = path.join(folder, 'bad.jsonl');
    const { code, stdout } = await matinee(['data', 'validate', '--data', folder, '--quarantine', bad]);
    expect(code).toBe(1);
    expect(stdout).toContain('2 rows read = 1 kept + 1 quarantined');
    expect(existsSync(bad)).toBe(true);
  });

  it('ends with 130 after Ctrl-C, leaves nothing half-written, and goes on when called again', async () => {
    const stopped = await matinee(['train', '--home', folder], 'prepare data');
    expect(stopped.code).toBe(130);
    const releases = path.join(folder, 'releases');
    const left = existsSync(releases) ? readdirSync(releases, { recursive: true }).map(String) : [];
    expect(left.filter((name) => name.endsWith('.bin') || name.endsWith('manifest.json'))).toEqual([]);
    const again = await matinee(['train', '--home', folder]);
    expect(again.stderr).toContain('✓');
    expect(again.code).toBe(0);
  }, 120_000);
});

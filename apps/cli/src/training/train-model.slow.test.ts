import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodeArtifact } from '@matinee/models/artifacts';
import { findModelFamily } from '@matinee/models/generations';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MATINEE } from '../testing/matinee-program.ts';

const repository = fileURLToPath(new URL('../../../..', import.meta.url));
const timeoutMs = 120_000;

let home: string;
beforeEach(async () => {
  home = await mkdtemp(path.join(os.tmpdir(), 'matinee-model-'));
  const small = {
    maxEpochs: 4,
    maxLength: 20,
    embeddingDim: 8,
    feedForwardDim: 8,
    blockCount: 1,
    tokensPerBatch: 2000,
  };
  await writeFile(path.join(home, 'small.json'), JSON.stringify(small));
});
afterEach(() => rm(home, { recursive: true, force: true }));

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Trains a small SASRec on the bundled data, as a process; `end` is sent to it once stderr holds `endAt`. */
function train(folder: string, more: readonly string[] = [], end?: NodeJS.Signals, endAt = ''): Promise<Outcome> {
  const small = ['--config', path.join(home, 'small.json'), '--min-item-count', '40', '--threads', '1'];
  return matinee(['train', '--model', 'sasrec', ...small, '--home', folder, ...more], end, endAt);
}

function matinee(args: readonly string[], end?: NodeJS.Signals, endAt = ''): Promise<Outcome> {
  const child = spawn(process.execPath, [MATINEE, ...args, '--json'], {
    cwd: repository,
  });
  let [stdout, stderr] = ['', ''];
  let isEnded = false;
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
    if (end === undefined || isEnded || !stderr.includes(endAt)) return;
    isEnded = true;
    child.kill(end);
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
}

interface Trained {
  readonly folder: string;
  readonly artifactSha256: string;
  readonly epochs: readonly { readonly epoch: number }[];
}

describe('matinee train --model', () => {
  it(
    'leaves a model that loads, its network for other runtimes and a record; and does not train it again',
    async () => {
      const first = await train(home);
      expect(first.code).toBe(0);
      const trained = JSON.parse(first.stdout) as Trained;
      expect(trained.epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4]);
      expect((await readdir(trained.folder)).sort()).toEqual([
        'encoder.onnx',
        'item-vectors.safetensors',
        'items.json',
        'model.bin',
        'model.json',
      ]);
      const artifact = decodeArtifact(await readFile(path.join(trained.folder, 'model.bin')));
      const model = await findModelFamily('sasrec').load(artifact);
      expect(model.itemCount).toBe(9066);

      const again = await train(home);
      expect(JSON.parse(again.stdout)).toEqual(trained);
      expect(again.stderr).not.toContain('epoch 1 of');

      const further = await train(home, ['--from', trained.folder, '--seed', '2']);
      expect((JSON.parse(further.stdout) as Trained).artifactSha256).not.toBe(trained.artifactSha256);
    },
    timeoutMs,
  );

  it(
    'goes on after SIGKILL and after Ctrl-C, and ends with the same bytes as a run that was left alone',
    async () => {
      const [alone, disturbed] = [path.join(home, 'alone'), path.join(home, 'disturbed')];
      const whole = JSON.parse((await train(alone)).stdout) as Trained;
      const killed = await train(disturbed, [], 'SIGKILL', 'epoch 1 of');
      expect(killed.code).toBeNull();
      const stopped = await train(disturbed, [], 'SIGINT', 'epoch 2 of');
      expect(stopped.code).toBe(130);
      expect(stopped.stderr).not.toContain('epoch 1 of');
      const resumed = await train(disturbed);
      expect(resumed.code).toBe(0);
      expect(resumed.stderr).not.toContain('epoch 2 of');
      expect((JSON.parse(resumed.stdout) as Trained).artifactSha256).toBe(whole.artifactSha256);
    },
    timeoutMs,
  );

  it(
    'leaves a model that matinee evaluate measures without fitting it again',
    async () => {
      expect((await matinee(['train', '--model', 'ials', '--home', home])).code).toBe(0);
      const evaluate = (seed: string): Promise<Outcome> =>
        matinee(['evaluate', '--models', 'ials', '--seed', seed, '--resamples', '20', '--home', home]);
      const same = await evaluate('1');
      expect(same.code).toBe(0);
      expect(same.stderr).toContain('ials was trained before');
      expect(same.stderr).not.toContain('fit ials');
      expect((await evaluate('2')).stderr).toContain('fit ials');
    },
    timeoutMs,
  );

  it(
    'says what is wrong with a field of the model',
    async () => {
      await writeFile(path.join(home, 'small.json'), '{"epochs": 5}');
      const { code, stderr } = await train(home);
      expect(code).toBe(2);
      expect(stderr).toContain('sasrec has no field');
    },
    timeoutMs,
  );
});

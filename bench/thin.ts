/**
 * Trains every generation on data as first users bring it: a handful of events, no times, no item table, one user, ids
 * of every kind. Each is read as the command line reads it, fitted on the data before a test, and compared with the best
 * of its sources alone, on the same users. What cannot be trained must say why in a sentence.
 *
 * Options: `--only NAME,…` of the data sets, `--generations v1,v2`, `--small` (a part of it that takes about a minute),
 * `--seed N`.
 *
 * Ends with code 1 when a training fails without a sentence, or a generation is worse than one of its sources by more
 * than the 95 % interval of the paired difference over users, for all sources together.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { GENERATION_NAMES, type GenerationName } from '@matinee/models/generations';
import { createRandom, MatineeError } from '@matinee/numerics';
import { createProgress, type Progress } from '../apps/cli/src/terminal/progress.ts';
import { openDataset } from '../apps/cli/src/workspace/open-dataset.ts';
import { openWorkspace } from '../apps/cli/src/workspace/workspace.ts';
import { DATA_SETS, type ThinDataSet, writeDataSet } from './thin/data-sets.ts';
import { type CutDataSet, cutDataSet, type Measured, measureGeneration } from './thin/measure-generation.ts';
import { createMemoryStageCache } from './thin/memory-stage-cache.ts';

export const description = 'every generation on thin and strange data: trained or a sentence, against its best source';

export async function run(options: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...options],
    options: {
      only: { type: 'string' },
      generations: { type: 'string', default: GENERATION_NAMES.join(',') },
      small: { type: 'boolean', default: false },
      seed: { type: 'string', default: '1' },
    },
  });
  const seed = Number(values.seed);
  const generations = values.generations.split(',').map((name) => oneOf(name, GENERATION_NAMES));
  const names = DATA_SETS.map(({ name }) => name);
  const only = values.only?.split(',').map((name) => oneOf(name, names));
  const chosen = DATA_SETS.filter(({ name, isSmall }) => only?.includes(name) ?? (!values.small || isSmall));
  const signal = new AbortController().signal;
  const progress = createProgress({ json: false, stream: process.stderr, signal });
  const folder = mkdtempSync(path.join(os.tmpdir(), 'matinee-bench-thin-'));
  console.log(
    `seed ${seed}; NDCG@10 on a test that no fit has seen, 95 % intervals over users, for all sources of a generation together\n`,
  );
  console.log(row('data set', '', 'orders', 'seconds', 'NDCG@10', 'best source', 'generation − best source'));
  let faults = 0;
  try {
    for (const set of chosen) {
      const cut = await read(set, path.join(folder, set.name), seed, { progress, signal });
      if (cut === undefined) continue;
      const stageCache = createMemoryStageCache();
      for (const [index, generation] of generations.entries()) {
        const label = index === 0 ? set.name : '';
        try {
          const measured = await measureGeneration(generation, cut, seed, {
            checkpoint: () => Promise.resolve(),
            now: () => performance.now(),
            stage: (name, work) => progress.stage(`${set.name} ${generation}: ${name}`, work),
            stageCache,
            threadCount: 2,
          });
          if (measured.quality?.worseThan !== undefined) faults++;
          print(label, generation, measured, index === 0 ? cut : undefined);
        } catch (error) {
          if (!isSentence(error)) faults++;
          console.log(`${label.padEnd(25)} ${generation}  ${describe(error)}`);
        }
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(
    faults === 0 ? '\nno fault' : `\n${faults} faults: worse than its best source, or an error without a sentence`,
  );
  if (faults > 0) process.exitCode = 1;
}

/** Writes the data set and reads it as the command line does. */
async function read(
  set: ThinDataSet,
  folder: string,
  seed: number,
  { progress, signal }: { readonly progress: Progress; readonly signal: AbortSignal },
): Promise<CutDataSet | undefined> {
  const source = path.join(folder, 'source');
  mkdirSync(source, { recursive: true });
  writeDataSet(source, set, createRandom(seed).fork(set.name));
  try {
    const workspace = openWorkspace(path.join(folder, 'home'));
    return cutDataSet(await openDataset({ workspace, data: source, progress, signal }));
  } catch (error) {
    if (!isSentence(error)) throw error;
    console.log(`${set.name.padEnd(25)}     ${describe(error)}`);
    return undefined;
  }
}

function print(label: string, generation: GenerationName, measured: Measured, cut: CutDataSet | undefined): void {
  const { seconds, order, quality, leftOut } = measured;
  const cells = quality
    ? [
        quality.ndcg.toFixed(4),
        `${quality.best.ndcg.toFixed(4)} ${quality.best.name}`,
        `${describeDifference(quality)}, ${quality.users} users${quality.worseThan === undefined ? '' : `  WORSE than ${quality.worseThan}`}`,
      ]
    : ['—', '—', '—'];
  console.log(row(label, generation, order, seconds.toFixed(1), ...cells));
  if (cut !== undefined) console.log(`    test: ${cut.test}`);
  const said = leftOut.filter(({ part }) => part !== 'blend').map(({ part, cause }) => `${part} (${cause})`);
  if (said.length > 0) console.log(`    ${generation} without ${said.join(', ')}`);
}

function row(...cells: readonly string[]): string {
  const widths = [25, 3, 18, 8, 8, 26, 0];
  return cells
    .map((cell, at) => cell.padEnd(widths[at] ?? 0))
    .join(' ')
    .trimEnd();
}

function describeDifference({ difference: { value, low, high } }: NonNullable<Measured['quality']>): string {
  const signed = (number: number): string => `${number < 0 ? '−' : '+'}${Math.abs(number).toFixed(4)}`;
  return `${signed(value)} [${signed(low)}, ${signed(high)}]`;
}

/** Whether an error says in a sentence what is missing. */
function isSentence(error: unknown): error is MatineeError {
  return error instanceof MatineeError;
}

function describe(error: unknown): string {
  if (isSentence(error)) return `${error.code}: ${error.message}`;
  return `ERROR ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}

function oneOf<T extends string>(name: string, names: readonly T[]): T {
  const found = names.find((each) => each === name);
  if (found === undefined) throw new Error(`no "${name}"; there are: ${names.join(', ')}`);
  return found;
}

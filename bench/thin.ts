/**
 * Trains every generation on data as first users bring it: a handful of events, no times, no item table, one user, ids
 * of every kind. Each is read as the command line reads it, fitted on the data before a test, and compared with the best
 * of its sources alone, on the same users. Data sets with chance in them are drawn three times (with `--small` once), and
 * the users of all three are measured together. What cannot be trained must say why in a sentence.
 *
 * Options: `--only NAME,…` of the data sets, `--generations v1,v2`, `--small` (a part of it that takes about a minute),
 * `--seed N`.
 *
 * Ends with code 1 when a training fails without a sentence, or a generation is worse than one of its sources by more
 * than chance does in a table of this size. Printed intervals are 95 % for the sources of one generation together; some
 * lie below 0 by chance, and are marked.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import {
  GENERATION_NAMES,
  type GenerationName,
  type StageCache,
  type StageReporter,
} from '@matinee/models/generations';
import { createRandom, MatineeError, type Random } from '@matinee/numerics';
import { createProgress, type Progress } from '../apps/cli/src/terminal/progress.ts';
import { openDataset } from '../apps/cli/src/workspace/open-dataset.ts';
import { openWorkspace } from '../apps/cli/src/workspace/workspace.ts';
import { DATA_SETS, type ThinDataSet, writeDataSet } from './thin/data-sets.ts';
import {
  type CutDataSet,
  compareWithSources,
  cutDataSet,
  type Measured,
  measureGeneration,
  type Quality,
} from './thin/measure-generation.ts';
import { createMemoryStageCache } from './thin/memory-stage-cache.ts';

/** Draws of a data set with chance in it; their users are measured together. */
const WORLDS = 3;

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
      const worlds: { readonly cut: CutDataSet; readonly stageCache: StageCache }[] = [];
      for (const world of Array.from({ length: set.isDrawn && !values.small ? WORLDS : 1 }, (_, at) => at)) {
        const own = path.join(folder, set.name, String(world));
        const cut = await read(set, own, createRandom(seed).fork(`${set.name} ${world}`), { progress, signal });
        if (cut !== undefined) worlds.push({ cut, stageCache: createMemoryStageCache() });
      }
      for (const [index, generation] of (worlds.length === 0 ? [] : generations).entries()) {
        const label = index === 0 ? set.name : '';
        try {
          const measured: Measured[] = [];
          for (const [world, { cut, stageCache }] of worlds.entries()) {
            const context = {
              checkpoint: () => Promise.resolve(),
              now: () => performance.now(),
              stage: <T>(name: string, work: (stage: StageReporter) => Promise<T>) =>
                progress.stage(`${set.name} ${world + 1} ${generation}: ${name}`, work),
              stageCache,
              threadCount: 2,
            };
            measured.push(await measureGeneration(generation, cut, seed, context));
          }
          const quality = compareWithSources(measured, seed);
          if (quality?.worseThan !== undefined) faults++;
          print(label, generation, measured, quality);
        } catch (error) {
          if (!isSentence(error)) faults++;
          console.log(`${label.padEnd(25)} ${generation}  ${describe(error)}`);
        }
      }
      const [first] = worlds;
      if (first !== undefined) console.log(`    test: ${first.cut.test}`);
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
  random: Random,
  { progress, signal }: { readonly progress: Progress; readonly signal: AbortSignal },
): Promise<CutDataSet | undefined> {
  const source = path.join(folder, 'source');
  mkdirSync(source, { recursive: true });
  writeDataSet(source, set, random);
  try {
    const workspace = openWorkspace(path.join(folder, 'home'));
    return cutDataSet(await openDataset({ workspace, data: source, progress, signal }));
  } catch (error) {
    if (!isSentence(error)) throw error;
    console.log(`${set.name.padEnd(25)}     ${describe(error)}`);
    return undefined;
  }
}

function print(
  label: string,
  generation: GenerationName,
  worlds: readonly Measured[],
  quality: Quality | undefined,
): void {
  const seconds = worlds.reduce((sum, world) => sum + world.seconds, 0);
  const orders = tally(worlds.map(({ order }) => order));
  const cells = quality
    ? [
        quality.ndcg.toFixed(4),
        `${quality.best.ndcg.toFixed(4)} ${quality.best.name}`,
        `${describeDifference(quality)}, ${quality.users} users${describeFault(quality)}`,
      ]
    : ['—', '—', '—'];
  console.log(row(label, generation, orders, seconds.toFixed(1), ...cells));
  const parts = worlds.flatMap(({ leftOut }) => leftOut.filter(({ part }) => part !== 'blend'));
  const said = tally(parts.map(({ part, cause }) => `${part} (${cause})`));
  if (said !== '') console.log(`    ${generation} without ${said}`);
}

/** The different words, with how often each occurs where that is more than once. */
function tally(words: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].map(([word, count]) => (count === 1 ? word : `${count} × ${word}`)).join(', ');
}

function row(...cells: readonly string[]): string {
  const widths = [25, 3, 28, 8, 8, 26, 0];
  return cells
    .map((cell, at) => cell.padEnd(widths[at] ?? 0))
    .join(' ')
    .trimEnd();
}

function describeDifference({ difference: { value, low, high } }: Quality): string {
  const signed = (number: number): string => `${number < 0 ? '−' : '+'}${Math.abs(number).toFixed(4)}`;
  return `${signed(value)} [${signed(low)}, ${signed(high)}]`;
}

function describeFault({ worseThan, difference, users }: Quality): string {
  if (worseThan !== undefined) return `  WORSE than ${worseThan}`;
  return difference.high < 0 && users > 1 ? '  below 0' : '';
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

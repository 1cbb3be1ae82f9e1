/**
 * Measures the fit of EASE, and the same closed form next to numpy, interleaved, on the same pairs.
 *
 * npm run bench -- ease [--data PATH] [--items 20000] [--threads 2] [--rounds 3] [--python PATH] [--home DIR]
 *
 * First it runs the family's own fit, as `matinee train` does, on the data set and on a synthetic one of `--items`
 * items (0 skips it). Then, for each of the two, Matinee and numpy alternately compute the Gram matrix, its inverse and
 * the dense B with the same number of threads; `--rounds 0` skips numpy. Every run is a process of its own, so that its
 * peak memory is its own. Ratios are Matinee ÷ numpy within a round, then the median: on a busy machine they are more
 * reliable than seconds.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { buildInteractions, createVocabulary } from '@matinee/models/data';
import { findModelFamily } from '@matinee/models/generations';
import type { TrainingData } from '@matinee/models/training';
import { createRandom, csrFromTriplets } from '@matinee/numerics';
import { gramMatrix, invertPositiveDefinite } from '@matinee/numerics/linear-algebra';
import { createProgress } from '../apps/cli/src/terminal/progress.ts';
import { openDataset } from '../apps/cli/src/workspace/open-dataset.ts';
import { openWorkspace } from '../apps/cli/src/workspace/workspace.ts';

export const description =
  'fit EASE: time, peak memory; beside numpy [--data PATH] [--items 20000] [--threads 2] [--rounds 3] [--python PATH]';

const SYNTHETIC_ITEMS_A_USER = 100;
const SYNTHETIC_USERS = 20_000;
const SEED = 1;

/** Users and items of all positive pairs, numbered without gaps. */
interface Problem {
  readonly name: string;
  readonly userCount: number;
  readonly itemCount: number;
  readonly users: Int32Array;
  readonly items: Int32Array;
}

interface Settings {
  readonly userCount: number;
  readonly itemCount: number;
  readonly regularization: number;
  readonly threads: number;
  /** Whether B is written to a file, for comparison. */
  readonly writeWeights: boolean;
}

/** Seconds of each step. The peer also prints its versions. */
interface Run {
  readonly gram: number;
  readonly inverse: number;
  readonly weights: number;
  readonly peakMiB: number;
  readonly versions?: Readonly<Record<string, string | null>>;
}

export async function run(args: readonly string[]): Promise<void> {
  // One measured run of Matinee: `fit` or `solve`, FOLDER, SETTINGS.
  if (args[0] === 'fit') return fitOnce(args[1], JSON.parse(args[2]));
  if (args[0] === 'solve') return solveOnce(args[1], JSON.parse(args[2]));
  const { values } = parseArgs({
    args: [...args],
    options: {
      data: { type: 'string' },
      items: { type: 'string', default: '20000' },
      threads: { type: 'string', default: '2' },
      rounds: { type: 'string', default: '3' },
      python: { type: 'string', default: '/usr/bin/python3' },
      home: { type: 'string', default: '.matinee' },
    },
  });
  const problems = [await readProblem(values.data, values.home)];
  if (Number(values.items) > 0) problems.push(drawProblem(Number(values.items)));
  for (const problem of problems) {
    const folder = mkdtempSync(path.join(tmpdir(), 'ease-bench-'));
    try {
      writeFileSync(path.join(folder, 'users'), problem.users);
      writeFileSync(path.join(folder, 'items'), problem.items);
      measureProblem(problem, folder, {
        threads: Number(values.threads),
        rounds: Number(values.rounds),
        python: values.python,
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

function measureProblem(
  { name, userCount, itemCount, users }: Problem,
  folder: string,
  { threads, rounds, python }: { threads: number; rounds: number; python: string },
): void {
  console.log(
    `\n${name}: ${users.length.toLocaleString('en')} pairs, ${userCount.toLocaleString('en')} users, ${itemCount.toLocaleString('en')} items met`,
  );
  const { regularization } = findModelFamily('ease').defaults as { regularization: number };
  const settings = { userCount, itemCount, regularization, threads };
  console.log(spawnOurs('fit', folder, { ...settings, writeWeights: false }).trimEnd());
  const pairs: { ours: Run; theirs: Run }[] = [];
  for (let round = 0; round < rounds; round++) {
    const text = { ...settings, writeWeights: round === 0 };
    const ours: Run = JSON.parse(spawnOurs('solve', folder, text));
    const theirs = runPeer(python, folder, text);
    if (theirs === undefined) return;
    pairs.push({ ours, theirs });
    if (round === 0) {
      console.log(`  largest difference between both B: ${describeDifference(folder)}`);
    }
  }
  if (pairs.length === 0) return;
  console.log(`  median of ${rounds} rounds, ${threads} threads; peer: ${JSON.stringify(pairs[0].theirs.versions)}`);
  const sum = ({ gram, inverse, weights }: Run): number => gram + inverse + weights;
  const steps: [string, (run: Run) => number][] = [
    ['Gram', (each) => each.gram],
    ['inverse', (each) => each.inverse],
    ['B', (each) => each.weights],
    ['all', sum],
  ];
  for (const [step, pick] of steps) {
    const ratio = median(pairs.map(({ ours, theirs }) => pick(ours) / pick(theirs)));
    console.log(
      `  ${step.padEnd(8)} ours ${median(pairs.map(({ ours }) => pick(ours))).toFixed(2)} s, numpy ${median(pairs.map(({ theirs }) => pick(theirs))).toFixed(2)} s, ours ÷ theirs ${ratio.toFixed(2)}`,
    );
  }
  console.log(
    `  peak memory: ours ${Math.round(pairs[0].ours.peakMiB)} MiB, numpy ${Math.round(pairs[0].theirs.peakMiB)} MiB`,
  );
}

function spawnOurs(mode: 'fit' | 'solve', folder: string, settings: Settings): string {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...process.execArgv, path.join(import.meta.dirname, 'main.ts'), 'ease', mode, folder, JSON.stringify(settings)],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`the measured process failed: ${stderr}`);
  // The first line describes the machine.
  return stdout.slice(stdout.indexOf('\n') + 1);
}

function runPeer(python: string, folder: string, settings: Settings): Run | undefined {
  const threads = String(settings.threads);
  const { status, stdout, stderr, error } = spawnSync(
    python,
    [path.join(import.meta.dirname, 'peers/ease_peer.py'), folder, JSON.stringify(settings)],
    { encoding: 'utf8', env: { ...process.env, OPENBLAS_NUM_THREADS: threads, OMP_NUM_THREADS: threads } },
  );
  if (status === 0) return JSON.parse(stdout);
  console.log(`  numpy did not run: ${error?.message ?? stderr.trim().split('\n').at(-1)}`);
  return undefined;
}

/** The family's complete fit. */
async function fitOnce(folder: string, settings: Settings): Promise<void> {
  const data = trainingDataOf(folder, settings);
  const before = process.resourceUsage().maxRSS / 1024;
  const family = findModelFamily('ease');
  const usedBefore = process.cpuUsage();
  const startedAt = performance.now();
  const model = await family.fit(data, family.defaults, {
    random: createRandom(SEED),
    checkpoint: () => Promise.resolve(),
  });
  const seconds = (performance.now() - startedAt) / 1000;
  const used = process.cpuUsage(usedBefore);
  const bytes = Object.values(model.save().arrays).reduce((sum, { byteLength }) => sum + byteLength, 0);
  console.log(
    `  fit ${seconds.toFixed(2)} s wall, ${((used.user + used.system) / 1e6).toFixed(2)} s CPU; ` +
      `peak ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB (${Math.round(before)} MiB before the fit); ` +
      `artefact ${(bytes / 1e6).toFixed(1)} MB`,
  );
}

/** Gram matrix, inverse and dense B, as the peer computes them. */
async function solveOnce(folder: string, settings: Settings): Promise<void> {
  const { itemCount, regularization, threads } = settings;
  const { users, items } = readPairs(folder);
  const startedAt = performance.now();
  const ones = new Float32Array(users.length).fill(1);
  const gram = gramMatrix(csrFromTriplets(settings.userCount, itemCount, users, items, ones), regularization);
  const gramAt = performance.now();
  await invertPositiveDefinite(gram, itemCount, { threadCount: threads });
  const inverseAt = performance.now();
  const scales = Float64Array.from({ length: itemCount }, (_, item) => -1 / gram[item * itemCount + item]);
  for (let row = 0; row < itemCount; row++) {
    for (let column = 0; column < itemCount; column++) gram[row * itemCount + column] *= scales[column];
    gram[row * itemCount + row] = 0;
  }
  const endedAt = performance.now();
  if (settings.writeWeights) writeFileSync(path.join(folder, 'weights.ours'), gram);
  const result: Run = {
    gram: (gramAt - startedAt) / 1000,
    inverse: (inverseAt - gramAt) / 1000,
    weights: (endedAt - inverseAt) / 1000,
    peakMiB: process.resourceUsage().maxRSS / 1024,
  };
  console.log(JSON.stringify(result));
}

async function readProblem(data: string | undefined, home: string): Promise<Problem> {
  const signal = new AbortController().signal;
  const progress = createProgress({ json: false, stream: process.stderr, signal });
  const dataset = await openDataset({ workspace: openWorkspace(home), data, progress, signal });
  const { userIndices, itemIndices } = buildInteractions(dataset.events);
  const met = Int32Array.from(new Set(itemIndices)).sort();
  const columnOf = new Map(Array.from(met, (item, column) => [item, column]));
  return {
    name: dataset.name,
    userCount: dataset.users.ids.length,
    itemCount: met.length,
    users: userIndices,
    items: itemIndices.map((item) => columnOf.get(item) ?? 0),
  };
}

/** Popularity falls as a power of the rank; every user has equally many items, none twice. */
function drawProblem(itemCount: number): Problem {
  const random = createRandom(SEED);
  const users = new Int32Array(SYNTHETIC_USERS * SYNTHETIC_ITEMS_A_USER);
  const items = new Int32Array(users.length);
  const takenBy = new Int32Array(itemCount).fill(-1);
  for (let row = 0; row < users.length; row++) {
    const user = Math.floor(row / SYNTHETIC_ITEMS_A_USER);
    let item = Math.floor(itemCount * random.next() ** 3);
    while (takenBy[item] === user) item = (item + 1) % itemCount;
    takenBy[item] = user;
    users[row] = user;
    items[row] = item;
  }
  return { name: 'synthetic power law', userCount: SYNTHETIC_USERS, itemCount, users, items };
}

function trainingDataOf(folder: string, { userCount, itemCount }: Settings): TrainingData {
  const { users, items } = readPairs(folder);
  const count = users.length;
  return {
    userCount,
    asOf: count,
    items: {
      vocabulary: createVocabulary(Array.from({ length: itemCount }, (_, item) => String(item))),
      titles: [],
      years: new Int32Array(0),
      genreNames: [],
      genres: [],
      posterUrls: [],
      attributes: [],
    },
    interactions: {
      count,
      userIndices: users,
      itemIndices: items,
      timestamps: new Float64Array(count),
      weights: new Float32Array(count).fill(1),
      labels: new Uint8Array(count).fill(1),
    },
  };
}

function readPairs(folder: string): { users: Int32Array; items: Int32Array } {
  const read = (name: string): Int32Array => {
    const bytes = readFileSync(path.join(folder, name));
    return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  };
  return { users: read('users'), items: read('items') };
}

function describeDifference(folder: string): string {
  const read = (name: string): Float32Array => {
    const bytes = readFileSync(path.join(folder, name));
    return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  };
  const [ours, theirs] = [read('weights.ours'), read('weights.numpy')];
  let difference = 0;
  let largest = 0;
  for (let index = 0; index < ours.length; index++) {
    difference = Math.max(difference, Math.abs(ours[index] - theirs[index]));
    largest = Math.max(largest, Math.abs(theirs[index]));
  }
  return `${difference.toExponential(1)}, largest weight ${largest.toFixed(3)}`;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

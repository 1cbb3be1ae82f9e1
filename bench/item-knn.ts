/**
 * Measures the fit of item-item neighbours: time and peak memory, each in a process of its own, and the ratio to the
 * definition written as plain loops.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildInteractions, createVocabulary, type Dataset, type Interactions } from '@matinee/models/data';
import { findModelFamily } from '@matinee/models/generations';
import { createRandom } from '@matinee/numerics';
import { createProgress } from '../apps/cli/src/terminal/progress.ts';
import { openDataset } from '../apps/cli/src/workspace/open-dataset.ts';
import { openWorkspace } from '../apps/cli/src/workspace/workspace.ts';

export const description =
  'fit item-item neighbours: time, peak memory, ratio to naive [--data PATH] [--interactions 20000000] [--home DIR]';

const SYNTHETIC_USERS = 138_000;
const SYNTHETIC_ITEMS = 27_000;
const SEED = 1;

export async function run(options: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...options],
    options: {
      data: { type: 'string' },
      home: { type: 'string', default: '.matinee' },
      interactions: { type: 'string', default: '20000000' },
    },
  });
  const { home } = values;
  for (const model of ['item-knn', 'item-knn-bm25']) {
    await measure({ model, home, what: 'bundled data', naive: model === 'item-knn' });
    if (values.data !== undefined) await measure({ model, home, what: values.data, data: values.data });
    const count = Number(values.interactions);
    if (count > 0) await measure({ model, home, what: 'synthetic power law', synthetic: count });
  }
}

interface Job {
  readonly model: string;
  readonly home: string;
  readonly what: string;
  readonly data?: string;
  readonly synthetic?: number;
  readonly naive?: boolean;
}

function measure(job: Job): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), [JSON.stringify(job)], {
      env: { ...process.env, MATINEE_BENCH_CHILD: 'item-knn' },
    });
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`benchmark process ended with ${code}`))));
  });
}

interface Shape {
  readonly interactions: Interactions;
  readonly userCount: number;
  readonly items: Dataset['items'];
}

async function fitOnce(job: Job): Promise<void> {
  const shape = job.synthetic === undefined ? await readShape(job) : synthesize(job.synthetic);
  const { interactions, userCount, items } = shape;
  const before = process.resourceUsage().maxRSS / 1024;
  const family = findModelFamily(job.model);
  const usedBefore = process.cpuUsage();
  const startedAt = performance.now();
  const model = await family.fit({ ...shape, asOf: 2e9 }, family.defaults, {
    random: createRandom(SEED),
    checkpoint: () => Promise.resolve(),
  });
  const wallMs = performance.now() - startedAt;
  const used = process.cpuUsage(usedBefore);
  const { neighbors } = model.save().arrays;
  console.log(
    [
      `${job.model} on ${job.what}: ${interactions.count.toLocaleString('en')} interactions, ${userCount.toLocaleString('en')} users, ${items.vocabulary.ids.length.toLocaleString('en')} items, Σ n²/2 = ${(halfSquares(shape) / 1e9).toFixed(2)}e9`,
      `  fit ${(wallMs / 1000).toFixed(2)} s wall, ${((used.user + used.system) / 1e6).toFixed(2)} s CPU; peak ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB (${Math.round(before)} MiB before the fit: the data); ${neighbors.length.toLocaleString('en')} neighbours kept`,
    ].join('\n'),
  );
  if (job.naive === true) {
    const naiveMs = timeNaive(shape);
    console.log(
      `  all pairs of item columns, dense dot products: ${(naiveMs / 1000).toFixed(1)} s (from a sample), ${Math.round(naiveMs / wallMs)} times as long`,
    );
  }
}

async function readShape({ home, data }: Job): Promise<Shape> {
  const signal = new AbortController().signal;
  const progress = createProgress({ json: false, stream: process.stderr, signal });
  const dataset = await openDataset({ workspace: openWorkspace(home), data, progress, signal });
  return {
    interactions: buildInteractions(dataset.events),
    userCount: dataset.users.ids.length,
    items: dataset.items,
  };
}

/**
 * Draws activity and popularity as in MovieLens 20M: history lengths log-normal (median about 70, mean 144, as published, cut
 * at 9,254), items by a Zipf–Mandelbrot law; each item at most once per user.
 */
function synthesize(count: number): Shape {
  const random = createRandom(SEED);
  const cumulative = new Float64Array(SYNTHETIC_ITEMS);
  let total = 0;
  for (let item = 0; item < SYNTHETIC_ITEMS; item++) {
    total += 1 / (item + 100) ** 1.3;
    cumulative[item] = total;
  }
  const lengths = new Float64Array(SYNTHETIC_USERS);
  let drawn = 0;
  for (let user = 0; user < SYNTHETIC_USERS; user++) {
    lengths[user] = Math.min(9254, Math.exp(Math.log(70) + 1.2 * random.normal()));
    drawn += lengths[user];
  }
  const userIndices = new Int32Array(count);
  const itemIndices = new Int32Array(count);
  const takenBy = new Int32Array(SYNTHETIC_ITEMS).fill(-1);
  let row = 0;
  for (let user = 0; user < SYNTHETIC_USERS && row < count; user++) {
    const length = Math.min(9254, Math.max(1, Math.round((lengths[user] * count) / drawn)), count - row);
    for (let engagement = 0; engagement < length; engagement++) {
      let item = locate(cumulative, random.next() * total);
      while (takenBy[item] === user) item = (item + 1) % SYNTHETIC_ITEMS;
      takenBy[item] = user;
      userIndices[row] = user;
      itemIndices[row++] = item;
    }
  }
  return {
    userCount: SYNTHETIC_USERS,
    items: {
      vocabulary: createVocabulary(Array.from({ length: SYNTHETIC_ITEMS }, (_, item) => String(item))),
      titles: [],
      years: new Int32Array(0),
      genreNames: [],
      genres: [],
      posterUrls: [],
      attributes: [],
    },
    interactions: {
      count: row,
      userIndices: userIndices.subarray(0, row),
      itemIndices: itemIndices.subarray(0, row),
      timestamps: new Float64Array(row),
      weights: new Float32Array(row).fill(1),
      labels: new Uint8Array(row).fill(1),
    },
  };
}

function locate(cumulative: Float64Array, value: number): number {
  let low = 0;
  let high = cumulative.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (cumulative[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function halfSquares({ interactions, userCount }: Shape): number {
  const counts = new Float64Array(userCount);
  for (const user of interactions.userIndices) counts[user]++;
  return counts.reduce((sum, count) => sum + (count * (count - 1)) / 2, 0);
}

/** Dense columns and every pair: timed on the first hundred items against all others, and scaled up. */
function timeNaive({ interactions, userCount, items }: Shape): number {
  const itemCount = items.vocabulary.ids.length;
  const columns = Array.from({ length: itemCount }, () => new Float32Array(userCount));
  for (let row = 0; row < interactions.count; row++) {
    columns[interactions.itemIndices[row]][interactions.userIndices[row]] = interactions.weights[row];
  }
  const sample = Math.min(100, itemCount);
  let checksum = 0;
  const startedAt = performance.now();
  for (let item = 0; item < sample; item++) {
    for (let other = 0; other < itemCount; other++) {
      let product = 0;
      for (let user = 0; user < userCount; user++) product += columns[item][user] * columns[other][user];
      checksum += product;
    }
  }
  if (!(checksum > 0)) throw new Error('the naive product came to nothing');
  // Every pair counts once, as in the fit.
  return ((performance.now() - startedAt) * itemCount) / sample / 2;
}

if (process.env['MATINEE_BENCH_CHILD'] === 'item-knn') await fitOnce(JSON.parse(process.argv[2]) as Job);

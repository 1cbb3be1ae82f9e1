/**
 * Measures time and peak memory of `prepareDataset`, validation included, on ratings drawn from a power law with the
 * size of MovieLens 20M and up: 138,000 users × 27,000 items. Drawing and writing the CSV is not counted. Option:
 * `--ratings N`.
 */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { detectSource, prepareDataset } from '@matinee/adapters/duckdb';
import { createRandom } from '@matinee/numerics';

export const description = 'prepare 20 M synthetic ratings: time and peak memory';

const USERS = 138_000;
const ITEMS = 27_000;
const SEED = 20;

export async function run(options: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...options],
    options: { ratings: { type: 'string', default: '20000000' }, prepare: { type: 'string' } },
  });
  if (values.prepare !== undefined) return prepareInThisProcess(values.prepare);

  const folder = mkdtempSync(path.join(os.tmpdir(), 'matinee-bench-prepare-'));
  try {
    const count = Number(values.ratings);
    await writeRatings(path.join(folder, 'ratings.csv'), count);
    const megabytes = Math.round(statSync(path.join(folder, 'ratings.csv')).size / 1e6);
    console.log(
      `${count.toLocaleString('en')} ratings, ${USERS} users × ${ITEMS} items, ${megabytes} MB of CSV, seed ${SEED}`,
    );
    // In a process of its own, so that its peak memory is that of preparing only.
    const main = fileURLToPath(new URL('./main.ts', import.meta.url));
    const child = spawnSync(process.execPath, [...process.execArgv, main, 'prepare', '--prepare', folder], {
      stdio: 'inherit',
    });
    if (child.status !== 0) throw new Error(`the measured process ended with ${child.status ?? child.signal}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function prepareInThisProcess(folder: string): Promise<void> {
  const startedAt = performance.now();
  const { manifest } = await prepareDataset({
    source: detectSource(folder),
    folder: path.join(folder, 'prepared'),
    name: 'bench',
    nowMs: Date.now(),
  });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const peakMegabytes = Math.round(process.resourceUsage().maxRSS / 1024);
  const { rowsKept, rowsQuarantined } = manifest.validation.events;
  console.log(
    `prepared ${rowsKept} rows (${rowsQuarantined} quarantined) in ${seconds} s, peak memory ${peakMegabytes} MB`,
  );
}

/** Draws users and items by rank^-0.8-like laws: the inverse of the distribution function at a uniform draw. */
async function writeRatings(file: string, count: number): Promise<void> {
  const random = createRandom(SEED);
  const stream = createWriteStream(file, { highWaterMark: 1 << 22 });
  stream.write('userId,movieId,rating,timestamp\n');
  let lines: string[] = [];
  for (let rating = 0; rating < count; rating++) {
    const user = 1 + Math.floor(USERS * random.next() ** 2.2);
    const item = 1 + Math.floor(ITEMS * random.next() ** 3);
    const value = (1 + random.integer(10)) / 2;
    const time = 1_000_000_000 + random.integer(500_000_000);
    lines.push(`${user},${item},${value},${time}\n`);
    if (lines.length === 50_000 || rating === count - 1) {
      if (!stream.write(lines.join(''))) await once(stream, 'drain');
      lines = [];
    }
  }
  stream.end();
  await once(stream, 'finish');
}

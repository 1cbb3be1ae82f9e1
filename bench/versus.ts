/**
 * Compares `GET /recommend` of this build with that of another checkout's build, in one run and interleaved.
 *
 * Options: `--against FOLDER` (the other checkout, built), `--home FOLDER` (with a trained release; each server works
 * on a copy), `--data FOLDER`, `--generation v4`, `--rate N` requests per second, `--seconds N` per turn, `--rounds N`,
 * `--path /api/v1/home?userIdx=` (the user's number follows), `--keys` (this build asks for an API key and counts
 * requests against limits).
 *
 * Both servers run all the time on one core, the client on the others (Linux, `taskset`), without a response cache. In
 * turns each gets the same requests at the same random (Poisson) moments; the order changes with every round. A request
 * is timed from the moment it was due. Printed are p50 and p99 of all turns and, for the ratios, the median of the
 * rounds with the smallest and the largest. Seed 7.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createRandom } from '@matinee/numerics';
import { sendOnSchedule } from './load/open-loop.ts';
import { poissonMoments, quantile } from './load/poisson.ts';
import { type ServerOptions, withServer } from './load/serving-process.ts';

export const description = '/recommend of this build against another checkout’s, interleaved';

const SEED = 7;
const WARM_UP_SECONDS = 10;

export async function run(options: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...options],
    options: {
      against: { type: 'string' },
      home: { type: 'string' },
      data: { type: 'string' },
      rate: { type: 'string', default: '100' },
      seconds: { type: 'string', default: '10' },
      rounds: { type: 'string', default: '12' },
      generation: { type: 'string' },
      path: { type: 'string', default: '/recommend?k=20&user_idx=' },
      keys: { type: 'boolean', default: false },
    },
  });
  const { against, home, data } = values;
  if (against === undefined || home === undefined) throw new Error('--against and --home are needed');
  const [rate, seconds, rounds] = [Number(values.rate), Number(values.seconds), Number(values.rounds)];
  const folder = mkdtempSync(path.join(os.tmpdir(), 'matinee-bench-versus-'));
  const copyOf = (name: string): string => {
    cpSync(home, path.join(folder, name), { recursive: true });
    return path.join(folder, name);
  };
  const common = { data, isTrained: true, cacheMegabytes: 0, oneCore: true, generation: values.generation };
  try {
    await withServer({ ...common, home: copyOf('before'), checkout: path.resolve(against) }, async (before) => {
      const own = copyOf('after');
      const guarded = values.keys ? guardedByKey(own) : { headers: {} };
      await withServer({ ...common, ...guarded, home: own }, async (after) => {
        const last = os.cpus().length - 1;
        if (last > 0) execFileSync('taskset', ['-a', '-pc', `1-${last}`, String(process.pid)], { stdio: 'ignore' });
        const random = createRandom(SEED);
        const sides = [
          { name: 'before', base: before.base, headers: {}, all: [] as number[], rounds: [] as number[][] },
          { name: 'after', base: after.base, headers: guarded.headers, all: [] as number[], rounds: [] as number[][] },
        ];
        for (let round = -1; round < rounds; round++) {
          const length = round < 0 ? WARM_UP_SECONDS : seconds;
          const dueMs = poissonMoments(rate, length, random.next);
          const paths = dueMs.map(() => `${values.path}${random.integer(before.dataset.userCount)}`);
          for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
            const { latencies, failed } = await sendOnSchedule(side.base, paths, dueMs, side.headers);
            if (failed > 0) throw new Error(`${failed} requests failed (${side.name})`);
            if (round < 0) continue;
            side.all.push(...latencies);
            side.rounds.push(latencies);
          }
        }
        for (const { name, all } of sides) {
          console.log(
            `${name}: ${all.length} answers, p50 ${quantile(all, 0.5).toFixed(2)} ms, p99 ${quantile(all, 0.99).toFixed(2)} ms`,
          );
        }
        for (const share of [0.5, 0.99]) {
          const ratios = Array.from({ length: rounds }, (_, round) => {
            const [old, now] = sides.map((side) => quantile(side.rounds[round] ?? [], share));
            return (now as number) / (old as number);
          }).sort((a, b) => a - b);
          const [low, middle, high] = [0, 0.5, 1].map((place) => quantile(ratios, place).toFixed(3));
          console.log(
            `p${share * 100} after / before: ${middle} (${low} to ${high} in ${rounds} rounds of ${seconds} s)`,
          );
        }
        console.log(`memory: before ${before.memory()} MB, after ${after.memory()} MB`);
      });
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Makes a key in that home, and returns how its server asks for it and counts. */
function guardedByKey(home: string): Pick<ServerOptions, 'more'> & { readonly headers: Record<string, string> } {
  const create = ['keys', 'create', '--scope', 'read,write', '--name', 'bench', '--home', home, '--json'];
  const main = fileURLToPath(new URL('../apps/cli/dist/main.js', import.meta.url));
  const { key } = JSON.parse(execFileSync(process.execPath, [main, ...create], { encoding: 'utf8' })) as {
    readonly key: string;
  };
  const limits = ['--keys', 'on', '--key-rate', '1000000', '--user-rate', '100000', '--address-rate', '1000000'];
  return { more: limits, headers: { authorization: `Bearer ${key}` } };
}

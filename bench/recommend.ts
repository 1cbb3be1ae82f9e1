/**
 * Measures latency and throughput of `GET /recommend` against the real server in another process.
 *
 * Options: `--data FOLDER` (default: the bundled set); `--home FOLDER` serves the release trained last there (with
 * `matinee train --preset v4 --home FOLDER`), and without it V1 is trained in a temporary folder; `--seconds N` per
 * phase; `--rate N` requests per second in the first phase.
 *
 * First phase: no response cache, the server on one core and the client on the others (Linux, `taskset`). Requests
 * start at even intervals, however long responses take, and each is timed from the moment it was due, so waiting
 * counts. The stages' shares come from the responses' `Server-Timing`. Second phase: no response cache, all cores, 16
 * connections at full speed. Third phase: the same with cached responses, each requested once before. Users are drawn
 * at random from the whole data set, with a fixed seed.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createRandom } from '@matinee/numerics';
import autocannon from 'autocannon';
import { type Answered, type Measured, type StageTimes, sendOnSchedule } from './load/open-loop.ts';
import { type RunningServer, type ServerOptions, withServer } from './load/serving-process.ts';

export const description = '/recommend under load from a second process: p50, p99, stages, throughput, memory';

const SEED = 7;
const DISTINCT_REQUESTS = 2000;
const KEPT_REQUESTS = 1000;
const CONNECTIONS = 16;

export async function run(options: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...options],
    options: {
      data: { type: 'string' },
      home: { type: 'string' },
      seconds: { type: 'string', default: '20' },
      rate: { type: 'string', default: '100' },
    },
  });
  const temporary =
    values.home === undefined ? mkdtempSync(path.join(os.tmpdir(), 'matinee-bench-recommend-')) : undefined;
  const home = values.home ?? (temporary as string);
  const [seconds, rate] = [Number(values.seconds), Number(values.rate)];
  const common = { home, data: values.data };
  let isTrained = values.home !== undefined;
  const phase = async (
    server: { readonly cacheMegabytes: number; readonly oneCore: boolean },
    measure: (load: Load) => Promise<void>,
  ): Promise<void> => {
    await withLoad({ ...common, ...server, isTrained }, measure);
    isTrained = true;
  };
  try {
    const isLinux = os.platform() === 'linux';
    await phase({ cacheMegabytes: 0, oneCore: isLinux }, async ({ base, paths, memory }) => {
      if (isLinux) runOnCoresFrom(1);
      await atFixedRate(base, paths, rate, 10);
      const measured = await atFixedRate(base, paths, rate, seconds);
      report(`${rate} requests a second, server on one core`, measured, seconds);
      reportStages(measured.stages);
      console.log(`memory of the server: ${memory()} MB`);
      if (isLinux) runOnCoresFrom(0);
    });
    await phase({ cacheMegabytes: 0, oneCore: false }, async ({ base, requests, memory }) => {
      report(`saturation, ${CONNECTIONS} connections`, await saturate(base, requests, seconds), seconds);
      console.log(`memory of the server: ${memory()} MB`);
    });
    await phase({ cacheMegabytes: 32, oneCore: false }, async ({ base, paths, requests, memory }) => {
      // Each is requested once, so that all are cached; more would not fit into the default 32 MB.
      await atFixedRate(base, paths.slice(0, KEPT_REQUESTS), rate, Math.ceil(KEPT_REQUESTS / rate));
      const kept = await saturate(base, requests.slice(0, KEPT_REQUESTS), seconds);
      report(`saturation, answers kept to ${KEPT_REQUESTS} requests`, kept, seconds);
      console.log(`memory of the server: ${memory()} MB`);
    });
  } finally {
    if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true });
  }
}

/** The client must not take processor time from the server. Servers that this process starts inherit the setting. */
function runOnCoresFrom(first: number): void {
  const last = os.cpus().length - 1;
  if (last > 0) execFileSync('taskset', ['-a', '-pc', `${first}-${last}`, String(process.pid)], { stdio: 'ignore' });
}

/** The requests of a phase and the server that they go to. */
interface Load extends RunningServer {
  readonly paths: readonly string[];
  readonly requests: readonly { readonly path: string }[];
}

/** The same requests for every phase. */
function withLoad(options: ServerOptions, measure: (load: Load) => Promise<void>): Promise<void> {
  return withServer(options, async (server) => {
    const random = createRandom(SEED);
    const requests = Array.from({ length: DISTINCT_REQUESTS }, () => ({
      path: `/recommend?user_idx=${random.integer(server.dataset.userCount)}&k=20`,
    }));
    const paths = requests.map((request) => request.path);
    console.log(`${DISTINCT_REQUESTS} requests, k=20, seed ${SEED}`);
    await atFixedRate(server.base, paths, 50, 3);
    await measure({ ...server, requests, paths });
  });
}

/** Evenly spaced requests. */
function atFixedRate(base: string, paths: readonly string[], perSecond: number, seconds: number): Promise<Answered> {
  const dueMs = Array.from({ length: perSecond * seconds }, (_, request) => (request * 1000) / perSecond);
  return sendOnSchedule(base, paths, dueMs);
}

function reportStages(stages: StageTimes): void {
  for (const [stage, times] of stages) {
    times.sort((a, b) => a - b);
    const at = (share: number): string => (times[Math.floor(share * (times.length - 1))] as number).toFixed(2);
    console.log(`  ${stage.padEnd(10)} p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`);
  }
}

async function saturate(url: string, requests: Load['requests'], duration: number): Promise<Measured> {
  const latencies: number[] = [];
  let failed = 0;
  const options = { url, connections: CONNECTIONS, duration, requests: [...requests] };
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const instance = autocannon(options, (error, done) => (error ? reject(error) : resolve(done)));
    instance.on('response', (_client, statusCode, _bytes, milliseconds) => {
      latencies.push(milliseconds);
      if (statusCode !== 200) failed++;
    });
  });
  return { latencies, failed: failed + result.errors };
}

function report(title: string, { latencies, failed }: Measured, seconds: number): void {
  latencies.sort((a, b) => a - b);
  const at = (share: number): string =>
    (latencies[Math.floor(share * (latencies.length - 1))] ?? Number.NaN).toFixed(2);
  const perSecond = Math.round(latencies.length / seconds);
  console.log(
    `${title}: ${latencies.length} answers, ${perSecond}/s, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms, failed: ${failed}`,
  );
}

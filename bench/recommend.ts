/**
 * Latency and throughput of `GET /recommend` against the real server in another process, caches off (there are none).
 * Options: `--data FOLDER` (default: the bundled set), `--seconds N` a phase, `--rate N` requests a second of the first phase.
 *
 * First phase: requests at even intervals whatever the answers take, each timed from the moment it was due, so waiting is
 * measured and not hidden. Second phase: as many as 16 connections get through. Users are drawn at random from the whole data set, seeded.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createRandom } from '@matinee/numerics';
import autocannon from 'autocannon';

export const description = '/recommend under load from a second process: p50, p99, throughput, memory';

const SEED = 7;
const DISTINCT_REQUESTS = 2000;
const CONNECTIONS = 16;

export async function run(options: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...options],
    options: {
      data: { type: 'string' },
      seconds: { type: 'string', default: '20' },
      rate: { type: 'string', default: '100' },
      port: { type: 'string', default: '8043' },
    },
  });
  const home = mkdtempSync(path.join(os.tmpdir(), 'matinee-bench-recommend-'));
  const base = `http://127.0.0.1:${values.port}`;
  const server = startServer(home, values.port, values.data);
  try {
    const status = await ready(base, server);
    console.log(
      `release ${status.version} (${status.generation}) on ${status.dataset.name}: ${status.dataset.userCount} users, ${status.dataset.itemCount} titles; k=20, seed ${SEED}`,
    );
    const random = createRandom(SEED);
    const requests = Array.from({ length: DISTINCT_REQUESTS }, () => ({
      path: `/recommend?user_idx=${random.integer(status.dataset.userCount)}&k=20`,
    }));
    const paths = requests.map((request) => request.path);
    await atFixedRate(base, paths, 50, 3);
    const [seconds, rate] = [Number(values.seconds), Number(values.rate)];
    report(`${rate} requests a second`, await atFixedRate(base, paths, rate, seconds), seconds);
    report(`saturation, ${CONNECTIONS} connections`, await saturate(base, requests, seconds), seconds);
    console.log(`memory of the server: ${residentMegabytes(server)} MB`);
  } finally {
    server.kill('SIGTERM');
    rmSync(home, { recursive: true, force: true });
  }
}

function startServer(home: string, port: string, data: string | undefined): ChildProcess {
  const main = fileURLToPath(new URL('../apps/cli/dist/main.js', import.meta.url));
  const args = [main, 'start', '--home', home, '--port', port, ...(data === undefined ? [] : ['--data', data])];
  return spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

interface Status {
  readonly version: string;
  readonly generation: string;
  readonly dataset: { readonly name: string; readonly userCount: number; readonly itemCount: number };
}

async function ready(base: string, server: ChildProcess): Promise<Status> {
  for (let attempt = 0; attempt < 1200; attempt++) {
    if (server.exitCode !== null) throw new Error(`the server ended with ${server.exitCode}; run: npm run build`);
    const response = await fetch(`${base}/api/v1/status`).catch(() => undefined);
    if (response?.ok) return (await response.json()) as Status;
    await sleep(100);
  }
  throw new Error('the server did not get ready within two minutes');
}

interface Measured {
  /** Milliseconds. */
  readonly latencies: number[];
  readonly failed: number;
}

async function atFixedRate(
  base: string,
  paths: readonly string[],
  perSecond: number,
  seconds: number,
): Promise<Measured> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
  const latencies: number[] = [];
  let failed = 0;
  const startedAt = performance.now();
  const pending: Promise<void>[] = [];
  for (let request = 0; request < perSecond * seconds; request++) {
    const dueAt = startedAt + (request * 1000) / perSecond;
    const early = dueAt - performance.now();
    if (early > 0) await sleep(early);
    pending.push(
      get(`${base}${paths[request % paths.length]}`, agent).then((status) => {
        latencies.push(performance.now() - Math.max(dueAt, startedAt));
        if (status !== 200) failed++;
      }),
    );
  }
  await Promise.all(pending);
  agent.destroy();
  return { latencies, failed };
}

function get(url: string, agent: http.Agent): Promise<number> {
  return new Promise((resolve) => {
    const request = http.get(url, { agent }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    request.on('error', () => resolve(0));
  });
}

async function saturate(url: string, requests: readonly { path: string }[], duration: number): Promise<Measured> {
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

function residentMegabytes(server: ChildProcess): number {
  const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024);
}

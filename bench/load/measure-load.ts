import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createRandom, type Random } from '@matinee/numerics';
import { type Measured, type StageTimes, sendOnSchedule } from './open-loop.ts';
import { poissonMoments, quantile } from './poisson.ts';
import { processorTimeOf } from './processor-time.ts';
import { type RunningServer, withServer } from './serving-process.ts';

const SEED = 7;
const CONNECTIONS = 16;
const WARM_UP_SECONDS = 10;
const NEW_VISITORS = 200;
const NEW_VISITOR_CONNECTIONS = 100;
const KEPT_REQUESTS = 1000;
const CACHE_MEGABYTES = 32;

/** What is asked of the server. */
export interface LoadSubject {
  readonly name: string;
  readonly defaultRate: number;
  /** The address for a user of the data set. */
  readonly pathFor: (userIdx: number) => string;
}

/**
 * Measures one kind of request against the built server in another process, without cached answers:
 *
 * 1. known users at random moments; 2. the same, the answer right after the user's own like; 3. as many as the server
 * takes from 16 connections; 4. two hundred new visitors at once, on a hundred connections, each opening their home;
 * 5. requests whose answers are cached, where there are cached answers.
 *
 * The server has one core, the client the others (Linux, `taskset`). A latency counts from the moment at which the
 * request was due. Users are drawn uniformly, seed 7, so most requests are not the first of their user: `--kept-mb 0`
 * shows what a first one costs.
 */
export async function measureLoad(subject: LoadSubject, options: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...options],
    options: {
      data: { type: 'string' },
      home: { type: 'string' },
      generation: { type: 'string' },
      seconds: { type: 'string', default: '20' },
      rate: { type: 'string', default: String(subject.defaultRate) },
      'kept-mb': { type: 'string' },
      only: { type: 'string', default: 'known,feedback,saturation,new,cached' },
    },
  });
  const temporary = values.home === undefined ? mkdtempSync(path.join(os.tmpdir(), 'matinee-bench-load-')) : undefined;
  const [seconds, rate] = [Number(values.seconds), Number(values.rate)];
  const phases = new Set(values.only.split(','));
  const server = {
    home: values.home ?? (temporary as string),
    data: values.data,
    isTrained: values.home !== undefined,
    oneCore: os.platform() === 'linux',
    generation: values.generation,
    keptMegabytes: values['kept-mb'],
  };
  try {
    await withServer({ ...server, cacheMegabytes: 0 }, async (running) => {
      runOnCoresFrom(1);
      const load = { subject, running, random: createRandom(SEED), rate, seconds };
      await sendAtRandom({ ...load, rate: Math.min(rate, 50), seconds: WARM_UP_SECONDS });
      console.log(`${subject.name}, k of users drawn from ${running.dataset.userCount}, seed ${SEED}`);
      if (phases.has('known')) await measureKnown(load);
      if (phases.has('feedback')) await measureAfterFeedback(load);
      if (phases.has('saturation')) await measureSaturation(load);
      if (phases.has('new')) await measureNewVisitors(running);
    });
    if (!phases.has('cached')) return;
    await withServer({ ...server, isTrained: true, cacheMegabytes: CACHE_MEGABYTES }, async (running) => {
      const random = createRandom(SEED);
      const paths = Array.from({ length: KEPT_REQUESTS }, () => pathOf(subject, running, random));
      for (const each of paths) await (await fetch(`${running.base}${each}`)).arrayBuffer();
      report('the same requests again, with cached answers', running, seconds, await saturate(running, paths, seconds));
    });
  } finally {
    runOnCoresFrom(0);
    if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true });
  }
}

interface Load {
  readonly subject: LoadSubject;
  readonly running: RunningServer;
  readonly random: Random;
  readonly rate: number;
  readonly seconds: number;
}

const pathOf = ({ pathFor }: LoadSubject, { dataset }: RunningServer, random: Random): string =>
  pathFor(random.integer(dataset.userCount));

/** The client must not take processor time from the server. Servers that this process starts inherit the setting. */
function runOnCoresFrom(first: number): void {
  const last = os.cpus().length - 1;
  if (os.platform() !== 'linux' || last === 0) return;
  execFileSync('taskset', ['-a', '-pc', `${first}-${last}`, String(process.pid)], { stdio: 'ignore' });
}

function sendAtRandom({ subject, running, random, rate, seconds }: Load) {
  const dueMs = poissonMoments(rate, seconds, random.next);
  return sendOnSchedule(
    running.base,
    dueMs.map(() => pathOf(subject, running, random)),
    dueMs,
  );
}

async function measureKnown(load: Load): Promise<void> {
  const { running, rate, seconds } = load;
  const { result, busy } = await watch(running, () => sendAtRandom(load));
  report(`known users, ${rate}/s at random moments`, running, seconds, result, busy);
  reportStages(result.stages);
}

/** Likes a title first; what is timed begins when the like is stored, at the moment when the user asks again. */
async function measureAfterFeedback({ subject, running, random, rate, seconds }: Load): Promise<void> {
  const latencies: number[] = [];
  let failed = 0;
  const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
  const dueMs = poissonMoments(rate / 4, seconds, random.next);
  const startedAt = performance.now();
  const one = async (dueAt: number): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueAt - performance.now())));
    const userIdx = random.integer(running.dataset.userCount);
    const like = { user_idx: userIdx, item_idx: random.integer(running.dataset.itemCount), event: 'like' };
    if ((await send(`${running.base}/feedback`, agent, like)) !== 200) failed++;
    const sentAt = performance.now();
    if ((await send(`${running.base}${subject.pathFor(userIdx)}`, agent)) !== 200) failed++;
    latencies.push(performance.now() - sentAt);
  };
  const { busy } = await watch(running, () => Promise.all(dueMs.map((due) => one(startedAt + due))));
  agent.destroy();
  report(`right after the user’s like, ${rate / 4} pairs a second`, running, seconds, { latencies, failed }, busy);
}

async function measureSaturation({ subject, running, random, seconds }: Load): Promise<void> {
  const paths = Array.from({ length: 4000 }, () => pathOf(subject, running, random));
  const { result, busy } = await watch(running, () => saturate(running, paths, seconds));
  report(`${CONNECTIONS} connections without a pause`, running, seconds, result, busy);
}

/** Each connection asks again as soon as it is answered. */
async function saturate({ base }: RunningServer, paths: readonly string[], seconds: number): Promise<Measured> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const latencies: number[] = [];
  let failed = 0;
  let next = 0;
  const endsAt = performance.now() + seconds * 1000;
  const connection = async (): Promise<void> => {
    while (performance.now() < endsAt) {
      const startedAt = performance.now();
      if ((await send(`${base}${paths[next++ % paths.length]}`, agent)) !== 200) failed++;
      latencies.push(performance.now() - startedAt);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, connection));
  agent.destroy();
  return { latencies, failed };
}

async function measureNewVisitors(running: RunningServer): Promise<void> {
  const visitors: { readonly userIdx: number; readonly secret: string }[] = [];
  for (let visitor = 0; visitor < NEW_VISITORS; visitor++) {
    const created = await fetch(`${running.base}/api/v1/users`, { method: 'POST' });
    visitors.push((await created.json()) as { userIdx: number; secret: string });
  }
  const agent = new http.Agent({ keepAlive: true, maxSockets: NEW_VISITOR_CONNECTIONS });
  const latencies: number[] = [];
  let failed = 0;
  const startedAt = performance.now();
  await Promise.all(
    visitors.map(async ({ userIdx, secret }) => {
      const headers = { 'x-matinee-visitor': secret };
      if ((await send(`${running.base}/api/v1/home?userIdx=${userIdx}`, agent, undefined, headers)) !== 200) failed++;
      latencies.push(performance.now() - startedAt);
    }),
  );
  agent.destroy();
  const seconds = (performance.now() - startedAt) / 1000;
  report(`${NEW_VISITORS} new visitors at once, their homes`, running, seconds, { latencies, failed });
}

function send(
  url: string,
  agent: http.Agent,
  body?: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<number> {
  return new Promise((resolve) => {
    const options = {
      agent,
      method: body === undefined ? 'GET' : 'POST',
      headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
    };
    const request = http.request(url, options, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    request.on('error', () => resolve(0));
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Shares of a core, 0 to 1 for the main thread. */
interface Busy {
  readonly mainThread: number;
  readonly process: number;
}

async function watch<Result>(
  { pid }: RunningServer,
  work: () => Promise<Result>,
): Promise<{ result: Result; busy: Busy }> {
  const [before, startedAt] = [processorTimeOf(pid), performance.now()];
  const result = await work();
  const [after, seconds] = [processorTimeOf(pid), (performance.now() - startedAt) / 1000];
  return {
    result,
    busy: {
      mainThread: (after.mainThread - before.mainThread) / seconds,
      process: (after.process - before.process) / seconds,
    },
  };
}

function report(
  title: string,
  { memory }: RunningServer,
  seconds: number,
  { latencies, failed }: Measured,
  busy?: Busy,
): void {
  const [middle, late, latest] = [0.5, 0.95, 0.99].map((share) => quantile(latencies, share).toFixed(2));
  const perSecond = Math.round(latencies.length / seconds);
  console.log(
    `${title}: ${latencies.length} answers, ${perSecond}/s, p50 ${middle}, p95 ${late}, p99 ${latest} ms, failed: ${failed}; ${memory()} MB`,
  );
  if (busy === undefined) return;
  const [thread, whole] = [busy.mainThread, busy.process].map((share) => `${Math.round(100 * share)} %`);
  const perAnswer = ((busy.process * seconds * 1000) / latencies.length).toFixed(2);
  console.log(`  serving thread busy ${thread}, process ${whole} of a core, ${perAnswer} ms of processor an answer`);
}

function reportStages(stages: StageTimes): void {
  for (const [stage, times] of stages) {
    console.log(
      `  ${stage.padEnd(10)} p50 ${quantile(times, 0.5).toFixed(2)} ms, p99 ${quantile(times, 0.99).toFixed(2)} ms, in ${times.length} answers`,
    );
  }
}

/**
 * Runs mixed load for a long time against the real server in another process, and checks that its memory stays flat and
 * that nothing fails.
 *
 * Options: `--minutes N` (60); `--rate N` requests per second (30); `--home FOLDER` serves the release trained last
 * there, and without it V1 is trained in a temporary folder; `--data FOLDER` (default: the bundled set).
 *
 * The load is pages, lists, further rows, searches, title pages, similar titles and feedback with its undo, for users
 * of the data set and for visitors who arrive during the run, drawn at random from a fixed seed. The exit code is 1
 * when a request failed, or when the mean memory of the last third is more than a tenth above that of the second third.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createRandom, type Random } from '@matinee/numerics';
import { withServer } from './load/serving-process.ts';

export const description = 'an hour of mixed load: memory and failures';

const SEED = 7;
const SAMPLE_MS = 1000;
/** The largest growth from the second third of the time to the last. */
const MOST_GROWTH = 0.1;

interface Step {
  readonly path: string;
  readonly body?: object;
  /** The secret of the visitor whom the request is for. */
  readonly secret?: string;
}

interface LoadVisitor {
  readonly userIdx: number;
  readonly secret: string;
}

export async function run(options: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...options],
    options: {
      data: { type: 'string' },
      home: { type: 'string' },
      minutes: { type: 'string', default: '60' },
      rate: { type: 'string', default: '30' },
    },
  });
  const temporary = values.home === undefined ? mkdtempSync(path.join(os.tmpdir(), 'matinee-soak-')) : undefined;
  const server = {
    home: values.home ?? (temporary as string),
    isTrained: values.home !== undefined,
    data: values.data,
    cacheMegabytes: 32,
    oneCore: false,
  };
  try {
    await withServer(server, async ({ base, dataset, memory }) => {
      const count = Math.round(Number(values.minutes) * 60 * Number(values.rate));
      const outcome = await load(base, dataset, { count, rate: Number(values.rate), memory });
      report(outcome);
    });
  } finally {
    if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true });
  }
}

interface Outcome {
  readonly answered: ReadonlyMap<string, number>;
  readonly failures: readonly string[];
  /** Milliseconds. */
  readonly latencies: readonly number[];
  /** Resident megabytes, about one sample per second. */
  readonly memory: readonly number[];
}

async function load(
  base: string,
  dataset: { readonly userCount: number; readonly itemCount: number },
  { count, rate, memory }: { readonly count: number; readonly rate: number; memory(): number },
): Promise<Outcome> {
  const random = createRandom(SEED);
  const visitors: LoadVisitor[] = [];
  const answered = new Map<string, number>();
  const failures: string[] = [];
  const latencies: number[] = [];
  const samples: number[] = [];
  const pending = new Set<Promise<void>>();
  const startedAt = performance.now();
  let sampledAt = startedAt;
  const ask = async ({ path: address, body, secret }: Step): Promise<void> => {
    const sentAt = performance.now();
    const kind = `${body === undefined ? 'GET' : 'POST'} ${address.replace(/\?.*/, '').replaceAll(/\d+/g, 'N')}`;
    try {
      const response = await fetch(`${base}${address}`, {
        headers: {
          ...(body && { 'content-type': 'application/json' }),
          ...(secret !== undefined && { 'x-matinee-visitor': secret }),
        },
        ...(body && { method: 'POST', body: JSON.stringify(body) }),
      });
      const answer: unknown = await response.json();
      latencies.push(performance.now() - sentAt);
      answered.set(kind, (answered.get(kind) ?? 0) + 1);
      if (!response.ok) failures.push(`${response.status} ${kind} ${JSON.stringify(answer)}`);
      else if (address === '/api/v1/users') visitors.push(answer as LoadVisitor);
    } catch (error) {
      failures.push(`${kind} ${String(error)}`);
    }
  };
  for (let request = 0; request < count; request++) {
    const early = startedAt + (request * 1000) / rate - performance.now();
    if (early > 0) await sleep(early);
    const pendingRequest = ask(drawStep(random, visitors, dataset)).finally(() => pending.delete(pendingRequest));
    pending.add(pendingRequest);
    if (performance.now() - sampledAt < SAMPLE_MS) continue;
    sampledAt = performance.now();
    samples.push(memory());
    if (process.stderr.isTTY)
      process.stderr.write(`\r  ${request} of ${count}, ${samples.at(-1)} MB, ${failures.length} failed `);
  }
  await Promise.all(pending);
  return { answered, failures, latencies, memory: samples };
}

/** A random request of a user or visitor. */
function drawStep(
  random: Random,
  visitors: readonly LoadVisitor[],
  { userCount, itemCount }: { readonly userCount: number; readonly itemCount: number },
): Step {
  const isVisitor = visitors.length > 0 && random.next() < 0.5;
  const visitor = isVisitor ? visitors[random.integer(visitors.length)] : undefined;
  const user = visitor?.userIdx ?? random.integer(userCount);
  const as = visitor === undefined ? {} : { secret: visitor.secret };
  const item = random.integer(itemCount);
  const draw = random.next();
  if (draw < 0.02) return { path: '/api/v1/users', body: {} };
  if (draw < 0.3) return { path: `/api/v1/home?userIdx=${user}`, ...as };
  if (draw < 0.6) return { path: `/recommend?user_idx=${user}&k=20`, ...as };
  if (draw < 0.7) return { path: `/api/v1/items/${item}?userIdx=${user}`, ...as };
  if (draw < 0.78) return { path: `/api/v1/items/${item}/similar?userIdx=${user}`, ...as };
  if (draw < 0.85)
    return { path: `/api/v1/search?q=${'abcdefghilmnoprstw'[random.integer(18)]}${'aeiou'[random.integer(5)]}` };
  const events = ['like', 'dislike', 'watched', 'skip', 'click', 'undo', 'impression'];
  const event = events[random.integer(events.length)];
  return { path: '/feedback', body: { user_idx: user, item_idx: item, event }, ...as };
}

function report({ answered, failures, latencies, memory }: Outcome): void {
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN).toFixed(1);
  const third = Math.floor(memory.length / 3);
  const means = [0, 1, 2].map((part) => mean(memory.slice(part * third, (part + 1) * third)));
  const [, second, last] = means as [number, number, number];
  const growth = last / second - 1;
  console.log(`${latencies.length} answers, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, failed: ${failures.length}`);
  for (const [kind, count] of [...answered].sort()) console.log(`  ${kind}: ${count}`);
  for (const failure of failures.slice(0, 5)) console.log(`  failed: ${failure}`);
  console.log(
    `memory by thirds: ${means.map((megabytes) => `${megabytes.toFixed(0)} MB`).join(', ')}; most ${Math.max(...memory)} MB`,
  );
  if (failures.length === 0 && growth <= MOST_GROWTH) return;
  console.error(
    failures.length > 0
      ? 'answers failed'
      : `memory grew by ${(100 * growth).toFixed(0)} % from the second third to the last`,
  );
  process.exitCode = 1;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * Sends valid, nearly valid and hostile requests to every route of /openapi.json: `npm run fuzz -- --minutes 30
 * --seed 1`. Every parameter and field has each of the worst values once; the rest is drawn at random. It starts a server of its own over a generated catalogue, and uses the ids and secrets that answers hold.
 *
 * It fails when an answer is a 5xx other than a 503 with retry-after, an error without the documented shape or one that
 * shows a stack or a path; when the thread is held for longer than 50 ms, again when the same requests are repeated;
 * when memory after a collection grows by more than 32 MB from a fifth of the time to its end; or when the control
 * requests are answered otherwise than at the start. Prints the seed and a curl of each failing request, made small.
 */
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createRandom } from '@matinee/numerics';
import { CATALOGUE_TOKEN, type Child, startChild } from '../stalls/child.ts';
import { type Answer, faultOf } from './judge.ts';
import { addressOf, type FuzzRequest, makeRequest, nameOf, oddRequests } from './make-request.ts';
import { type Operation, operationsOf } from './operations.ts';
import { sendRaw } from './raw-connections.ts';

const TITLES = 5000;
const CLIENTS = 4;
const BOUND_MS = 50;
const WINDOW_MS = 1000;
const MOST_GROWTH_BYTES = 32 * 1024 * 1024;
/** The catalogue grows with every title, so only so many are added. */
const MOST_TITLES_ADDED = 500;
/** Newest values of each field. */
const VALUES_KEPT = 50;
const LONGEST_ANSWER = 4 * 1024 * 1024;
const ANSWERED_WITHIN_MS = 20_000;
const MOST_FAILURES = 10;

/** Requests that no other request may change the answers of. */
const CONTROLS: readonly string[] = [
  '/healthz',
  '/readyz',
  '/openapi.json',
  // Titles, and what is told of users by them, change: requests of the check write titles.
  '/api/v1/items/first/poster',
  '/api/v1/households/none',
  '/recommend?k=0',
  '/nothing',
];

const { values: options } = parseArgs({
  options: { minutes: { type: 'string', default: '1' }, seed: { type: 'string', default: '1' } },
});
const seed = Number(options.seed);
const random = createRandom(seed);
const known = new Map<string, unknown[]>();
const counts = new Map<string, number>();
const failures = new Map<string, string>();
const agent = new http.Agent({ keepAlive: true, maxSockets: CLIENTS });
let titlesAdded = 0;

const server = await startChild('serve-world.ts', [String(TITLES), '0'], ['--expose-gc']);
const { url } = server.first as { readonly url: string };
const probe = await startChild('probe.ts', [url, String(server.child.pid)]);
try {
  await fuzz(Number(options.minutes) * 60_000);
} finally {
  agent.destroy();
  await probe.child.stop();
  await server.child.stop();
}
report();

async function fuzz(lengthMs: number): Promise<void> {
  const description = await send({ method: 'GET', path: '/openapi.json', query: [], headers: {} });
  const operations = operationsOf(JSON.parse(description.text));
  const controls = await askControls();
  await probe.child.ask('begin');
  const startedAt = performance.now();
  const isOver = (): boolean => performance.now() - startedAt > lengthMs || failures.size >= MOST_FAILURES;
  let bytesBefore = Number.NaN;
  for (let warmUp = 0; warmUp < 3; warmUp++) await fuzzWindow(operations);
  await fuzzEveryPlace(operations);
  while (!isOver()) {
    await fuzzWindow(operations);
    if (Number.isNaN(bytesBefore) && performance.now() - startedAt > lengthMs / 5) {
      bytesBefore = await collect(server.child);
    }
  }
  const bytesAfter = await collect(server.child);
  const growth = bytesAfter - bytesBefore;
  console.log(`memory: ${megabytes(bytesBefore)} MB after a fifth of the time, ${megabytes(bytesAfter)} MB at the end`);
  if (growth > MOST_GROWTH_BYTES) failures.set('memory', `memory grew by ${megabytes(growth)} MB`);
  const controlsAfter = await askControls();
  for (const [path, before] of controls) {
    const after = controlsAfter.get(path);
    if (after !== before) failures.set(path, `${path} was answered\n  ${before}\nand is now\n  ${after}`);
  }
}

/** Tries every place of every operation once, whatever chance would draw. */
async function fuzzEveryPlace(operations: readonly Operation[]): Promise<void> {
  const queue = operations.flatMap((operation) => oddRequests(operation, known, CATALOGUE_TOKEN, random));
  const client = async (): Promise<void> => {
    for (let request = queue.shift(); request !== undefined; request = queue.shift()) await judge(request);
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
}

/** Requests of one second from some clients at once; repeats them if the thread was held. */
async function fuzzWindow(operations: readonly Operation[]): Promise<void> {
  const until = performance.now() + WINDOW_MS;
  const sent: FuzzRequest[] = [];
  const client = async (): Promise<void> => {
    while (performance.now() < until) {
      if (random.next() < 0.03) await judgeRaw();
      else {
        const operation = operations[random.integer(operations.length)] as Operation;
        const token = titlesAdded < MOST_TITLES_ADDED ? CATALOGUE_TOKEN : 'a token that is not the one';
        const request = makeRequest(operation, known, token, random);
        sent.push(request);
        await judge(request);
      }
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  if ((await longestWait()) <= BOUND_MS) return;
  for (const request of sent) {
    await send(request);
    if ((await longestWait()) <= BOUND_MS || (await isHeldBy(request)) <= BOUND_MS) continue;
    fail(`held ${request.method} ${request.path}`, `the thread was held for more than ${BOUND_MS} ms`, request);
    return;
  }
}

async function isHeldBy(request: FuzzRequest): Promise<number> {
  await send(request);
  return longestWait();
}

async function longestWait(): Promise<number> {
  // The probe's own request that is under way ends first.
  await sleep(10);
  const { latencies } = (await probe.child.ask('end')) as { readonly latencies: readonly number[] };
  return Math.max(0, ...latencies);
}

async function judge(request: FuzzRequest): Promise<void> {
  const answer = await send(request);
  const kind = `${request.method} ${answer.status}`;
  counts.set(kind, (counts.get(kind) ?? 0) + 1);
  learn(answer);
  if (request.path === '/api/v1/items' && answer.status === 201) titlesAdded += answer.text.split('"added"').length - 1;
  const fault = faultOf(answer);
  if (fault === undefined || failures.size >= MOST_FAILURES) return;
  const small = await makeSmall(request, fault);
  fail(
    `${fault} ${request.method} ${request.path.replaceAll(/\d+|[0-9a-f-]{36}/g, 'N')}`,
    `${fault}: ${answer.text.slice(0, 300)}`,
    small,
  );
}

async function judgeRaw(): Promise<void> {
  const { bytes, answer } = await sendRaw(url, random);
  counts.set('raw', (counts.get('raw') ?? 0) + 1);
  const [head = '', ...body] = answer.split('\r\n\r\n');
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? 0);
  const isFault = (status >= 500 && status !== 503) || faultOf({ status: 200, headers: {}, text: body.join('\n') });
  if (isFault) failures.set(bytes, `raw request ${JSON.stringify(bytes.slice(0, 200))}\n  ${answer.slice(0, 300)}`);
}

function fail(key: string, fault: string, request: FuzzRequest): void {
  if (failures.has(key)) return;
  failures.set(key, `${fault}\n  ${toCurl(request)}`);
  console.log(`failed: ${failures.get(key)}`);
}

/** Leaves out query parameters, headers and fields of the body as long as the answer has the same fault. */
async function makeSmall(request: FuzzRequest, fault: string): Promise<FuzzRequest> {
  const isSame = async (candidate: FuzzRequest): Promise<boolean> => faultOf(await send(candidate)) === fault;
  let small = request;
  for (const candidateOf of [
    ...request.query.map((parameter) => (from: FuzzRequest) => ({
      ...from,
      query: from.query.filter((each) => each !== parameter),
    })),
    ...Object.keys(request.headers).map((name) => (from: FuzzRequest) => ({
      ...from,
      headers: Object.fromEntries(Object.entries(from.headers).filter(([each]) => each !== name)),
    })),
    ...fieldsOf(request.body).map((name) => (from: FuzzRequest) => ({ ...from, body: withoutField(from.body, name) })),
  ]) {
    const candidate = candidateOf(small);
    if (await isSame(candidate)) small = candidate;
  }
  return small;
}

function fieldsOf(body: string | undefined): string[] {
  try {
    const value: unknown = JSON.parse(body ?? '');
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
  } catch {
    return [];
  }
}

/** The whole body where it is too deep to be written again. */
function withoutField(body: string | undefined, name: string): string {
  try {
    const fields = Object.entries(JSON.parse(body ?? '{}') as object);
    return JSON.stringify(Object.fromEntries(fields.filter(([each]) => each !== name)));
  } catch {
    return body ?? '';
  }
}

function toCurl(request: FuzzRequest): string {
  const quote = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
  const headers = Object.entries(request.headers).map(([name, value]) => `-H ${quote(`${name}: ${value}`)}`);
  const body = request.body === undefined ? [] : [`--data-raw ${quote(request.body.slice(0, 2000))}`];
  return ['curl', '-X', request.method, quote(`${url}${addressOf(request)}`), ...headers, ...body].join(' ');
}

/** Remembers the fields of an answer by name: what other requests take ids, cursors and secrets from. */
function learn({ status, headers, text }: Answer): void {
  const cookies = headers['set-cookie'];
  if (cookies !== undefined) remember('set-cookie', String(cookies).split(';')[0]);
  if (status >= 300 || !text.startsWith('{')) return;
  const read = (value: unknown, name: string, depth: number): void => {
    if (depth > 6 || value === null) return;
    if (Array.isArray(value)) for (const each of value.slice(0, 3)) read(each, name, depth + 1);
    else if (typeof value === 'object') for (const [field, each] of Object.entries(value)) read(each, field, depth + 1);
    else if (/(?:Id|Idx|id|cursor|token|session|secret)$/.test(name)) remember(nameOf(name), value);
  };
  read(JSON.parse(text), '', 0);
}

function remember(name: string, value: unknown): void {
  const values = known.get(name) ?? [];
  if (values.includes(value)) return;
  known.set(name, [...values, value].slice(-VALUES_KEPT));
  // A row of the page is called by its id alone.
  if (name === 'id') remember('rowId', value);
}

async function askControls(): Promise<ReadonlyMap<string, string>> {
  const answers = new Map<string, string>();
  for (const path of CONTROLS) {
    const { status, text } = await send({ method: 'GET', path, query: [], headers: {} });
    answers.set(path, `${status} ${text}`);
  }
  return answers;
}

/** @returns An answer with status 599 if there is none. */
async function send(request: FuzzRequest): Promise<Answer> {
  try {
    return await sendOnce(request);
  } catch {
    // A connection that was kept may have been closed when the request came.
    return sendOnce(request).catch((error: unknown) => ({
      status: 599,
      headers: {},
      text: `no answer: ${String(error)}`,
    }));
  }
}

function sendOnce(request: FuzzRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const { method, headers, body } = request;
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    const sent = http.request(
      {
        agent,
        hostname,
        port,
        method,
        path: addressOf(request),
        headers: { ...headers, ...length },
        timeout: ANSWERED_WITHIN_MS,
      },
      (response) => {
        let text = '';
        const finish = (): void => resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
          // The stream of events never ends.
          if (response.headers['content-type']?.startsWith('text/event-stream') || text.length > LONGEST_ANSWER) {
            finish();
            sent.destroy();
          }
        });
        response.once('end', finish).once('error', reject);
      },
    );
    sent.once('error', reject);
    sent.once('timeout', () => sent.destroy(new Error(`no answer within ${ANSWERED_WITHIN_MS} ms`)));
    sent.end(body);
  });
}

async function collect(child: Child): Promise<number> {
  return ((await child.ask('collect')) as { readonly bytes: number }).bytes;
}

function megabytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}

function report(): void {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  console.log(
    `${total} requests, seed ${seed}: ${[...counts]
      .sort()
      .map(([kind, count]) => `${kind}: ${count}`)
      .join(', ')}`,
  );
  if (failures.size === 0) return;
  for (const failure of failures.values()) console.error(`failed: ${failure}`);
  console.error(`${failures.size} failures; again with: npm run fuzz -- --minutes ${options.minutes} --seed ${seed}`);
  process.exitCode = 1;
}

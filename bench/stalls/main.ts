/**
 * Checks that no route and no job holds the serving thread: `npm run check-stalls`.
 *
 * A server over a generated catalogue runs in a process of its own; another process asks it for /healthz every 4 ms.
 * This one runs each route and job some times and prints what /healthz waited meanwhile. The longest wait has a bound:
 * 50 ms with 10,000 titles and 100,000 events of one user, 100 ms with 100,000 titles. A step over its bound is run
 * once more, because other programs slow the machine down; over it twice, the check fails. Time in which the kernel ran
 * other programs instead is taken off (`probe.ts`).
 *
 * Options: `--titles N` runs one setting only; `--events N` (100,000 with 10,000 titles, otherwise none).
 */
import { parseArgs } from 'node:util';
import { CATALOGUE_TOKEN, type Child, HEAVY_USER, heavyEventId, startChild } from './child.ts';

interface Setting {
  readonly titles: number;
  readonly events: number;
  readonly boundMs: number;
}

const SETTINGS: readonly Setting[] = [
  { titles: 10_000, events: 100_000, boundMs: 50 },
  { titles: 100_000, events: 0, boundMs: 100 },
];
/** Calls of each step: the first ones are slower, because code is compiled. */
const CALLS = 5;
const OTHER_USER = 7;

type Call = (at: number) => Promise<void>;

const { values } = parseArgs({ options: { titles: { type: 'string' }, events: { type: 'string' } } });
const settings = SETTINGS.filter(({ titles }) => values.titles === undefined || titles === Number(values.titles)).map(
  (setting) => ({ ...setting, events: Number(values.events ?? setting.events) }),
);
let failures = 0;
for (const setting of settings) failures += await check(setting);
process.exitCode = failures === 0 ? 0 : 1;

async function check({ titles, events, boundMs }: Setting): Promise<number> {
  console.log(`\n${titles} titles, ${events} events of one user; /healthz may wait ${boundMs} ms`);
  const server = await startChild('serve-world.ts', [String(titles), String(events)]);
  const { url } = server.first as { url: string };
  const probe = await startChild('probe.ts', [url, String(server.child.pid)]);
  const failed: string[] = [];
  try {
    await measure(probe.child, () => new Promise((resolve) => setTimeout(resolve, 200)));
    for (const [name, call] of stepsOf(url, server.child)) {
      let waits = await measure(probe.child, call);
      const isRetried = waits.max > boundMs;
      if (isRetried) waits = await measure(probe.child, call, CALLS);
      const isOver = waits.max > boundMs;
      if (isOver) failed.push(name);
      const remark = isOver ? '  over the bound' : isRetried ? '  (second try)' : '';
      console.log(`  ${name.padEnd(34)} p99 ${format(waits.p99)}  max ${format(waits.max)}${remark}`);
    }
  } finally {
    await probe.child.stop();
    await server.child.stop();
  }
  if (failed.length > 0) console.error(`  the thread was held for more than ${boundMs} ms by: ${failed.join(', ')}`);
  return failed.length;
}

/** What runs beside the probe; numbers of calls go on over a second try, so that nothing is sent twice. */
function stepsOf(url: string, server: Child): readonly (readonly [name: string, call: Call])[] {
  const get =
    (path: string): Call =>
    async () =>
      void (await request(`${url}${path}`));
  const post =
    (path: string, bodyOf: (at: number) => object): Call =>
    async (at) =>
      void (await request(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${CATALOGUE_TOKEN}` },
        body: JSON.stringify(bodyOf(at)),
      }));
  const terms = Array.from({ length: 38 }, (_, term) => `title contains "q${term}"`).join(' or ');
  const filterOf = (at: number): string => encodeURIComponent(`${terms} or year = ${at}`);
  const newItems = (at: number, count: number) => ({
    items: Array.from({ length: count }, (_, item) => ({
      itemId: `new-${count}-${at}-${item}`,
      title: `Brand New Story ${at} ${item}`,
      year: 2026,
      genres: ['Drama'],
      posterUrl: 'https://images.example/new.jpg',
    })),
  });
  return [
    ['home', get(`/api/v1/home?userIdx=${OTHER_USER}`)],
    ['home of the heavy user', get(`/api/v1/home?userIdx=${HEAVY_USER}`)],
    ['recommend', async (at) => get(`/recommend?user_idx=${OTHER_USER}&k=${20 + at}`)(at)],
    ['recommend to the heavy user', async (at) => get(`/recommend?user_idx=${HEAVY_USER}&k=${20 + at}`)(at)],
    ['home with the longest filter', async (at) => get(`/api/v1/home?userIdx=7&filter=${filterOf(at)}`)(at)],
    ['search', get('/api/v1/search?q=ba')],
    ['search with the longest filter', async (at) => get(`/api/v1/search?q=ba&filter=${filterOf(100 + at)}`)(at)],
    ['search for what is not there', get(`/api/v1/search?q=${'zqx '.repeat(25).trim().replaceAll(' ', '%20')}`)],
    ['title', get(`/api/v1/items/5?userIdx=${OTHER_USER}`)],
    ['similar titles', get(`/api/v1/items/5/similar?userIdx=${OTHER_USER}`)],
    ['onboarding', get('/api/v1/onboarding')],
    ['users by id', get(`/api/v1/users?query=${HEAVY_USER}`)],
    ['what the heavy user said', get(`/api/v1/users/${HEAVY_USER}/events`)],
    ['status', get('/api/v1/status')],
    ['compare generations', get(`/api/v1/lab/compare?userIdx=${HEAVY_USER}`)],
    ['runs', get('/api/v1/lab/runs')],
    ['system', get('/api/v1/lab/system')],
    ['metrics', get('/metrics')],
    [
      '50 undos of the heavy user',
      post('/api/v1/events', (at) => ({
        userIdx: HEAVY_USER,
        events: Array.from({ length: 50 }, (_, undo) => ({
          eventId: `undo-${at}-${undo}`,
          type: 'undo',
          itemIdx: 0,
          undoes: heavyEventId(at * 50 + undo),
        })),
      })),
    ],
    ['adding a title', post('/api/v1/items', (at) => newItems(at, 1))],
    ['adding 500 titles', post('/api/v1/items', (at) => newItems(at, 500))],
    ['swapping the release', async () => void (await server.ask('swap'))],
  ];
}

async function measure(probe: Child, call: Call, first = 0): Promise<{ readonly p99: number; readonly max: number }> {
  await probe.ask('begin');
  for (let at = first; at < first + CALLS; at++) await call(at);
  const { latencies } = (await probe.ask('end')) as { latencies: number[] };
  const sorted = latencies.toSorted((a, b) => a - b);
  return { p99: sorted[Math.floor(0.99 * (sorted.length - 1))] ?? 0, max: sorted.at(-1) ?? 0 };
}

async function request(url: string, options?: RequestInit): Promise<void> {
  const response = await fetch(url, options);
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} from ${url}: ${text.slice(0, 200)}`);
}

function format(ms: number): string {
  return `${ms.toFixed(0).padStart(4)} ms`;
}

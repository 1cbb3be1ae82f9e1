/**
 * Measures what malicious visitors can do to a release that is refreshed with their events, and to the counts that are
 * served beside it.
 *
 * Protocol: 85 % of the people of a data set are its members; the rest are visitors who are only in the log. Of a
 * person with twenty events or more, the last three are held out, and a member's seven before them are in the log (all
 * earlier ones of a visitor, at most fifty). The log covers fourteen days after the data; a person comes back on
 * several of them. Five of a hundred people are malicious visitors, who come just as often:
 *
 * - push: like one rare title every time, several times, among popular titles
 * - bury: dislike and skip the most popular title every time, and like its nearest neighbours
 * - flood: like five hundred random titles a day
 * - mimic: repeat what a random member did, at an honest pace, and like the rare title once
 * - all: a quarter of the malicious visitors for each of these
 *
 * A release of the members' data is refreshed with the honest log, and with the honest and the malicious log. The lists
 * of the honest are compared with live counts of the whole log: NDCG@10 of their held-out events, and the share of them
 * who have the rare title among their first 20. "Adopted" is the refreshed release whatever the comparison says of it;
 * "served" is the one that is served after the comparison. Two more rows are a burst: 400 visitors who like one title
 * and nine others within four seconds, and the same who like one more title on the next day.
 *
 * Options: `--data PATH`, `--home DIR`, `--seed N`, `--generation v1`, `--only NAME` for one strategy.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createVocabulary, type Dataset } from '@matinee/models/data';
import type { GenerationName } from '@matinee/models/generations';
import type { Release } from '@matinee/models/release';
import { createRandom, type Random } from '@matinee/numerics';
import {
  createItemFacts,
  createLiveEngine,
  type EventLog,
  type FeedbackEvent,
  foldFeedback,
  type LiveEngine,
  listWithin,
  readLog,
} from '@matinee/recommender';
import { createMemoryEventLog } from '@matinee/recommender/testing';
import { createProgress, type Progress } from '../apps/cli/src/terminal/progress.ts';
import { refreshAndCompare } from '../apps/cli/src/training/refresh-and-compare.ts';
import { trainAndSaveRelease } from '../apps/cli/src/training/train-and-save-release.ts';
import { openDataset } from '../apps/cli/src/workspace/open-dataset.ts';
import { openWorkspace, type Workspace } from '../apps/cli/src/workspace/workspace.ts';
import { RECOMMEND_CONTEXT } from '../apps/server/src/serving/recommend-context.ts';

export const description = 'what malicious visitors do to a refreshed release, by strategy';

const DAY_MS = 86_400_000;
const LOG_DAYS = 14;
const HELD_OUT = 3;
const LOGGED_OF_MEMBER = 7;
const LOGGED_OF_VISITOR = 50;
const MIN_EVENTS = 20;
const MEMBER_SHARE = 0.85;
const MALICIOUS_SHARE = 0.05;
const BURST_VISITORS = 400;

/** One event that somebody will send. */
type Sent = Omit<FeedbackEvent, 'eventId'>;

/** An honest person: what is in the log, and what is held out. */
interface Honest {
  readonly userId: string;
  /** Row of the members' data; −1 for a visitor. */
  readonly userIndex: number;
  readonly logged: readonly number[];
  readonly heldOut: readonly number[];
}

interface World {
  readonly dataset: Dataset;
  readonly honest: readonly Honest[];
  readonly startMs: number;
  /** By popularity in the members' data. */
  readonly popular: readonly number[];
  /** The title that is pushed: three people know it. */
  readonly rare: number;
  readonly random: Random;
}

export async function run(options: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...options],
    options: {
      data: { type: 'string' },
      home: { type: 'string', default: '.matinee' },
      seed: { type: 'string', default: '1' },
      generation: { type: 'string', default: 'v1' },
      only: { type: 'string' },
    },
  });
  const signal = new AbortController().signal;
  const progress = createProgress({ json: false, stream: process.stderr, signal });
  const whole = await openDataset({ workspace: openWorkspace(values.home), data: values.data, progress, signal });
  const seed = Number(values.seed);
  const world = createWorld(whole, seed);
  const temporary = mkdtempSync(path.join(os.tmpdir(), 'matinee-bench-bots-'));
  try {
    const workspace = openWorkspace(temporary);
    const config = { generation: values.generation as GenerationName };
    const release = await trainAndSaveRelease({ dataset: world.dataset, workspace, progress, seed, config });
    const botCount = Math.round((MALICIOUS_SHARE / (1 - MALICIOUS_SHARE)) * world.honest.length);
    console.log(
      `${whole.name}, ${values.generation}, seed ${seed}: ${world.dataset.users.ids.length} members, ` +
        `${world.honest.filter(({ userIndex }) => userIndex < 0).length} honest visitors, ${botCount} malicious`,
    );
    const base = await measure(world, { release, workspace, progress, seed }, []);
    console.log(
      '| strategy | NDCG@10 adopted | served | top 20 adopted | served | verdict |\n|---|---|---|---|---|---|',
    );
    report('honest alone', base, base);
    const strategies: Record<string, () => Sent[]> = {
      push: () => botsOf(botCount, (bot) => push(world, bot)),
      bury: () => botsOf(botCount, (bot) => bury(world, bot)),
      flood: () => botsOf(botCount, (bot) => flood(world, bot)),
      mimic: () => botsOf(botCount, (bot) => mimic(world, bot)),
      all: () =>
        botsOf(botCount, (bot) => [push, bury, flood, mimic][Number(bot.split('-')[1]) % 4]?.(world, bot) ?? []),
      burst: () => botsOf(BURST_VISITORS, (bot) => burst(world, bot)),
      'burst, and back': () =>
        botsOf(BURST_VISITORS, (bot) => [...burst(world, bot), like(world, bot, world.popular[0] ?? 0, 2 * DAY_MS)]),
    };
    for (const [name, events] of Object.entries(strategies)) {
      if (values.only !== undefined && values.only !== name) continue;
      report(name, await measure(world, { release, workspace, progress, seed }, events()), base);
    }
  } finally {
    rmSync(temporary, { recursive: true });
  }
}

/** Quality for the honest, and the share of them who are shown the pushed title. */
interface Effect {
  readonly ndcg: number;
  readonly shown: number;
}

interface Measured {
  readonly adopted: Effect;
  readonly served: Effect;
  readonly verdict: string;
}

function report(name: string, { adopted, served, verdict }: Measured, base: Measured): void {
  const change = (effect: Effect, before: Effect): string =>
    `${effect.ndcg.toFixed(4)} (${(100 * (effect.ndcg / before.ndcg - 1)).toFixed(1)} %)`;
  const share = (effect: Effect): string => `${(100 * effect.shown).toFixed(1)} %`;
  console.log(
    `| ${name} | ${change(adopted, base.adopted)} | ${change(served, base.served)} | ${share(adopted)} | ${share(served)} | ${verdict} |`,
  );
}

interface Refreshing {
  readonly release: Release;
  readonly workspace: Workspace;
  readonly progress: Progress;
  readonly seed: number;
}

async function measure(world: World, refreshing: Refreshing, malicious: readonly Sent[]): Promise<Measured> {
  const { dataset } = world;
  const log = createMemoryEventLog();
  const sent = [...honestEvents(world), ...malicious].sort((a, b) => a.atMs - b.atMs);
  await log.append(sent.map((event, at) => ({ ...event, eventId: `e${at}` })));
  const { release, refusals } = await refreshAndCompare({
    ...refreshing,
    dataset,
    eventLog: log,
    facts: createItemFacts(dataset.items.vocabulary.ids.length, () => undefined),
    newItems: {
      add: async () => undefined,
      readAll: async () => [],
      change: async () => [],
      readChanges: async () => [],
      close: async () => undefined,
    },
  });
  const adopted = await effectOn(world, await served(dataset, release, log));
  const isServed = refusals.length === 0;
  return {
    adopted,
    served: isServed ? adopted : await effectOn(world, await served(dataset, refreshing.release, log)),
    verdict: isServed ? 'served' : `refused: ${refusals.join(', ')}`,
  };
}

/** The release as it is served, with live counts of the whole log. */
async function served(dataset: Dataset, release: Release, log: EventLog): Promise<LiveEngine> {
  const engine = createLiveEngine(dataset, release);
  for await (const step of readLog(log, engine.live.throughSequence())) engine.live.apply(step);
  return engine;
}

const listItems = listWithin({ ...RECOMMEND_CONTEXT, deadlineMs: 60_000 });

async function effectOn({ honest, rare, startMs, dataset }: World, { engine }: LiveEngine): Promise<Effect> {
  const asOf = startMs / 1000 + (LOG_DAYS + 1) * 86_400;
  let [gain, people, shown, others] = [0, 0, 0, 0];
  for (const person of honest) {
    if (person.heldOut.length === 0) continue;
    const { userIndex } = person;
    const events = loggedEvents(person, startMs, dataset).map((event, at) => ({ ...event, eventId: `e${at}` }));
    const feedback = foldFeedback(events, dataset.items.vocabulary.indexOf);
    const list = await listItems(engine, { userIndex, feedback, asOf }, 20);
    people++;
    gain += ndcg(list.slice(0, 10), person.heldOut);
    if (feedback.byItem.has(rare)) continue;
    others++;
    if (list.includes(rare)) shown++;
  }
  return { ndcg: gain / people, shown: shown / others };
}

function ndcg(list: readonly number[], targets: readonly number[]): number {
  const gainAt = (rank: number): number => 1 / Math.log2(rank + 2);
  const ideal = targets.slice(0, 10).reduce((sum, _, rank) => sum + gainAt(rank), 0);
  return list.reduce((sum, item, rank) => sum + (targets.includes(item) ? gainAt(rank) : 0), 0) / ideal;
}

function createWorld(whole: Dataset, seed: number): World {
  const random = createRandom(seed);
  const { events, users, items } = whole;
  const rowsOf = users.ids.map((): number[] => []);
  for (let row = 0; row < events.count; row++) rowsOf[events.userIndices[row] ?? 0]?.push(row);
  const isMember = users.ids.map(() => random.next() < MEMBER_SHARE);
  const memberIds = users.ids.filter((_, user) => isMember[user]);
  const members = createVocabulary(memberIds);
  const kept: number[] = [];
  const honest = rowsOf.map((rows, user): Honest => {
    const userId = users.ids[user] ?? '';
    const itemsOf = (some: readonly number[]): number[] => some.map((row) => events.itemIndices[row] ?? 0);
    const isLong = rows.length >= MIN_EVENTS;
    const heldOut = isLong ? rows.slice(-HELD_OUT) : [];
    const before = isLong ? rows.slice(0, -HELD_OUT) : rows;
    const logged = before.slice(isMember[user] ? (isLong ? -LOGGED_OF_MEMBER : before.length) : -LOGGED_OF_VISITOR);
    if (isMember[user]) kept.push(...before.slice(0, before.length - logged.length));
    return { userId, userIndex: members.indexOf(userId), logged: itemsOf(logged), heldOut: itemsOf(heldOut) };
  });
  kept.sort((a, b) => a - b);
  const pick = <Column extends Int32Array | Float64Array | Float32Array | Uint8Array>(column: Column): Column =>
    new (column.constructor as new (values: number[]) => Column)(kept.map((row) => column[row] ?? 0));
  const counts = new Int32Array(items.vocabulary.ids.length);
  for (const row of kept) counts[events.itemIndices[row] ?? 0] = (counts[events.itemIndices[row] ?? 0] ?? 0) + 1;
  const popular = Array.from(counts.keys()).sort((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0) || a - b);
  const dataset: Dataset = {
    ...whole,
    hash: `${whole.hash.slice(0, 40)}${String(seed).padStart(24, '0')}`,
    users: members,
    events: {
      count: kept.length,
      userIndices: Int32Array.from(kept, (row) => members.indexOf(users.ids[events.userIndices[row] ?? 0] ?? '')),
      itemIndices: pick(events.itemIndices),
      timestamps: pick(events.timestamps),
      values: pick(events.values),
      types: pick(events.types),
    },
  };
  return {
    ...{ dataset, honest, popular, random: random.fork('malicious') },
    startMs: ((dataset.events.timestamps.at(-1) ?? 0) + 3600) * 1000,
    rare: popular.find((item) => counts[item] === 3 && items.titles[item] !== undefined) ?? 0,
  };
}

function honestEvents({ honest, startMs, dataset }: World): Sent[] {
  return honest.flatMap((person) => loggedEvents(person, startMs, dataset));
}

/** A person's events on four days of the log, minutes apart. */
function loggedEvents({ userId, logged }: Honest, startMs: number, dataset: Dataset): Sent[] {
  const random = createRandom([...userId].reduce((hash, letter) => (hash * 31 + letter.charCodeAt(0)) % 1_000_003, 7));
  const days = Array.from({ length: 4 }, () => random.integer(LOG_DAYS)).sort((a, b) => a - b);
  return logged.map((item, at) => {
    const day = days[Math.floor((4 * at) / logged.length)] ?? 0;
    const atMs = startMs + day * DAY_MS + random.integer(8) * 3_600_000 + at * 90_000;
    return { userId, itemId: dataset.items.vocabulary.ids[item] ?? '', type: 'watched' as const, atMs };
  });
}

function botsOf(count: number, eventsOf: (userId: string) => readonly Sent[]): Sent[] {
  return Array.from({ length: count }, (_, bot) => eventsOf(`malicious-${bot}`)).flat();
}

function like({ startMs, dataset }: World, userId: string, item: number, afterMs: number): Sent {
  return { userId, itemId: dataset.items.vocabulary.ids[item] ?? '', type: 'like', atMs: startMs + afterMs };
}

function push(world: World, bot: string): Sent[] {
  const { random, rare, popular } = world;
  return Array.from({ length: LOG_DAYS }, (_, day) => {
    const at = day * DAY_MS + random.integer(DAY_MS / 2);
    const camouflage = Array.from({ length: 5 }, () => popular[random.integer(100)] ?? 0);
    return [rare, ...camouflage, rare, rare].map((item, place) => like(world, bot, item, at + place * 60_000));
  }).flat();
}

function bury(world: World, bot: string): Sent[] {
  const { random, popular } = world;
  const [target = 0, ...rivals] = popular;
  return Array.from({ length: LOG_DAYS }, (_, day) => {
    const at = day * DAY_MS + random.integer(DAY_MS / 2);
    const away = (['dislike', 'skip'] as const).map((type) => ({ ...like(world, bot, target, at), type }));
    return [...away, ...rivals.slice(0, 20).map((item, place) => like(world, bot, item, at + (place + 1) * 60_000))];
  }).flat();
}

function flood(world: World, bot: string): Sent[] {
  const { random, dataset } = world;
  return Array.from({ length: LOG_DAYS }, (_, day) =>
    Array.from({ length: 500 }, (_, place) =>
      like(world, bot, random.integer(dataset.items.vocabulary.ids.length), day * DAY_MS + place * 30_000),
    ),
  ).flat();
}

function mimic(world: World, bot: string): Sent[] {
  const { random, dataset, rare } = world;
  const { events } = dataset;
  const member = random.integer(dataset.users.ids.length);
  const known = Array.from(events.itemIndices.subarray(0, events.count)).filter(
    (_, row) => events.userIndices[row] === member,
  );
  const copied = known.slice(-40);
  return [...copied, rare].map((item, at) =>
    like(world, bot, item, Math.floor((at * LOG_DAYS) / (copied.length + 1)) * DAY_MS + random.integer(DAY_MS / 2)),
  );
}

function burst(world: World, bot: string): Sent[] {
  const { random, popular, rare } = world;
  const others = Array.from({ length: 9 }, () => popular[random.integer(500)] ?? 0);
  return [rare, ...others].map((item) => like(world, bot, item, 12 * DAY_MS + random.integer(4000)));
}

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openSqliteStores } from '@matinee/adapters/sqlite';
import type { Random } from '@matinee/numerics';
import { argumentsOf, changeSource, eventsFileOf, forgetTraining, PREPARED, SERVED, type TestedHome } from './home.ts';
import { descendantsOf, hasEnded, killAndWait, startCommand, startServer } from './processes.ts';

export interface Round {
  readonly number: number;
  readonly random: Random;
  /** The home of everything but training. */
  readonly served: TestedHome;
  /** A home whose training is done again in every round. */
  readonly trained: TestedHome;
}

/** Kills something at a random moment, and returns what was killed when. */
export type Moment = (round: Round) => Promise<string>;

/** What is killed, with how often it is drawn. */
export const MOMENTS: readonly { readonly name: string; readonly weight: number; readonly kill: Moment }[] = [
  { name: 'a server under feedback', weight: 4, kill: killUnderFeedback },
  { name: 'preparing data', weight: 4, kill: killPrepare },
  { name: 'saving a release', weight: 4, kill: killSave },
  { name: 'matinee refresh', weight: 3, kill: killRefresh },
  { name: 'a server that refreshes and swaps', weight: 2, kill: killSwap },
  { name: 'training beside a server', weight: 2, kill: killTraining },
];

async function killUnderFeedback({ number, random, served }: Round): Promise<string> {
  const { child, url } = await startServer(['serve', ...argumentsOf(served)]);
  const writers = Array.from({ length: 8 }, (_, writer) => sendUntilDown(url, `${number}-${writer}`, served));
  const delayMs = random.integer(500);
  await sleep(delayMs);
  await killAndWait(child);
  await Promise.all(writers);
  return `${delayMs} ms after the first event`;
}

/** Sends events one after the other until the server is gone. */
async function sendUntilDown(url: string, prefix: string, tested: TestedHome, count = Number.POSITIVE_INFINITY) {
  for (let sent = 0; sent < count; sent++) {
    const eventId = `${prefix}-${sent}`;
    tested.sent.add(eventId);
    try {
      const response = await fetch(`${url}/feedback`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ user_idx: sent % 40, item_idx: (sent * 7) % 60, event: 'like', event_id: eventId }),
      });
      const answer = (await response.json()) as { readonly status?: string };
      if (response.ok && answer.status === 'accepted') tested.acknowledged.add(eventId);
    } catch {
      return;
    }
  }
}

async function killPrepare({ number, random, served }: Round): Promise<string> {
  await changeSource(served, number);
  const { child } = startCommand(['prepare', ...argumentsOf(served, PREPARED)]);
  // Half of them while files are renamed: that takes far less time than the rest.
  const datasets = path.join(served.home, 'datasets');
  const waited = random.next() < 0.5 ? await waitForName(datasets, '.replaced-', child) : 'the start';
  const delayMs = random.integer(waited === 'the start' ? 1500 : 5);
  await sleep(delayMs);
  await killAndWait(child);
  return `${delayMs} ms after ${waited}`;
}

async function killSave({ number, random, served }: Round): Promise<string> {
  const { child } = startCommand(['train', ...argumentsOf(served), '--seed', String(number)]);
  const waited = await waitForName(path.join(served.home, 'releases', SERVED), '.partial-', child);
  const delayMs = random.integer(20);
  await sleep(delayMs);
  await killAndWait(child);
  return `${delayMs} ms after ${waited}`;
}

async function killRefresh({ number, random, served }: Round): Promise<string> {
  const stores = await openSqliteStores(eventsFileOf(served));
  try {
    const events = Array.from({ length: 40 }, (_, index) => ({
      ...{
        eventId: `refresh-${number}-${index}`,
        userId: `${1 + index}`,
        itemId: `${1 + ((index * 11 + number) % 60)}`,
      },
      ...{ type: 'like' as const, atMs: Date.now() },
    }));
    for (const { eventId } of events) served.sent.add(eventId);
    await stores.events.append(events);
    for (const { eventId } of events) served.acknowledged.add(eventId);
  } finally {
    await stores.close();
  }
  const { child } = startCommand(['refresh', ...argumentsOf(served)]);
  const delayMs = random.integer(3000);
  await sleep(delayMs);
  await killAndWait(child);
  return `${delayMs} ms after the start`;
}

async function killSwap({ number, random, served }: Round): Promise<string> {
  const policy = ['--until', 'v1', '--refresh-after-events', '20'];
  const server = await startServer(['start', ...argumentsOf(served), ...policy]);
  await sendUntilDown(server.url, `swap-${number}`, served, 30);
  const waited = await waitForName(path.join(served.home, 'releases', SERVED), '.partial-', server.child);
  // The new release is compared, loaded and made current within this time.
  const delayMs = random.integer(1500);
  await sleep(delayMs);
  await killAndWait(server.child);
  return `${delayMs} ms after ${waited}`;
}

/** Kills the server, or only the process that trains: the server must not notice. */
async function killTraining({ random, trained }: Round): Promise<string> {
  await forgetTraining(trained);
  const { child, url } = await startServer(['start', ...argumentsOf(trained), '--until', 'v2']);
  let training: number | undefined;
  while (training === undefined && !hasEnded(child)) {
    training = descendantsOf(child.pid as number).find((pid) =>
      commandLineOf(pid).includes('train-generations-process'),
    );
    await sleep(10);
  }
  const delayMs = random.integer(3000);
  const onlyTraining = random.next() < 0.5;
  await sleep(delayMs);
  if (onlyTraining && training !== undefined && commandLineOf(training) !== '') process.kill(training, 'SIGKILL');
  if (onlyTraining) {
    await sleep(50);
    const response = await fetch(`${url}/recommend?user_idx=0&k=5`);
    if (!response.ok) throw new Error(`the server answers ${response.status} without its training process`);
  }
  await killAndWait(child);
  return `${delayMs} ms after its start${onlyTraining ? ', only that process first' : ''}`;
}

/** Waits until a folder holds a name that begins so, or the process has ended. */
async function waitForName(folder: string, prefix: string, child: Parameters<typeof hasEnded>[0]): Promise<string> {
  const before = new Set(namesIn(folder));
  while (!hasEnded(child)) {
    if (namesIn(folder).some((name) => name.startsWith(prefix) && !before.has(name))) return `the first ${prefix}`;
    await sleep(1);
  }
  return 'its end';
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // it has ended
  }
}

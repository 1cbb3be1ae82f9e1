import { existsSync, readdirSync } from 'node:fs';
import { appendFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { isMovedAside, loadDataset } from '@matinee/adapters/duckdb';
import { loadRelease } from '@matinee/adapters/files';
import { openSqliteStores } from '@matinee/adapters/sqlite';
import { finish, hasEnded, startServer } from './processes.ts';

/** The data set that is served and trained on, and one that is only prepared. */
export const SERVED = 'few';
export const PREPARED = 'other';

/** A home under test, with what its servers have acknowledged. */
export interface TestedHome {
  readonly home: string;
  /** Folder of the source files of both data sets. */
  readonly sources: string;
  /** Ids of events that a server has acknowledged. */
  readonly acknowledged: Set<string>;
  /** Ids of all events that were sent. */
  readonly sent: Set<string>;
}

function sourceOf({ sources }: TestedHome, name: string): string {
  return path.join(sources, name);
}

/** The arguments that every command on the home has. */
export function argumentsOf(tested: TestedHome, name = SERVED): readonly string[] {
  return ['--home', tested.home, '--data', sourceOf(tested, name)];
}

export function eventsFileOf({ home }: TestedHome): string {
  return path.join(home, 'events', `${SERVED}.db`);
}

/** Changes the source of the data set that is only prepared, so that it is prepared again. */
export async function changeSource(tested: TestedHome, change: number): Promise<void> {
  const line = `${1 + (change % 40)},${1 + (change % 60)},3,${1_600_000_000 + change}\n`;
  await appendFile(path.join(sourceOf(tested, PREPARED), 'ratings.csv'), line);
}

const PAGE = 5000;

/**
 * Checks what must hold after every kill.
 *
 * @throws {Error} Naming what is lost, doubled or damaged.
 */
export async function checkHome(tested: TestedHome): Promise<void> {
  const { home, acknowledged, sent } = tested;
  const releases = path.join(home, 'releases', SERVED);
  if (existsSync(path.join(releases, 'current'))) await loadRelease(releases);
  for (const name of [SERVED, PREPARED]) {
    const folder = path.join(home, 'datasets', name);
    // The next command puts it back; `settle` proves that.
    if (existsSync(folder)) await loadDataset(folder);
    else if (!isMovedAside(folder) && name === SERVED) throw new Error(`data set ${name} is gone`);
  }
  if (!existsSync(eventsFileOf(tested))) {
    if (acknowledged.size > 0) throw new Error(`${acknowledged.size} acknowledged events are lost with their log`);
    return;
  }
  const stores = await openSqliteStores(eventsFileOf(tested));
  try {
    const stored = new Set<string>();
    for (let after = 0; ; ) {
      const page = await stores.events.eventsAfter(after, PAGE);
      for (const { eventId } of page) {
        if (stored.has(eventId)) throw new Error(`event ${eventId} is in the log twice`);
        if (!sent.has(eventId)) throw new Error(`event ${eventId} is in the log and was never sent`);
        stored.add(eventId);
      }
      const last = page.at(-1);
      if (last === undefined) break;
      after = last.sequence;
    }
    const lost = [...acknowledged].filter((id) => !stored.has(id));
    if (lost.length > 0) throw new Error(`${lost.length} acknowledged events are lost, first ${lost[0]}`);
  } finally {
    await stores.close();
  }
}

/**
 * Runs every kind of command once to its end, and checks that nothing of killed ones is left.
 *
 * @throws {Error} Naming the command that failed, or the files.
 */
export async function settle(tested: TestedHome, change: number): Promise<void> {
  await changeSource(tested, change);
  await finish(['prepare', ...argumentsOf(tested, PREPARED)]);
  await finish(['train', ...argumentsOf(tested), '--seed', String(100_000 + change)]);
  const { child, said } = await startServer(['start', ...argumentsOf(tested), '--until', 'v1']);
  child.kill('SIGTERM');
  while (!hasEnded(child)) await new Promise((resolve) => child.once('exit', resolve));
  if (child.exitCode !== 0) throw new Error(`start ended with ${child.exitCode} after SIGTERM: ${said().slice(-2000)}`);
  const left = readdirSync(tested.home, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /(^|\/)\.(partial|replaced)-|-journal$/.test(file),
  );
  if (left.length > 0) throw new Error(`left over: ${left.join(', ')}`);
}

/** Removes what training has left, so that it is done again. */
export async function forgetTraining({ home }: TestedHome): Promise<void> {
  for (const folder of ['releases', 'cache']) await rm(path.join(home, folder), { recursive: true, force: true });
}

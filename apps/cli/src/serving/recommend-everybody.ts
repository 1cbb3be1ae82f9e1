import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { type ListRow, type ListTableWriter, openListTable, type TableFormat } from '@matinee/adapters/duckdb';
import { sha256, writeReportFiles } from '@matinee/adapters/files';
import { openSqliteStores } from '@matinee/adapters/sqlite';
import { sortedJson } from '@matinee/models/artifacts';
import type { Dataset } from '@matinee/models/data';
import type { Release } from '@matinee/models/release';
import type { ItemFacts } from '@matinee/recommender';
import { type ListedItem, type Lists, openLists } from '@matinee/server';
import type { Progress } from '../terminal/progress.ts';
import { readDeletedUsers, withoutDeletedUsers } from '../workspace/deleted-users.ts';
import { eventsFileOf, type Workspace } from '../workspace/workspace.ts';

export interface RecommendEverybodyOptions {
  readonly workspace: Workspace;
  readonly dataset: Dataset;
  readonly release: Release;
  readonly facts: ItemFacts;
  /** Length of a list. */
  readonly k: number;
  readonly file: string;
  readonly format: TableFormat;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** At most so many lists are held in memory, and made again after a run was stopped; {@link USERS_PER_PART}. */
  readonly usersPerPart?: number;
}

export interface EverybodysLists {
  readonly userCount: number;
  readonly rowCount: number;
  /** The moment that the lists are for, milliseconds since 1970. */
  readonly asOfMs: number;
}

const USERS_PER_PART = 256;
/** Lists of a run that was stopped are not mixed with much later ones. */
const RESUMES_WITHIN_MS = 6 * 3_600_000;

/** A run under way, beside its parts. */
interface Run {
  readonly asOfMs: number;
  /** Who is in the lists; parts are cut from it in order. */
  readonly userIds: readonly string[];
}

/**
 * Writes the list of every user into one file: as the server would answer, at the moment when the run began. A run that
 * was stopped goes on after its last part, within six hours and with equal release, data and length.
 *
 * @throws {MatineeError} `CANCELLED`; `DUCKDB` when a file cannot be written; the stores' errors.
 */
export async function recommendEverybody(options: RecommendEverybodyOptions): Promise<EverybodysLists> {
  const { workspace, dataset, release, facts, k, file, format, progress, signal } = options;
  const { usersPerPart = USERS_PER_PART } = options;
  // Lists of a run that was stopped may be of people who have been deleted since.
  const left = withoutDeletedUsers(dataset, await readDeletedUsers(workspace, dataset));
  const identity = { release: release.version, data: left.hash, name: dataset.name, k, usersPerPart };
  const key = sha256(Buffer.from(sortedJson(identity))).slice(0, 32);
  const folder = path.join(workspace.home, 'cache', 'lists', key);
  const earlier = await readRun(folder, options.nowMs);
  const asOfMs = earlier?.asOfMs ?? options.nowMs;

  const eventsFile = eventsFileOf(workspace, dataset.name);
  const { events, visitors, households, newItems, close } = openSqliteStores(eventsFile);
  let lists: Lists | undefined;
  try {
    lists = await progress.stage('read the log', async (stage) => {
      await stage.checkpoint(0, 0);
      const stores = { eventLog: events, visitors, households, newItems };
      const opened = await openLists({ dataset, release, facts, stores, asOfMs });
      stage.summary(`${opened.userIds.length.toLocaleString('en')} users`);
      return opened;
    });
    const run = earlier ?? (await beginRun(folder, { asOfMs, userIds: lists.userIds }));
    const table = await openListTable(path.join(folder, 'parts'), {
      version: release.generation,
      release: release.version,
      asOfMs,
      signal,
    });
    try {
      if (table.partCount > 0) progress.note('goes on with a run that was stopped');
      await writeLists(run.userIds, lists, table, options);
      await mkdir(path.dirname(file), { recursive: true });
      const rowCount = await table.finish(file, format);
      await rm(folder, { recursive: true });
      return { userCount: run.userIds.length, rowCount, asOfMs };
    } finally {
      table.close();
    }
  } finally {
    await lists?.close();
    await close();
  }
}

const RUN = 'run.json';

/** Returns the run that was stopped in this folder; undefined where there is none that is recent enough. */
async function readRun(folder: string, nowMs: number): Promise<Run | undefined> {
  try {
    const run = JSON.parse(await readFile(path.join(folder, RUN), 'utf8')) as Run;
    return run.asOfMs > nowMs - RESUMES_WITHIN_MS ? run : undefined;
  } catch {
    return undefined;
  }
}

/** Removes what an earlier run left, and records the new one. */
async function beginRun(folder: string, run: Run): Promise<Run> {
  await rm(folder, { recursive: true, force: true });
  await writeReportFiles(folder, { [RUN]: JSON.stringify(run) });
  return run;
}

/** Makes the lists of all users that the table does not hold yet, part by part. */
function writeLists(
  userIds: readonly string[],
  lists: Lists,
  table: ListTableWriter,
  { k, progress, usersPerPart = USERS_PER_PART }: RecommendEverybodyOptions,
): Promise<void> {
  return progress.stage('make the lists', async ({ checkpoint, summary }) => {
    const total = userIds.length;
    const startedAt = performance.now();
    const first = table.partCount * usersPerPart;
    // A table without a part has no columns.
    while (table.partCount * usersPerPart < Math.max(total, 1)) {
      const start = table.partCount * usersPerPart;
      const rows: ListRow[] = [];
      for (const [at, userId] of userIds.slice(start, start + usersPerPart).entries()) {
        await checkpoint(start + at, total);
        rows.push(...rowsOf(userId, (await lists.listOf(userId, k)) ?? []));
      }
      await table.writePart(rows);
    }
    const made = Math.max(0, total - first);
    const perSecond = made / ((performance.now() - startedAt) / 1000);
    summary(`${made.toLocaleString('en')} users, ${Math.round(perSecond).toLocaleString('en')} a second`);
  });
}

function rowsOf(userId: string, items: readonly ListedItem[]): ListRow[] {
  return items.map(({ item_id, title = item_id, score, section, reason, sources }, at) => ({
    userId,
    rank: at + 1,
    itemId: item_id,
    title,
    score,
    section,
    reason,
    sources,
  }));
}

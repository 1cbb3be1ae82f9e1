import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { openDuckDb, sqlText } from '@matinee/adapters/duckdb';
import { openSqliteStores } from '@matinee/adapters/sqlite';
import { MatineeError } from '@matinee/numerics';
import { createItemFacts } from '@matinee/recommender';
import { createSmallWorld } from '@matinee/recommender/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Progress } from '../terminal/progress.ts';
import { eventsFileOf, openWorkspace, type Workspace } from '../workspace/workspace.ts';
import { recommendEverybody } from './recommend-everybody.ts';

const world = await createSmallWorld();
const facts = createItemFacts(world.dataset.items.vocabulary.ids.length, () => undefined);
const NOW_MS = Date.UTC(2020, 0, 1);
const HOUR_MS = 3_600_000;

let folder: string;
let workspace: Workspace;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'matinee-lists-'));
  workspace = openWorkspace(path.join(folder, 'home'));
  await mkdir(workspace.events, { recursive: true });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Counts the users whose list is made, and is interrupted before one of them. */
function createProgress(stopBefore = Number.POSITIVE_INFINITY) {
  const made: number[] = [];
  const notes: string[] = [];
  const progress: Progress = {
    note: (text) => void notes.push(text),
    stage: (name, work) =>
      work({
        update: () => undefined,
        summary: () => undefined,
        async checkpoint(done) {
          if (name !== 'make the lists') return;
          if (done >= stopBefore) throw new MatineeError('CANCELLED', 'stopped');
          made.push(done);
        },
      }),
  };
  return { progress, made, notes };
}

const run = (
  name: string,
  { progress }: ReturnType<typeof createProgress>,
  nowMs = NOW_MS,
  format = 'parquet' as const,
) =>
  recommendEverybody({
    ...{ ...world, workspace, facts, k: 5, format, nowMs, progress, usersPerPart: 32 },
    file: path.join(folder, name),
    signal: new AbortController().signal,
  });

async function rowsOf(name: string): Promise<readonly Record<string, unknown>[]> {
  const db = await openDuckDb({ memoryLimitMb: 200, threads: 1, temporaryFolder: folder });
  try {
    return await db.rows(`SELECT * FROM ${sqlText(path.join(folder, name))}`);
  } finally {
    db.close();
  }
}

describe('recommendEverybody', () => {
  it('writes every list, best first', async () => {
    const { userCount, rowCount } = await run('all.parquet', createProgress());
    const rows = await rowsOf('all.parquet');
    expect([userCount, rowCount, rows.length]).toEqual([90, 450, 450]);
    expect(rows.slice(0, 5).map(({ user_id, rank }) => [user_id, rank])).toEqual(
      [1, 2, 3, 4, 5].map((rank) => ['u0', rank]),
    );
    expect(rows[0]).toMatchObject({ version: world.release.generation, release: world.release.version });
    expect(Number(rows[0]?.['as_of_ms'])).toBe(NOW_MS);
  });

  it('goes on after the last part of a run that was stopped, at the moment of that run', async () => {
    await expect(run('stopped.parquet', createProgress(70))).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(existsSync(path.join(folder, 'stopped.parquet'))).toBe(false);
    const later = createProgress();
    expect(await run('stopped.parquet', later, NOW_MS + HOUR_MS)).toMatchObject({ asOfMs: NOW_MS });
    expect(later.made[0]).toBe(64);
    expect(later.notes).toEqual(['goes on with a run that was stopped']);
    await run('whole.parquet', createProgress());
    expect(await rowsOf('stopped.parquet')).toEqual(await rowsOf('whole.parquet'));
  });

  it('begins anew when the run that was stopped is of yesterday', async () => {
    await expect(run('old.parquet', createProgress(70))).rejects.toMatchObject({ code: 'CANCELLED' });
    const later = createProgress();
    const nowMs = NOW_MS + 24 * HOUR_MS;
    expect(await run('old.parquet', later, nowMs)).toMatchObject({ asOfMs: nowMs });
    expect(later.made).toHaveLength(90);
  });

  it('does not go on with lists of a user who was deleted since', async () => {
    await expect(run('before.parquet', createProgress(70))).rejects.toMatchObject({ code: 'CANCELLED' });
    const stores = openSqliteStores(eventsFileOf(workspace, world.dataset.name));
    await stores.events.deleteUser('u3', NOW_MS);
    await stores.close();
    const later = createProgress();
    expect(await run('before.parquet', later)).toMatchObject({ userCount: 89 });
    expect(later.made).toHaveLength(89);
    const userIds = (await rowsOf('before.parquet')).map(({ user_id }) => user_id);
    expect(userIds).toContain('u2');
    expect(userIds).not.toContain('u3');
  });

  it('leaves nothing of a finished run', async () => {
    await run('first.parquet', createProgress());
    const again = createProgress();
    await run('again.parquet', again);
    expect(again.made).toHaveLength(90);
  });
});

import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadRelease, useRelease } from '@matinee/adapters/files';
import type { Dataset } from '@matinee/models/data';
import type { Release } from '@matinee/models/release';
import { MatineeError } from '@matinee/numerics';
import type { RunningServer } from '@matinee/server';
import type { Progress } from '../terminal/progress.ts';
import { openIndices } from '../workspace/open-indices.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { RefreshMessage, RefreshTask } from './refresh-process.ts';
import { runChild } from './start-child.ts';
import { releaseFolder } from './train-and-save-release.ts';
import { waitFor } from './wait-for.ts';

/** When a release is refreshed. */
interface RefreshPolicy {
  /** After so many engagements that it was not trained on; 0 = not by their number. */
  readonly afterEvents: number;
  /** So long after it was first served or last tried, if there was any engagement since; 0 = not by time. */
  readonly afterMinutes: number;
}

export interface BackgroundRefreshOptions {
  readonly dataset: Dataset;
  readonly workspace: Workspace;
  readonly policy: RefreshPolicy;
  readonly seed: number;
  readonly server: Pick<RunningServer, 'swap' | 'report' | 'served'>;
  readonly progress: Progress;
  /** Stops it. An unfinished refresh starts from the beginning next time. */
  readonly signal: AbortSignal;
}

const CHECK_EVERY_MS = 2000;

/**
 * Refreshes the served release when the policy says so, one refresh at a time, each in a process of its own. The result
 * is swapped in unless it is worse on the latest engagements of the log or changes too much for members of the dataset.
 * After a refresh that is not served or fails, the policy counts from zero again.
 *
 * @returns When the signal is aborted.
 */
export async function refreshInBackground(options: BackgroundRefreshOptions): Promise<void> {
  const { policy, server, signal } = options;
  if (policy.afterEvents === 0 && policy.afterMinutes === 0) return;
  let last = { version: server.served().release.version, newEngagements: 0, atMs: performance.now() };
  while (!signal.aborted) {
    await waitFor(CHECK_EVERY_MS, signal);
    const { release, newEngagements } = server.served();
    if (release.version !== last.version)
      last = { version: release.version, newEngagements: 0, atMs: performance.now() };
    if (signal.aborted || !isDue(policy, newEngagements - last.newEngagements, performance.now() - last.atMs)) continue;
    last = { version: release.version, newEngagements, atMs: performance.now() };
    await refresh(release, options);
  }
}

/** @param engagements Since the training, or since the last attempt at a refresh. */
function isDue({ afterEvents, afterMinutes }: RefreshPolicy, engagements: number, elapsedMs: number): boolean {
  const enough = afterEvents > 0 && engagements >= afterEvents;
  const longEnough = afterMinutes > 0 && engagements > 0 && elapsedMs >= afterMinutes * 60_000;
  return enough || longEnough;
}

async function refresh(release: Release, options: BackgroundRefreshOptions): Promise<void> {
  const { dataset, workspace, seed, server, progress, signal } = options;
  const folder = releaseFolder(workspace, dataset.name);
  // The extension is .ts from source and .js from the build.
  const ending = path.extname(new URL(import.meta.url).pathname);
  const file = fileURLToPath(new URL(`./refresh-process${ending}`, import.meta.url));
  const { version, generation } = release;
  const task: RefreshTask = { home: workspace.home, datasetName: dataset.name, version, generation, seed };
  const end = { generation, stage: 'refresh', done: 1, total: 1 } as const;
  let deciding: Promise<void> = Promise.resolve();

  const decide = async (message: Extract<RefreshMessage, { kind: 'refreshed' }>): Promise<void> => {
    const { figures, refusals } = message;
    if (refusals.length > 0) {
      const why = `it ${refusals.join(', and it ')}`;
      server.report({ ...end, status: 'done', message: `not served: ${why}; ${figures}` });
      progress.note(`the refreshed ${generation} is not served: ${why} (${figures})`);
      return;
    }
    await server.swap(await openIndices(await loadRelease(folder, message.version), { folder, workspace, progress }));
    await useRelease(folder, message.version);
    server.report({ ...end, status: 'done', message: figures });
    progress.note(`the refreshed ${generation} is served from now on (${figures})`);
  };
  const fail = (error: Error): void => {
    server.report({ ...end, stage: 'stopped', status: 'failed', message: error.message });
    progress.note(`${generation} could not be refreshed: ${error.message}; the served release stays`);
  };

  let isOver = false;
  const failure = await runChild<RefreshMessage>({
    file,
    task,
    signal,
    onMessage(message) {
      isOver ||= message.kind !== 'progress';
      if (message.kind === 'progress') server.report(message);
      else if (message.kind === 'refreshed') deciding = decide(message).catch(fail);
      else fail(new MatineeError(message.code, message.message));
    },
  });
  await deciding;
  if (isOver || signal.aborted) return;
  // The next refresh that is due tries again.
  fail(failure ?? new MatineeError('CHILD_FAILED', 'the refreshing process ended before it was done'));
}

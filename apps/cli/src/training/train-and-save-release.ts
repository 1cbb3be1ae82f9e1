import path from 'node:path';
import { findRelease, loadRelease, saveRelease, sha256, useRelease } from '@matinee/adapters/files';
import type { Dataset } from '@matinee/models/data';
import {
  type Release,
  servingKey,
  type TrainReleaseConfig,
  type TrainReleaseContext,
  trainingKey,
  trainRelease,
} from '@matinee/models/release';
import { defined } from '@matinee/numerics';
import type { Progress } from '../terminal/progress.ts';
import { readDeletedUsers, withoutDeletedUsers } from '../workspace/deleted-users.ts';
import { noteEarlierContent } from '../workspace/note-earlier-content.ts';
import { openIndices } from '../workspace/open-indices.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { hashRankingCode } from './code-version.ts';
import { type EpochEnd, reportStages } from './report-stages.ts';
import { openStageCache } from './stage-cache.ts';

export interface TrainReleaseOptions {
  readonly dataset: Dataset;
  readonly workspace: Workspace;
  readonly progress: Progress;
  readonly seed: number;
  readonly config?: TrainReleaseConfig;
  /** See the training's context. */
  readonly serves?: TrainReleaseContext['serves'];
  /** Threads to fit on; one per core when absent. Changes no result. */
  readonly threadCount?: number;
  /**
   * Whether a release of the same training is reused that learned from an earlier text of the item table, of years,
   * titles or tags.
   */
  readonly reusesEarlierText?: boolean;
  /** Train even if an equal release exists. */
  readonly force?: boolean;
  /** Whether it becomes the current release; default true. */
  readonly makeCurrent?: boolean;
}

/** Folder of a data set's releases. */
export function releaseFolder(workspace: Workspace, datasetName: string): string {
  return path.join(workspace.releases, datasetName);
}

/**
 * Leaves out what the data set has of users who were deleted from the data set's event log. The release then serves the
 * data set as it is.
 */
async function leaveOutDeletedUsers(options: TrainReleaseOptions): Promise<TrainReleaseOptions> {
  const { dataset, workspace } = options;
  const deleted = await readDeletedUsers(workspace, dataset);
  if (deleted.length === 0) return options;
  const left = withoutDeletedUsers(dataset, deleted);
  const log = { throughSequence: 0, eventCount: 0, hash: left.hash };
  return { ...options, dataset: left, serves: { datasetHash: dataset.hash, log } };
}

/**
 * Trains a release, saves it and, with `makeCurrent`, makes it the current one of its data set. A release that was
 * trained before with equal data, configuration, seed and code is loaded instead. Either has its vector indices.
 *
 * @throws {MatineeError} `CANCELLED` on Ctrl-C. Nothing is saved, and the earlier release stays current.
 */
export async function trainAndSaveRelease(given: TrainReleaseOptions): Promise<Release> {
  const options = given.serves === undefined ? await leaveOutDeletedUsers(given) : given;
  const { dataset, workspace, progress, seed, config = { generation: 'v1' } } = options;
  const { force = false, makeCurrent = true } = options;
  const folder = releaseFolder(workspace, dataset.name);
  const code = await hashRankingCode();
  const identity = { dataset, config, seed, logHash: options.serves?.log.hash };
  const key = sha256(Buffer.from(`${code} ${trainingKey(identity)}`));
  const keyOfServing = sha256(Buffer.from(`${code} ${servingKey(identity)}`));
  const equal = force ? undefined : await findRelease(folder, key);
  const alike = force || !options.reusesEarlierText ? undefined : await findRelease(folder, keyOfServing, 'servingKey');
  const known = equal ?? alike;
  if (known !== undefined) {
    const loaded = await progress.stage('load the release', async (stage) => {
      const release = await loadRelease(folder, known);
      if (makeCurrent) await useRelease(folder, known);
      stage.summary(`${known}, trained before from the same data, configuration and seed`);
      return release;
    });
    noteEarlierContent(loaded, dataset, progress);
    return openIndices(loaded, { folder, workspace, progress });
  }
  const timings: Record<string, number> = {};
  const curves: Record<string, EpochEnd[]> = {};
  const release = await trainRelease(dataset, config, {
    seed,
    ...reportStages(progress, timings, curves),
    ...(force
      ? {}
      : { stageCache: await openStageCache(workspace, dataset, { confidence: config.confidence ?? null, seed }) }),
    ...(options.serves && { serves: options.serves }),
    ...defined({ threadCount: options.threadCount }),
  });
  await progress.stage('save the release', async (stage) => {
    await stage.checkpoint(0, 0);
    const savedAt = Math.floor(Date.now() / 1000);
    const notes = { trainingKey: key, servingKey: keyOfServing, timings, curves, savedAt };
    await saveRelease(folder, release, notes, { makeCurrent });
    stage.summary(path.join(folder, release.version));
  });
  return openIndices(release, { folder, workspace, progress });
}

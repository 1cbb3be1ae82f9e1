import path from 'node:path';
import { findRelease, loadRelease, saveRelease, sha256, useRelease } from '@matinee/adapters/files';
import type { Dataset } from '@matinee/models/data';
import {
  type Release,
  type TrainReleaseConfig,
  type TrainReleaseContext,
  trainingKey,
  trainRelease,
} from '@matinee/models/release';
import { defined } from '@matinee/numerics';
import type { Progress } from '../terminal/progress.ts';
import { openIndices } from '../workspace/open-indices.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { hashRankingCode } from './code-version.ts';
import { reportStages } from './report-stages.ts';
import { openStageCache } from './stage-cache.ts';

export interface TrainReleaseOptions {
  readonly dataset: Dataset;
  readonly workspace: Workspace;
  readonly progress: Progress;
  readonly seed: number;
  readonly config?: TrainReleaseConfig;
  /** As in the training's own context. */
  readonly serves?: TrainReleaseContext['serves'];
  /** Threads to fit on; one a core where absent. Changes no result. */
  readonly threadCount?: number;
  /** Train even where an equal release is there. */
  readonly force?: boolean;
  /** Whether it becomes what is served; true where absent. */
  readonly makeCurrent?: boolean;
}

/** Where the releases of a data set lie. */
export function releaseFolder(workspace: Workspace, datasetName: string): string {
  return path.join(workspace.releases, datasetName);
}

/**
 * Trains a release, saves it and makes it the current one of its data set, if asked to. Where one is there that was trained with
 * equal data, configuration, seed and code, it is loaded instead. Either way with the indices that it is served with.
 *
 * @throws {MatineeError} `CANCELLED` on Ctrl-C: nothing is saved, the release before stays current.
 */
export async function trainAndSaveRelease(options: TrainReleaseOptions): Promise<Release> {
  const { dataset, workspace, progress, seed, config = { generation: 'v1' } } = options;
  const { force = false, makeCurrent = true } = options;
  const folder = releaseFolder(workspace, dataset.name);
  const key = sha256(Buffer.from(`${await hashRankingCode()} ${trainingKey(dataset, config, seed)}`));
  const known = force ? undefined : await findRelease(folder, key);
  if (known !== undefined) {
    const loaded = await progress.stage('load the release', async (stage) => {
      const release = await loadRelease(folder, known);
      if (makeCurrent) await useRelease(folder, known);
      stage.summary(`${known}, trained before from the same data, configuration and seed`);
      return release;
    });
    return openIndices(loaded, { folder, progress });
  }
  const timings: Record<string, number> = {};
  const release = await trainRelease(dataset, config, {
    seed,
    ...reportStages(progress, timings),
    ...(force
      ? {}
      : { stageCache: await openStageCache(workspace, dataset, { confidence: config.confidence ?? null, seed }) }),
    ...(options.serves && { serves: options.serves }),
    ...defined({ threadCount: options.threadCount }),
  });
  await progress.stage('save the release', async (stage) => {
    await stage.checkpoint(0, 0);
    const notes = { trainingKey: key, timings, savedAt: Math.floor(Date.now() / 1000) };
    await saveRelease(folder, release, notes, { makeCurrent });
    stage.summary(path.join(folder, release.version));
  });
  return openIndices(release, { folder, progress });
}

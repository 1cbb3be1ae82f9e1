import path from 'node:path';
import { loadDataset } from '@matinee/adapters/duckdb';
import { loadRelease } from '@matinee/adapters/files';
import { growRelease } from '@matinee/models/release';
import { createEngine, type Engine } from '@matinee/recommender';
import { RECOMMEND_CONTEXT } from '@matinee/server';
import { releaseFolder } from '../../apps/cli/src/training/train-and-save-release.ts';
import { openWorkspace } from '../../apps/cli/src/workspace/workspace.ts';

/** A request's clock and timers; a source that is slow the first time is waited for. */
export const PATIENT = { ...RECOMMEND_CONTEXT, deadlineMs: 10_000 };

interface EngineOptions {
  readonly home: string;
  /** Name of the data set. */
  readonly data: string;
  /** Default: the release that was trained last. */
  readonly version?: string | undefined;
}

/** Opens a release of that home in this process, and prints which it is. */
export async function openEngine({ home, data, version }: EngineOptions): Promise<Engine> {
  const workspace = openWorkspace(home);
  const dataset = await loadDataset(path.join(workspace.datasets, data));
  const release = await growRelease(await loadRelease(releaseFolder(workspace, dataset.name), version), dataset);
  console.log(`release ${release.version} (${release.generation}) on ${dataset.name}`);
  return createEngine(dataset, release);
}

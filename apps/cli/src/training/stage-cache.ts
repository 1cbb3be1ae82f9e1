import path from 'node:path';
import { openFileStageCache } from '@matinee/adapters/files';
import { sortedJson } from '@matinee/models/artifacts';
import type { Dataset } from '@matinee/models/data';
import type { StageCache } from '@matinee/models/generations';
import type { Workspace } from '../workspace/workspace.ts';
import { hashRankingCode, hashSourceCode } from './code-version.ts';

/**
 * Opens the cache of the results of training stages, in the workspace. Its keys contain code, data and options.
 *
 * @param options Everything else that decides the training data and random draws: protocol, filters, confidence, seed.
 */
export async function openStageCache(workspace: Workspace, dataset: Dataset, options: object): Promise<StageCache> {
  const code = await hashSourceCode();
  return openFileStageCache(
    path.join(workspace.home, 'cache', 'stages'),
    sortedJson({ code, data: dataset.hash, options: { ...options } }),
    await hashRankingCode(),
  );
}

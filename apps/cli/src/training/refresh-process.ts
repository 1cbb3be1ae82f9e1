/** The process in which `matinee start` refreshes a release; `train-generations-process.ts` says why it is separate. */
import path from 'node:path';
import { loadDataset } from '@matinee/adapters/duckdb';
import { loadRelease } from '@matinee/adapters/files';
import { openSqliteStores } from '@matinee/adapters/sqlite';
import type { GenerationName } from '@matinee/models/generations';
import { describeFailure } from '../terminal/describe-failure.ts';
import { openItemFacts } from '../workspace/open-item-facts.ts';
import { eventsFileOf, openWorkspace } from '../workspace/workspace.ts';
import { BESIDE_A_SERVER, type ProgressMessage, runAsChild, say, sayProgress } from './child-process.ts';
import { describeComparison, describeMembers, refreshAndCompare } from './refresh-and-compare.ts';
import { releaseFolder } from './train-and-save-release.ts';

/** The first message to the process. */
export interface RefreshTask {
  readonly home: string;
  readonly datasetName: string;
  /** Version of the served release. */
  readonly version: string;
  readonly generation: GenerationName;
  readonly seed: number;
}

/** The messages that the process sends. */
export type RefreshMessage =
  | ProgressMessage
  | {
      readonly kind: 'refreshed';
      readonly version: string;
      /** Why it is not to be served; empty if it is. */
      readonly refusals: readonly string[];
      readonly figures: string;
    }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

runAsChild(refresh, BESIDE_A_SERVER);

async function refresh({ home, datasetName, version, generation, seed }: RefreshTask): Promise<void> {
  const workspace = openWorkspace(home);
  const progress = sayProgress(generation);
  const stores = openSqliteStores(eventsFileOf(workspace, datasetName));
  try {
    const dataset = await loadDataset(path.join(workspace.datasets, datasetName));
    const release = await loadRelease(releaseFolder(workspace, datasetName), version);
    const facts = await openItemFacts({ workspace, dataset, progress });
    const refreshed = await refreshAndCompare({
      ...{ dataset, workspace, facts, release, eventLog: stores.events, newItems: stores.newItems, progress, seed },
    });
    await say<RefreshMessage>({
      kind: 'refreshed',
      version: refreshed.release.version,
      refusals: refreshed.refusals,
      figures: `${describeComparison(refreshed.comparison)}; ${describeMembers(refreshed.members)}`,
    });
  } catch (error) {
    await say<RefreshMessage>({ kind: 'failed', ...describeFailure(error) });
  } finally {
    await stores.close();
  }
}

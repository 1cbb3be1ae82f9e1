/**
 * The process in which `matinee start` trains further generations. Training takes whole cores and gigabytes, which
 * would slow down the server. The process returns its memory to the system when it ends.
 */
import path from 'node:path';
import { loadDataset } from '@matinee/adapters/duckdb';
import { type GenerationName, resolveGeneration } from '@matinee/models/generations';
import { describeFailure } from '../terminal/describe-failure.ts';
import { openWorkspace } from '../workspace/workspace.ts';
import { BESIDE_A_SERVER, type ProgressMessage, runAsChild, say, sayProgress } from './child-process.ts';
import { trainAndSaveRelease } from './train-and-save-release.ts';

/** The first message to the process. */
export interface GenerationsTask {
  readonly home: string;
  readonly datasetName: string;
  readonly generations: readonly GenerationName[];
  readonly seed: number;
}

/** The messages that the process sends. */
export type GenerationsMessage =
  | ProgressMessage
  | { readonly kind: 'release'; readonly generation: GenerationName; readonly version: string }
  | {
      readonly kind: 'failed';
      readonly generation: GenerationName;
      readonly code: string;
      readonly message: string;
    };

runAsChild(trainAll, BESIDE_A_SERVER);

async function trainAll({ home, datasetName, generations, seed }: GenerationsTask): Promise<void> {
  const workspace = openWorkspace(home);
  for (const generation of generations) {
    try {
      const dataset = await loadDataset(path.join(workspace.datasets, datasetName));
      const { version } = await trainAndSaveRelease({
        dataset,
        workspace,
        progress: sayProgress(generation),
        seed,
        config: { generation, overrides: resolveGeneration(generation, { interactionCount: dataset.events.count }) },
        makeCurrent: false,
        reusesEarlierText: true,
      });
      await say<GenerationsMessage>({ kind: 'release', generation, version });
    } catch (error) {
      await say<GenerationsMessage>({ kind: 'failed', generation, ...describeFailure(error) });
      return;
    }
  }
}

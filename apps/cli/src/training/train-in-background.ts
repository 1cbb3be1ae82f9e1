import { fork } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadRelease, useRelease } from '@matinee/adapters/files';
import type { Dataset } from '@matinee/models/data';
import type { GenerationName } from '@matinee/models/generations';
import type { Release } from '@matinee/models/release';
import { MatineeError } from '@matinee/numerics';
import type { RunningServer } from '@matinee/server';
import type { Progress } from '../terminal/progress.ts';
import { openIndices } from '../workspace/open-indices.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { releaseFolder } from './train-and-save-release.ts';
import type { GenerationsMessage, GenerationsTask } from './train-generations-process.ts';

export interface BackgroundTrainingOptions {
  readonly dataset: Dataset;
  readonly workspace: Workspace;
  /** What is served at first. */
  readonly release: Release;
  /** In the order of training. */
  readonly generations: readonly GenerationName[];
  readonly seed: number;
  readonly server: Pick<RunningServer, 'swap' | 'report'>;
  readonly progress: Progress;
  /** Ends the training; what it finished is kept for the next time. */
  readonly signal: AbortSignal;
}

/** What decides whether a generation takes over: measured by each on the same held-out queries. */
const DECIDING_METRIC = 'heldOut.ndcg@10';

/**
 * Trains generations one after the other in a process of its own, and swaps each into the running server when its
 * release is ready and better on what was held out than what is served. A generation that is not better is kept on
 * disk; one that fails ends the training, and the server goes on with what it has.
 *
 * @returns When all are trained, or the training has ended.
 */
export function trainInBackground(options: BackgroundTrainingOptions): Promise<void> {
  const { dataset, workspace, generations, seed, server, progress, signal } = options;
  if (generations.length === 0 || signal.aborted) return Promise.resolve();
  const folder = releaseFolder(workspace, dataset.name);
  // The same file from source and from the build.
  const ending = path.extname(new URL(import.meta.url).pathname);
  const file = fileURLToPath(new URL(`./train-generations-process${ending}`, import.meta.url));
  const child = fork(file);
  const task: GenerationsTask = { home: workspace.home, datasetName: dataset.name, generations, seed };
  let served = options.release;
  let deciding: Promise<void> = Promise.resolve();

  const decide = async (generation: GenerationName, version: string): Promise<void> => {
    const next = await openIndices(await loadRelease(folder, version), { folder, progress });
    const end = { generation, stage: 'ready', done: 1, total: 1, status: 'done' } as const;
    const [before, after] = [qualityOf(served), qualityOf(next)];
    const figures = `NDCG@10 on what was held out ${after.toFixed(4)}, ${served.generation} ${before.toFixed(4)}`;
    if (after <= before) {
      server.report({ ...end, message: `not better: ${figures}` });
      progress.note(`${generation} is ready and not better than what is served (${figures})`);
      return;
    }
    await server.swap(next);
    await useRelease(folder, version);
    server.report({ ...end, message: figures });
    progress.note(`${generation} answers from now on (${figures})`);
    served = next;
  };

  return new Promise<void>((resolve) => {
    const stop = (): void => void child.kill('SIGTERM');
    signal.addEventListener('abort', stop, { once: true });
    child.on('message', (message: GenerationsMessage) => {
      switch (message.kind) {
        case 'progress':
          server.report(message);
          return;
        case 'release': {
          const { generation, version } = message;
          deciding = deciding
            .then(() => decide(generation, version))
            .catch((error: unknown) => reportFailure(server, progress, generation, error));
          return;
        }
        case 'failed':
          reportFailure(server, progress, message.generation, new MatineeError(message.code, message.message));
      }
    });
    child.on('exit', () => {
      signal.removeEventListener('abort', stop);
      void deciding.then(resolve);
    });
    child.send(task);
  });
}

/** −1 for a release that held nothing out: whatever was measured is better. */
function qualityOf({ training }: Release): number {
  return training?.metrics[DECIDING_METRIC] ?? -1;
}

function reportFailure(
  server: Pick<RunningServer, 'report'>,
  progress: Progress,
  generation: GenerationName,
  error: unknown,
): void {
  const message = error instanceof Error ? error.message : String(error);
  server.report({ generation, stage: 'stopped', done: 0, total: 0, status: 'failed', message });
  progress.note(`${generation} could not be trained: ${message}; what is served goes on`);
}

import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadRelease, useRelease } from '@matinee/adapters/files';
import type { Dataset } from '@matinee/models/data';
import type { GenerationName } from '@matinee/models/generations';
import type { Release } from '@matinee/models/release';
import { defined, MatineeError } from '@matinee/numerics';
import type { RunningServer } from '@matinee/server';
import { describeFailure } from '../terminal/describe-failure.ts';
import type { Progress } from '../terminal/progress.ts';
import { openIndices } from '../workspace/open-indices.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { judgeTakeover } from './judge-takeover.ts';
import { runChild } from './start-child.ts';
import { releaseFolder } from './train-and-save-release.ts';
import type { GenerationsMessage, GenerationsTask } from './train-generations-process.ts';
import { waitFor } from './wait-for.ts';

export interface BackgroundTrainingOptions {
  readonly dataset: Dataset;
  readonly workspace: Workspace;
  /** The release that is served first. */
  readonly release: Release;
  /** In the order of training. */
  readonly generations: readonly GenerationName[];
  /** The only generation that is swapped in, whatever it is worth. Absent: each that is shown to be better. */
  readonly pinned?: GenerationName | undefined;
  readonly seed: number;
  readonly server: Pick<RunningServer, 'swap' | 'report'>;
  readonly progress: Progress;
  /** Stops the training; finished stages stay cached for the next time. */
  readonly signal: AbortSignal;
}

/** Waits before a child that was killed or did not start is started again; finished stages are in the stage cache. */
const BACK_OFF_MS: readonly number[] = [10_000, 60_000, 600_000];

/**
 * Trains generations one after the other in a process of its own. Each is swapped into the running server when its
 * release is shown to be better than the served one on the same held-out users ({@link judgeTakeover}). A generation of
 * which that is not shown stays on disk. One that fails ends the training, and the server keeps its release.
 *
 * @returns When all are trained, or the training has stopped.
 */
export async function trainInBackground(options: BackgroundTrainingOptions): Promise<void> {
  const { dataset, workspace, generations, pinned, seed, server, progress, signal } = options;
  const folder = releaseFolder(workspace, dataset.name);
  // The extension is .ts from source and .js from the build.
  const ending = path.extname(new URL(import.meta.url).pathname);
  const file = fileURLToPath(new URL(`./train-generations-process${ending}`, import.meta.url));
  let remaining = generations;
  let served = options.release;
  let deciding: Promise<void> = Promise.resolve();

  const decide = async (generation: GenerationName, version: string): Promise<void> => {
    const next = await openIndices(await loadRelease(folder, version), { folder, workspace, progress });
    const end = { generation, stage: 'ready', done: 1, total: 1, status: 'done' } as const;
    const { takesOver, figures, comparison } = judgeTakeover(served, next, pinned);
    const takeover = { takesOver, ...defined({ comparison }) };
    if (!takesOver) {
      server.report({ ...end, message: `not served: ${figures}`, takeover });
      progress.note(`${generation} is ready and not served: ${figures}`);
      return;
    }
    await server.swap(next);
    await useRelease(folder, version);
    server.report({ ...end, message: figures, takeover });
    progress.note(`${generation} is served from now on (${figures})`);
    served = next;
  };

  const onMessage = (message: GenerationsMessage): void => {
    switch (message.kind) {
      case 'progress':
        server.report(message);
        return;
      case 'release': {
        const { generation, version } = message;
        remaining = remaining.filter((each) => each !== generation);
        deciding = deciding
          .then(() => decide(generation, version))
          .catch((error: unknown) => reportFailure(server, progress, generation, error));
        return;
      }
      case 'failed':
        remaining = [];
        reportFailure(server, progress, message.generation, new MatineeError(message.code, message.message));
    }
  };

  for (let attempt = 0; remaining.length > 0 && !signal.aborted; attempt++) {
    const task: GenerationsTask = { home: workspace.home, datasetName: dataset.name, generations: remaining, seed };
    const failure = await runChild<GenerationsMessage>({ file, task, onMessage, signal });
    await deciding;
    const [next] = remaining;
    if (next === undefined || signal.aborted) return;
    const waitMs = BACK_OFF_MS[attempt];
    const ended = new MatineeError('CHILD_FAILED', 'the training process ended before it was done');
    reportFailure(server, progress, next, failure ?? ended);
    if (waitMs === undefined) return;
    progress.note(`the training of ${next} starts again in ${waitMs / 1000} s`);
    await waitFor(waitMs, signal);
  }
}

function reportFailure(
  server: Pick<RunningServer, 'report'>,
  progress: Progress,
  generation: GenerationName,
  error: unknown,
): void {
  const { message } = describeFailure(error);
  server.report({ generation, stage: 'stopped', done: 0, total: 0, status: 'failed', message });
  progress.note(`${generation} could not be trained: ${message}; the served release stays`);
}

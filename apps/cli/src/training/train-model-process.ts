/**
 * The process in which `matinee train --model` fits. The native runtime blocks the thread that calls it, so the
 * terminal and Ctrl-C would wait for every training step, and it returns its memory to the system only when the process
 * ends.
 */
import { loadDataset } from '@matinee/adapters/duckdb';
import { openSnapshotFile } from '@matinee/adapters/files';
import { decodeArtifact, encodeArtifact } from '@matinee/models/artifacts';
import { findModelFamily } from '@matinee/models/generations';
import type { FitProgress, TrainingData } from '@matinee/models/training';
import { createRandom, defined } from '@matinee/numerics';
import { cutDataset } from '../protocol/cut-dataset.ts';
import type { ProtocolOptions } from '../protocol/protocol-options.ts';
import { describeFailure } from '../terminal/describe-failure.ts';
import { runAsChild, say } from './child-process.ts';

/** The first message to the process. */
export interface TrainModelTask {
  /** Folder of the prepared data. */
  readonly datasetFolder: string;
  readonly model: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** The model is fitted on the data before this protocol's test. */
  readonly options: ProtocolOptions;
  readonly snapshotFile: string;
  readonly threadCount?: number;
  /** Bytes of an earlier artefact of the same family, and the item ids behind its indices. */
  readonly warmStart?: { readonly artifact: Uint8Array; readonly itemIds: readonly string[] };
}

/** The messages that the process sends. */
export type TrainModelMessage =
  | { readonly kind: 'progress'; readonly done: number; readonly total: number }
  | { readonly kind: 'report'; readonly report: FitProgress; readonly memoryMiB: number }
  | {
      readonly kind: 'done';
      readonly artifact: Uint8Array;
      readonly exports: Readonly<Record<string, Uint8Array>>;
      readonly itemIds: readonly string[];
    }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string; readonly stack?: string };

const PROGRESS_EVERY_MS = 200;
const YIELD_EVERY_MS = 50;

const AS_ITS_PARENT = 0;

runAsChild<TrainModelTask>(
  (task) =>
    fit(task).catch((error: unknown) => {
      const stack = error instanceof Error ? error.stack : undefined;
      return say<TrainModelMessage>({ kind: 'failed', ...describeFailure(error), ...defined({ stack }) });
    }),
  AS_ITS_PARENT,
);

async function fit(task: TrainModelTask): Promise<void> {
  const { model, config, options, threadCount, warmStart } = task;
  const dataset = await loadDataset(task.datasetFolder);
  const { test } = cutDataset(dataset, options);
  const data: TrainingData = {
    userCount: dataset.users.ids.length,
    items: dataset.items,
    interactions: test.train,
    asOf: test.trainAsOf,
  };
  let saidAt = 0;
  let yieldedAt = 0;
  const snapshots = openSnapshotFile(task.snapshotFile);
  const fitted = await findModelFamily(model).fit(data, config, {
    random: createRandom(options.seed).fork(model),
    now: () => performance.now(),
    snapshots,
    ...defined({ threadCount }),
    ...(warmStart && { warmStart: { artifact: decodeArtifact(warmStart.artifact), itemIds: warmStart.itemIds } }),
    onProgress: (report) =>
      void say<TrainModelMessage>({
        kind: 'report',
        report,
        memoryMiB: Math.round(process.memoryUsage.rss() / 2 ** 20),
      }),
    async checkpoint(done, total) {
      const now = performance.now();
      if (now - saidAt >= PROGRESS_EVERY_MS) {
        saidAt = now;
        void say<TrainModelMessage>({ kind: 'progress', done, total });
      }
      if (now - yieldedAt >= YIELD_EVERY_MS) {
        yieldedAt = now;
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  });
  await say<TrainModelMessage>({
    kind: 'done',
    artifact: encodeArtifact(fitted.save()),
    exports: fitted.exports?.() ?? {},
    itemIds: dataset.items.vocabulary.ids,
  });
}

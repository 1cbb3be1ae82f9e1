/**
 * The process that runs one trial of `matinee tune`. Its peak memory is the trial's own, and a trial that crashes the
 * process only counts as failed.
 */
import { loadDataset } from '@matinee/adapters/duckdb';
import { openSnapshotFile } from '@matinee/adapters/files';
import { findModelFamily, fitGeneration, resolveGeneration } from '@matinee/models/generations';
import type { RetrievalModel } from '@matinee/models/retrieval';
import type { FitProgress, TrainingData } from '@matinee/models/training';
import { measureTrial, type ValidationSplit, withoutTest } from '@matinee/models/tuning';
import { createRandom, defined } from '@matinee/numerics';
import { isGeneration } from '../evaluation/evaluate-models.ts';
import { cutDataset } from '../protocol/cut-dataset.ts';
import type { ProtocolOptions } from '../protocol/protocol-options.ts';
import { describeFailure } from '../terminal/describe-failure.ts';
import { runAsChild, say } from '../training/child-process.ts';
import { openStageCache } from '../training/stage-cache.ts';
import { stageCacheOptions } from '../training/stage-cache-options.ts';
import { openWorkspace } from '../workspace/workspace.ts';

/** The first message to the process. */
export interface TuneTrialTask {
  readonly home: string;
  /** Folder of the prepared data. */
  readonly datasetFolder: string;
  readonly model: string;
  /** The complete configuration. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The model is fitted on the data before this protocol's validation and measured on validation. */
  readonly options: ProtocolOptions;
  readonly metric: string;
  /** Where a network saves the state that a later run continues from. */
  readonly snapshotFile: string;
  readonly threadCount?: number;
}

/** The result of a trial. */
export interface TrialOutcome {
  /** The metric of each query. */
  readonly values: Float64Array;
  readonly fitMs: number;
  readonly rankMs: number;
}

/** The messages that the process sends. */
export type TuneTrialMessage =
  | { readonly kind: 'progress'; readonly done: number; readonly total: number }
  | { readonly kind: 'report'; readonly report: FitProgress }
  | { readonly kind: 'done'; readonly outcome: TrialOutcome; readonly peakMemoryMiB: number }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string; readonly peakMemoryMiB: number };

const PROGRESS_EVERY_MS = 200;
const YIELD_EVERY_MS = 50;

const AS_ITS_PARENT = 0;

runAsChild<TuneTrialTask>(
  (task) =>
    runTrial(task)
      .then((outcome) => say<TuneTrialMessage>({ kind: 'done', outcome, peakMemoryMiB: peakMemoryMiB() }))
      .catch((error: unknown) => {
        return say<TuneTrialMessage>({ kind: 'failed', ...describeFailure(error), peakMemoryMiB: peakMemoryMiB() });
      }),
  AS_ITS_PARENT,
);

/** Highest resident memory of the process so far. */
function peakMemoryMiB(): number {
  return Math.round(process.resourceUsage().maxRSS / 1024);
}

type Checkpoint = (done: number, total: number) => Promise<void>;

async function runTrial(task: TuneTrialTask): Promise<TrialOutcome> {
  const dataset = await loadDataset(task.datasetFolder);
  const split = withoutTest(cutDataset(dataset, task.options));
  const { train, trainAsOf } = split.validation;
  const data: TrainingData = {
    userCount: dataset.users.ids.length,
    items: dataset.items,
    interactions: train,
    asOf: trainAsOf,
  };
  let saidAt = 0;
  let yieldedAt = 0;
  const checkpoint: Checkpoint = async (done, total) => {
    const now = performance.now();
    if (now - saidAt >= PROGRESS_EVERY_MS) {
      saidAt = now;
      void say<TuneTrialMessage>({ kind: 'progress', done, total });
    }
    if (now - yieldedAt >= YIELD_EVERY_MS) {
      yieldedAt = now;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const startedAt = performance.now();
  const fitted = await fitModel(task, data, split, checkpoint, dataset);
  const fitMs = Math.round(fitted.fitMs ?? performance.now() - startedAt);
  const rankedFrom = performance.now();
  const values = await measureTrial(fitted.model, split.validation, {
    metric: task.metric,
    itemCount: data.items.vocabulary.ids.length,
    recallOver: split.recallOver,
    checkpoint,
  });
  return { values, fitMs, rankMs: Math.round(performance.now() - rankedFrom) };
}

/** Fits the model. For generations, `fitMs` includes the time that cached stages took when they were fitted. */
async function fitModel(
  { model: name, config, options, snapshotFile, threadCount, home }: TuneTrialTask,
  data: TrainingData,
  split: ValidationSplit,
  checkpoint: Checkpoint,
  dataset: Parameters<typeof openStageCache>[1],
): Promise<{ readonly model: RetrievalModel; readonly fitMs?: number }> {
  // The same random stream as in `matinee evaluate` and `matinee train --model`.
  const random = createRandom(options.seed);
  const context = {
    checkpoint,
    now: () => performance.now(),
    onProgress: (report: FitProgress) => void say<TuneTrialMessage>({ kind: 'report', report }),
    ...defined({ threadCount }),
  };
  if (!isGeneration(name)) {
    const snapshots = openSnapshotFile(snapshotFile);
    return {
      model: await findModelFamily(name).fit(data, config, { ...context, random: random.fork(name), snapshots }),
    };
  }
  let fitMs = 0;
  const { model } = await fitGeneration(name, data, resolveGeneration(name, {}, config), {
    ...context,
    random,
    stage: (_, work) => work({ checkpoint, summary: () => undefined }),
    // Stages that trials share are fitted once.
    stageCache: await openStageCache(openWorkspace(home), dataset, stageCacheOptions(options, split, 'validation')),
    onStageCost(_, { ms }) {
      fitMs += ms;
    },
  });
  return { model, fitMs };
}

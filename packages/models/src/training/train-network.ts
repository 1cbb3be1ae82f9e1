import { MatineeError } from '@matinee/numerics';
import {
  assignParameterValues,
  copyParameterValues,
  encodeCheckpoint,
  type ParameterState,
  restoreCheckpoint,
  runTrainingLoop,
  type ScheduleConfig,
  type TrainingBatch,
} from '@matinee/numerics/engine';
import type { FitContext, FitProgress } from './fit-context.ts';
import { type Best, decodeSnapshot, encodeSnapshot } from './training-snapshot.ts';

/** What {@link trainNetwork} needs to know of a network. */
export interface NetworkTraining {
  readonly state: ParameterState;
  readonly schedule: ScheduleConfig;
  readonly maxEpochs: number;
  /** Epochs without a better validation after which training ends. */
  readonly patience: number;
  /** Real tokens or examples of an epoch, about: for progress only. */
  readonly tokensPerEpoch: number;
  /** The batches of epoch `epoch` (from 1), a function of that number alone, so that a resumed run repeats them. */
  drawEpoch(epoch: number): Iterable<TrainingBatch> | AsyncIterable<TrainingBatch>;
  /** Quality of the present parameters on what was held out, higher is better. Absent: the last epoch is the best. */
  readonly validate?: (() => Promise<number>) | undefined;
}

/** How a network's training went. */
export interface TrainingOutcome {
  /** The epoch whose parameters were kept, from 1. */
  readonly bestEpoch: number;
  /** Epochs trained. */
  readonly epochCount: number;
  /** Validation of each epoch; empty without validation. */
  readonly validations: readonly number[];
}

/**
 * Trains a network epoch by epoch, validates after each, stops when `patience` epochs bring nothing better, and leaves
 * the parameters of the best epoch in `state`.
 *
 * After every epoch all that a later run needs is written to `context.snapshots`; a run that finds a snapshot goes on
 * from it and ends with the same bits as one that was never stopped. Cancelling loses the epoch under way, no more.
 *
 * @throws {MatineeError} `CANCELLED` through `context.checkpoint`; `DIVERGED` when the loss is no number.
 */
export async function trainNetwork(training: NetworkTraining, context: FitContext): Promise<TrainingOutcome> {
  const { state, maxEpochs, patience, tokensPerEpoch } = training;
  const saved = await context.snapshots?.read();
  const resumed = saved && resume(state, saved);
  const validations: number[] = [...(resumed?.validations ?? [])];
  let epoch = resumed?.epoch ?? 0;
  let best: Best = resumed?.best ?? { epoch: 0, validation: Number.NEGATIVE_INFINITY, values: undefined };

  while (epoch < maxEpochs && (best.epoch === 0 || epoch - best.epoch < patience)) {
    epoch++;
    const report = await trainEpoch(training, epoch, context, best);
    const validation = await training.validate?.();
    if (validation === undefined) {
      best = { epoch, validation: Number.NaN, values: undefined };
    } else {
      validations.push(validation);
      if (validation > best.validation) best = { epoch, validation, values: copyParameterValues(state) };
    }
    await context.snapshots?.write(encodeSnapshot({ epoch, validations, best, checkpoint: encodeCheckpoint(state) }));
    // Told last: an epoch that was reported will not be trained again.
    if (validation !== undefined) {
      context.onProgress?.({ ...report, validation, bestEpoch: best.epoch, bestValidation: best.validation });
    }
  }
  if (best.values) assignParameterValues(state, best.values);
  await context.checkpoint(tokensPerEpoch * maxEpochs, tokensPerEpoch * maxEpochs);
  return { bestEpoch: best.epoch, epochCount: epoch, validations };
}

async function trainEpoch(
  training: NetworkTraining,
  epoch: number,
  context: FitContext,
  best: Best,
): Promise<FitProgress> {
  const { maxEpochs, tokensPerEpoch, schedule, state } = training;
  const now = context.now ?? ((): number => 0);
  const before = (epoch - 1) * tokensPerEpoch;
  let done = 0;
  /** Lets the event loop run, and the user stop, before every step. */
  async function* interruptible(): AsyncGenerator<TrainingBatch> {
    for await (const batch of training.drawEpoch(epoch)) {
      await context.checkpoint(Math.min(before + done, epoch * tokensPerEpoch), maxEpochs * tokensPerEpoch);
      yield batch;
      done += batch.tokenCount;
    }
  }
  const reportOf = (progress: Parameters<NonNullable<Parameters<typeof runTrainingLoop>[0]['onProgress']>>[0]) => ({
    epoch,
    maxEpochs,
    step: progress.step,
    loss: progress.meanLoss,
    learningRate: progress.learningRate,
    tokensPerSecond: progress.tokensPerSecond,
    secondsLeft: Math.max(0, maxEpochs * tokensPerEpoch - before - progress.tokenCount) / progress.tokensPerSecond,
    ...(best.epoch > 0 ? { bestEpoch: best.epoch, bestValidation: best.validation } : {}),
  });
  const { progress } = await runTrainingLoop({
    state,
    batches: interruptible(),
    schedule,
    now,
    onProgress: (each) => context.onProgress?.(reportOf(each)),
  });
  if (!progress) throw new MatineeError('EMPTY_EPOCH', 'there were no batches to train on');
  return reportOf(progress);
}

/** Puts a snapshot into the state. One that does not fit (of other code, damaged) is as good as none. */
function resume(state: ParameterState, bytes: Uint8Array): ReturnType<typeof decodeSnapshot> {
  const snapshot = decodeSnapshot(bytes);
  if (snapshot === undefined) return undefined;
  try {
    restoreCheckpoint(state, snapshot.checkpoint);
    return snapshot;
  } catch (error) {
    if (error instanceof MatineeError) return undefined;
    throw error;
  }
}

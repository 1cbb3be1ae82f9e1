import { MatineeError } from '../error.ts';
import type { ParameterState } from './parameters.ts';
import { learningRateAt, type ScheduleConfig } from './schedule.ts';
import type { Feeds } from './session.ts';
import type { TrainStep } from './train-step.ts';

/** One batch, with the step compiled for its shape. */
export interface TrainingBatch {
  readonly step: Pick<TrainStep, 'run'>;
  readonly feeds: Feeds;
  /** Number of real (unpadded) tokens or rows: the unit of throughput and the batch's weight in the mean loss. */
  readonly tokenCount: number;
}

/** Progress of a training run. */
export interface TrainingProgress {
  /** Number of optimiser steps since the model was initialised. */
  readonly step: number;
  /** Loss of the last batch. */
  readonly loss: number;
  /** Token-weighted mean loss since {@link runTrainingLoop} was called. */
  readonly meanLoss: number;
  readonly gradientNorm: number;
  readonly learningRate: number;
  readonly tokenCount: number;
  readonly tokensPerSecond: number;
}

/** Inputs of {@link runTrainingLoop}. */
export interface TrainingLoopConfig {
  readonly state: ParameterState;
  readonly batches: Iterable<TrainingBatch> | AsyncIterable<TrainingBatch>;
  readonly schedule: ScheduleConfig;
  /** Current time in milliseconds from any fixed origin, such as `performance.now`. */
  readonly now: () => number;
  /** Checked between steps. An `AbortSignal` can be passed. */
  readonly signal?: { readonly aborted: boolean };
  readonly onProgress?: (progress: TrainingProgress) => void;
  /** Steps between two calls of `onProgress`. Default 10. The last step is always reported. */
  readonly progressInterval?: number;
}

/**
 * Takes one optimiser step per batch, usually for one epoch.
 *
 * @returns The last progress (undefined when aborted before the first step), and whether `signal` ended the loop early.
 * The state is then that of the last complete step, ready for a checkpoint.
 * @throws {MatineeError} `DIVERGED` when a loss is not finite, naming the step; `EMPTY_EPOCH` without batches.
 */
export async function runTrainingLoop(
  config: TrainingLoopConfig,
): Promise<{ progress: TrainingProgress | undefined; aborted: boolean }> {
  const { state, schedule, now, signal, onProgress, progressInterval = 10 } = config;
  const startedAt = now();
  let tokenCount = 0;
  let lossSum = 0;
  let stepCount = 0;
  let progress: TrainingProgress | undefined;
  let aborted = false;
  for await (const { step, feeds, tokenCount: batchTokens } of config.batches) {
    if (signal?.aborted) {
      aborted = true;
      break;
    }
    const learningRate = learningRateAt(schedule, state.step + 1);
    const { loss, gradientNorm } = await step.run(feeds, learningRate);
    if (!Number.isFinite(loss)) {
      throw new MatineeError('DIVERGED', `loss is ${loss} at step ${state.step}: lower the learning rate or clip`);
    }
    stepCount++;
    tokenCount += batchTokens;
    lossSum += loss * batchTokens;
    progress = {
      step: state.step,
      loss,
      meanLoss: lossSum / tokenCount,
      gradientNorm,
      learningRate,
      tokenCount,
      tokensPerSecond: (tokenCount * 1000) / Math.max(1e-6, now() - startedAt),
    };
    if (stepCount % progressInterval === 0) onProgress?.(progress);
  }
  if (!progress && !aborted) throw new MatineeError('EMPTY_EPOCH', 'there were no batches to train on');
  if (progress && stepCount % progressInterval !== 0) onProgress?.(progress);
  return { progress, aborted };
}

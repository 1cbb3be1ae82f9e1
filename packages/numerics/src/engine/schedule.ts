import { MatineeError } from '../error.ts';

/** Learning rate as a function of the step. */
export interface ScheduleConfig {
  /** The highest rate, reached after warm-up. */
  readonly learningRate: number;
  /** Steps over which the rate rises linearly from 0. Default 0. */
  readonly warmupSteps?: number;
  /** How the rate falls after warm-up: not at all (default), linearly, or along half a cosine. */
  readonly decay?: 'none' | 'linear' | 'cosine';
  /** Step at which the decay ends; required with a decay. */
  readonly totalSteps?: number;
  /** Rate at and after the end of the decay, as a share of `learningRate`. Default 0. */
  readonly finalShare?: number;
}

/**
 * Returns the learning rate for `step`; the first step is 1.
 *
 * @throws {MatineeError} `BAD_SCHEDULE` when a decay has no `totalSteps` above `warmupSteps`.
 */
export function learningRateAt(config: ScheduleConfig, step: number): number {
  const { learningRate, warmupSteps = 0, decay = 'none', totalSteps = 0, finalShare = 0 } = config;
  if (step <= warmupSteps) return (learningRate * step) / warmupSteps;
  if (decay === 'none') return learningRate;
  if (totalSteps <= warmupSteps) {
    throw new MatineeError('BAD_SCHEDULE', `decay '${decay}' needs totalSteps above ${warmupSteps}; got ${totalSteps}`);
  }
  const progress = Math.min(1, (step - warmupSteps) / (totalSteps - warmupSteps));
  const remaining = decay === 'linear' ? 1 - progress : (1 + Math.cos(Math.PI * progress)) / 2;
  return learningRate * (finalShare + (1 - finalShare) * remaining);
}

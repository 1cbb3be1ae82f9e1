import type { TrainingEvent, TrainingProgress } from '@matinee/contract';
import { defined } from '@matinee/numerics';

/** What a training tells of itself. */
export interface GenerationProgress extends TrainingProgress {
  /** `done` and `failed` end the training of that generation; absent = `running`. */
  readonly status?: TrainingEvent['status'];
  readonly message?: string;
}

export interface TrainingMonitor {
  /** May be called as often as the training likes: a few a second are passed on, and every change of stage. */
  report(progress: GenerationProgress): void;
  /** Undefined while nothing is being trained. */
  current(): TrainingProgress | undefined;
}

const PASSED_ON_EVERY_MS = 250;

/** @param publish Takes what is passed on. */
export function createTrainingMonitor(clock: () => number, publish: (event: TrainingEvent) => void): TrainingMonitor {
  let current: TrainingProgress | undefined;
  let passedOnAt = Number.NEGATIVE_INFINITY;
  return {
    report({ generation, stage, done, total, status = 'running', message }) {
      const isChange =
        status !== 'running' || current?.generation !== generation || current.stage !== stage || done === total;
      current = status === 'running' ? { generation, stage, done, total } : undefined;
      if (!isChange && clock() - passedOnAt < PASSED_ON_EVERY_MS) return;
      passedOnAt = clock();
      publish({ generation, stage, done, total, status, ...defined({ message }) });
    },
    current: () => current,
  };
}

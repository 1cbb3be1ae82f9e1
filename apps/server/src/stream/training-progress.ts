import type { StatusResponse, TrainingEvent, TrainingProgress } from '@matinee/contract';
import { defined } from '@matinee/numerics';

/** Progress that a training reports. */
export interface GenerationProgress extends TrainingProgress {
  /** `done` and `failed` end the training of that generation; absent = `running`. */
  readonly status?: TrainingEvent['status'];
  readonly message?: string;
  /** Whether the generation that is done takes over. Not published: the message says it in words. */
  readonly takeover?: Omit<Takeover, 'at' | 'generation'>;
}

type Takeover = StatusResponse['takeovers'][number];

export interface TrainingMonitor {
  /** May be called often: at most four reports per second are published, and every change of stage. */
  report(progress: GenerationProgress): void;
  /** Undefined while nothing is being trained. */
  current(): TrainingProgress | undefined;
  /** Of each generation that was trained, whether it took over: the latest. */
  takeovers(): readonly Takeover[];
  /** The latest failure, until a training succeeds. */
  failure(): TrainingFailure | undefined;
}

interface TrainingFailure {
  readonly generation: string;
  readonly message: string;
  /** Milliseconds since 1970. */
  readonly atMs: number;
}

const PUBLISH_EVERY_MS = 250;

/** @param publish Receives the published reports. */
export function createTrainingMonitor(clock: () => number, publish: (event: TrainingEvent) => void): TrainingMonitor {
  let current: TrainingProgress | undefined;
  let failure: TrainingFailure | undefined;
  const takeovers = new Map<string, Takeover>();
  let publishedAt = Number.NEGATIVE_INFINITY;
  return {
    report({ generation, stage, done, total, status = 'running', message, takeover }) {
      const isChange =
        status !== 'running' || current?.generation !== generation || current.stage !== stage || done === total;
      current = status === 'running' ? { generation, stage, done, total } : undefined;
      if (status === 'failed') failure = { generation, message: message ?? '', atMs: clock() };
      if (status === 'done') failure = undefined;
      if (takeover) takeovers.set(generation, { generation, ...takeover, at: new Date(clock()).toISOString() });
      if (!isChange && clock() - publishedAt < PUBLISH_EVERY_MS) return;
      publishedAt = clock();
      publish({ generation, stage, done, total, status, ...defined({ message }) });
    },
    current: () => current,
    takeovers: () => [...takeovers.values()],
    failure: () => failure,
  };
}

/** What the processes that train share: their behaviour, and how those beside a server report progress. */
import type { GenerationName } from '@matinee/models/generations';
import { describeFailure } from '../terminal/describe-failure.ts';
import type { Progress } from '../terminal/progress.ts';
import { lowerPriority } from './lower-priority.ts';
import type { Heartbeat } from './start-child.ts';

export interface ProgressMessage {
  readonly kind: 'progress';
  readonly generation: GenerationName;
  readonly stage: string;
  readonly done: number;
  readonly total: number;
  readonly message?: string;
}

const SEND_EVERY_MS = 200;
const HEARTBEAT_EVERY_MS = 10_000;
const YIELD_EVERY_MS = 50;
/** The niceness of a process that trains beside a server, which serves people: it gets what they leave over. */
export const BESIDE_A_SERVER = 19;
/** What a shell reports for a process that a SIGTERM ended. 0 would say that the task is done. */
const TERMINATED = 143;

/**
 * Takes the first message as the task, runs it and ends the process.
 *
 * @param niceness Of the process, from 0 (as its parent) to 19.
 */
export function runAsChild<Task>(work: (task: Task) => Promise<void>, niceness: number): void {
  process.once('message', (task: Task) => {
    // Ctrl-C reaches every process of the terminal; the parent process decides what follows.
    process.on('SIGINT', () => undefined);
    process.on('SIGTERM', () => process.exit(TERMINATED));
    process.on('disconnect', () => process.exit(0));
    lowerPriority(niceness);
    setInterval(() => process.send?.({ kind: 'heartbeat' } satisfies Heartbeat), HEARTBEAT_EVERY_MS).unref();
    work(task).then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`matinee: ${describeFailure(error).message}\n`);
        process.exit(1);
      },
    );
  });
}

/** Resolves once the message is sent: it is lost when the process ends earlier. */
export function say<Message extends object>(message: Message): Promise<void> {
  return new Promise((resolve) => process.send?.(message, undefined, {}, () => resolve()));
}

/** Progress that is sent to the parent process. */
export function sayProgress(generation: GenerationName): Progress {
  const tell = (message: Omit<ProgressMessage, 'kind' | 'generation'>): void =>
    void say<ProgressMessage>({ kind: 'progress', generation, ...message });
  let stage = '';
  return {
    note: (message) => tell({ stage, done: 0, total: 0, message: message.trim() }),
    async stage(name, work) {
      stage = name;
      let saidAt = 0;
      let yieldedAt = 0;
      const update = (done: number, total: number): void => {
        const now = performance.now();
        if (now - saidAt < SEND_EVERY_MS) return;
        saidAt = now;
        tell({ stage: name, done, total });
      };
      update(0, 0);
      return work({
        update,
        summary: () => undefined,
        async checkpoint(done, total) {
          update(done, total);
          const now = performance.now();
          if (now - yieldedAt < YIELD_EVERY_MS) return;
          yieldedAt = now;
          await new Promise((resolve) => setImmediate(resolve));
        },
      });
    },
  };
}

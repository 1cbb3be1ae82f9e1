/** What the processes have in common that train beside a server: how they behave, and how they tell how far they are. */
import os from 'node:os';
import type { GenerationName } from '@matinee/models/generations';
import type { Progress } from '../terminal/progress.ts';

export interface ProgressMessage {
  readonly kind: 'progress';
  readonly generation: GenerationName;
  readonly stage: string;
  readonly done: number;
  readonly total: number;
  readonly message?: string;
}

const SAY_EVERY_MS = 200;
const YIELD_EVERY_MS = 50;
/** Behind the server, which answers people. */
const PRIORITY = 10;

/** Takes the first message as the task, does it, and ends. */
export function runAsChild<Task>(work: (task: Task) => Promise<void>): void {
  process.once('message', (task: Task) => {
    // Ctrl-C reaches every process of the terminal; what to do about it is decided by the one that started this.
    process.on('SIGINT', () => undefined);
    process.on('SIGTERM', () => process.exit(0));
    process.on('disconnect', () => process.exit(0));
    os.setPriority(PRIORITY);
    void work(task).finally(() => process.exit(0));
  });
}

/** Settles once the message is on its way: a process that ends before takes it along. */
export function say<Message extends object>(message: Message): Promise<void> {
  return new Promise((resolve) => process.send?.(message, undefined, {}, () => resolve()));
}

/** Progress that is told to the process that started this one. */
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
        if (now - saidAt < SAY_EVERY_MS) return;
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

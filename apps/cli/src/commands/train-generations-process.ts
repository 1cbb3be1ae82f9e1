/**
 * The process that `matinee start` trains further generations in: training takes whole cores and gigabytes, and the
 * server must have neither taken from it. Its memory goes back to the system when it ends.
 */
import os from 'node:os';
import path from 'node:path';
import { loadDataset } from '@matinee/adapters/duckdb';
import { type GenerationName, presetOf } from '@matinee/models';
import { MatineeError } from '@matinee/numerics';
import type { Progress } from '../terminal/progress.ts';
import { openWorkspace } from '../workspace.ts';
import { trainRelease } from './train-release.ts';

/** What the process is given as its first message. */
export interface GenerationsTask {
  readonly home: string;
  readonly datasetName: string;
  readonly generations: readonly GenerationName[];
  readonly seed: number;
}

/** What the process says. */
export type GenerationsMessage =
  | {
      readonly kind: 'progress';
      readonly generation: GenerationName;
      readonly stage: string;
      readonly done: number;
      readonly total: number;
      readonly message?: string;
    }
  | { readonly kind: 'release'; readonly generation: GenerationName; readonly version: string }
  | {
      readonly kind: 'failed';
      readonly generation: GenerationName;
      readonly code: string;
      readonly message: string;
    };

const SAY_EVERY_MS = 200;
const YIELD_EVERY_MS = 50;
/** Behind the server, which answers people. */
const PRIORITY = 10;

process.once('message', (task: GenerationsTask) => {
  // Ctrl-C reaches every process of the terminal; what to do about it is decided by the one that started this.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => process.exit(0));
  process.on('disconnect', () => process.exit(0));
  os.setPriority(PRIORITY);
  void trainAll(task).finally(() => process.exit(0));
});

async function trainAll({ home, datasetName, generations, seed }: GenerationsTask): Promise<void> {
  const workspace = openWorkspace(home);
  for (const generation of generations) {
    try {
      const dataset = await loadDataset(path.join(workspace.datasets, datasetName));
      const { version } = await trainRelease({
        dataset,
        workspace,
        progress: progressOf(generation),
        seed,
        config: { generation, overrides: presetOf(generation, dataset.events.count) },
        makeCurrent: false,
      });
      await say({ kind: 'release', generation, version });
    } catch (error) {
      const { message } = error instanceof Error ? error : new Error(String(error));
      const code = error instanceof MatineeError ? error.code : 'UNEXPECTED';
      await say({ kind: 'failed', generation, code, message });
      return;
    }
  }
}

/** Settles once the message is on its way: a process that ends before takes it along. */
function say(message: GenerationsMessage): Promise<void> {
  return new Promise((resolve) => process.send?.(message, undefined, {}, () => resolve()));
}

function progressOf(generation: GenerationName): Progress {
  let stage = '';
  return {
    note: (message) => void say({ kind: 'progress', generation, stage, done: 0, total: 0, message: message.trim() }),
    async stage(name, work) {
      stage = name;
      let saidAt = 0;
      let yieldedAt = 0;
      const update = (done: number, total: number): void => {
        const now = performance.now();
        if (now - saidAt < SAY_EVERY_MS) return;
        saidAt = now;
        void say({ kind: 'progress', generation, stage: name, done, total });
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

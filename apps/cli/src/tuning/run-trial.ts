import { fork } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { MatineeError } from '@matinee/numerics';
import type { Progress } from '../terminal/progress.ts';
import { describeEpoch } from '../training/describe-epoch.ts';
import type { TrialOutcome, TuneTrialMessage, TuneTrialTask } from './tune-trial-process.ts';

/** The outcome of a trial that succeeded or failed. */
export type TrialEnd =
  | { readonly status: 'done'; readonly outcome: TrialOutcome; readonly peakMemoryMiB: number }
  | {
      readonly status: 'failed';
      readonly error: { readonly code: string; readonly message: string };
      /** Absent when the process ended without a message. */
      readonly peakMemoryMiB?: number;
    };

interface Surroundings {
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Updates the stage that the trial runs as. */
  update(done: number, total: number): void;
}

/**
 * Runs one trial in a process of its own.
 *
 * @throws {MatineeError} `CANCELLED` on Ctrl-C. The trial is not recorded; that of a network continues after its last
 *   epoch next time.
 */
export function runTrial(task: TuneTrialTask, { progress, signal, update }: Surroundings): Promise<TrialEnd> {
  // The extension is .ts from source and .js from the build.
  const ending = path.extname(new URL(import.meta.url).pathname);
  const child = fork(fileURLToPath(new URL(`./tune-trial-process${ending}`, import.meta.url)), {
    serialization: 'advanced',
  });
  const cancel = (): void => {
    if (child.connected) child.send('cancel');
  };
  signal.addEventListener('abort', cancel);
  return new Promise<TrialEnd>((resolve, reject) => {
    const end = (result: TrialEnd): void => {
      if (signal.aborted && result.status === 'failed') reject(new MatineeError('CANCELLED', 'stopped during a trial'));
      else resolve(result);
    };
    child.on('message', (message: TuneTrialMessage) => {
      switch (message.kind) {
        case 'progress':
          return update(message.done, message.total);
        case 'report':
          if (message.report.validation !== undefined) progress.note(describeEpoch(message.report));
          return;
        case 'done':
          return end({ status: 'done', outcome: message.outcome, peakMemoryMiB: message.peakMemoryMiB });
        case 'failed': {
          const { code, message: text, peakMemoryMiB } = message;
          end({ status: 'failed', error: { code, message: text }, peakMemoryMiB });
        }
      }
    });
    child.on('error', reject);
    child.on('exit', (code, killedBy) =>
      end({
        status: 'failed',
        error: { code: 'TRIAL_ENDED', message: `the trial's process ended with ${killedBy ?? code}` },
      }),
    );
    child.send(task);
  }).finally(() => signal.removeEventListener('abort', cancel));
}

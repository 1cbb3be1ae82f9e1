import { fork } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { MatineeError } from '@matinee/numerics';
import type { Progress } from '../terminal/progress.ts';
import { describeEpoch } from '../training/describe-epoch.ts';
import type { TrialOutcome, TuneTrialMessage, TuneTrialTask } from './tune-trial-process.ts';

/** How a trial ended, one way or the other. */
export type TrialEnd =
  | { readonly status: 'done'; readonly outcome: TrialOutcome; readonly peakMemoryMiB: number }
  | {
      readonly status: 'failed';
      readonly error: { readonly code: string; readonly message: string };
      /** Absent where the process died without a word. */
      readonly peakMemoryMiB?: number;
    };

interface Surroundings {
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Of the stage that the trial runs as. */
  update(done: number, total: number): void;
}

/**
 * Runs one trial in a process of its own.
 *
 * @throws {MatineeError} `CANCELLED` on Ctrl-C: the trial is none, and a network's goes on from its last epoch next time.
 */
export function runTrial(task: TuneTrialTask, { progress, signal, update }: Surroundings): Promise<TrialEnd> {
  // The same file from source and from the build.
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

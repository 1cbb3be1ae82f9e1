import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { MatineeError } from '@matinee/numerics';
import type { Progress } from '../terminal/progress.ts';
import { describeEpoch } from '../training/describe-epoch.ts';
import { PATIENT_LIMITS, runChild } from '../training/start-child.ts';
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
export async function runTrial(task: TuneTrialTask, { progress, signal, update }: Surroundings): Promise<TrialEnd> {
  // The extension is .ts from source and .js from the build.
  const ending = path.extname(new URL(import.meta.url).pathname);
  const file = fileURLToPath(new URL(`./tune-trial-process${ending}`, import.meta.url));
  let end: TrialEnd | undefined;
  const onMessage = (message: TuneTrialMessage): void => {
    switch (message.kind) {
      case 'progress':
        update(message.done, message.total);
        return;
      case 'report':
        if (message.report.validation !== undefined) progress.note(describeEpoch(message.report));
        return;
      case 'done':
        end = { status: 'done', outcome: message.outcome, peakMemoryMiB: message.peakMemoryMiB };
        return;
      case 'failed': {
        const { code, message: text, peakMemoryMiB } = message;
        end = { status: 'failed', error: { code, message: text }, peakMemoryMiB };
      }
    }
  };
  const failure = await runChild({ file, task, onMessage, signal, serialization: 'advanced', limits: PATIENT_LIMITS });
  if (end?.status === 'done') return end;
  if (signal.aborted) throw new MatineeError('CANCELLED', 'stopped during a trial');
  const message = failure?.message ?? 'the process of the trial ended without a result';
  return end ?? { status: 'failed', error: { code: 'TRIAL_ENDED', message } };
}

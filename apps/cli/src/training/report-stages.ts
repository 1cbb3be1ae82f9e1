import { sha256 } from '@matinee/adapters/files';
import type { TrainReleaseContext } from '@matinee/models/release';
import type { Progress } from '../terminal/progress.ts';
import { describeEpoch } from './describe-epoch.ts';

/** The end of one epoch of a network. */
export interface EpochEnd {
  readonly epoch: number;
  /** Mean of the epoch. */
  readonly loss: number;
  /** Quality on what the fit held out for itself, higher is better. */
  readonly validation: number;
}

/**
 * Returns the context of a training or refresh that shows every stage, lets Ctrl-C interrupt it and records its time.
 *
 * @param timings Filled with milliseconds by stage.
 * @param curves Filled with the epochs of each stage that trains a network in this run.
 */
export function reportStages(
  progress: Progress,
  timings: Record<string, number>,
  curves: Record<string, EpochEnd[]> = {},
): Pick<TrainReleaseContext, 'digest' | 'checkpoint' | 'now' | 'onProgress' | 'stage'> {
  let current = '';
  return {
    digest: sha256,
    checkpoint: () => Promise.resolve(),
    now: () => performance.now(),
    onProgress(report) {
      const { epoch, loss, validation } = report;
      if (validation === undefined) return;
      progress.note(describeEpoch(report));
      curves[current] = [...(curves[current] ?? []), { epoch, loss, validation }];
    },
    stage: (name, work) =>
      progress.stage(name, async (stage) => {
        await stage.checkpoint(0, 0); // a short fit checks for Ctrl-C nowhere else
        current = name;
        const startedAt = performance.now();
        const result = await work(stage);
        timings[name] = Math.round(performance.now() - startedAt);
        return result;
      }),
  };
}

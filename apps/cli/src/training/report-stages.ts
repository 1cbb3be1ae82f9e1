import { sha256 } from '@matinee/adapters/files';
import type { TrainReleaseContext } from '@matinee/models/release';
import type { Progress } from '../terminal/progress.ts';
import { describeEpoch } from './describe-epoch.ts';

/**
 * Returns the context of a training or refresh that shows every stage, lets Ctrl-C interrupt it and records its time.
 *
 * @param timings Filled with milliseconds by stage.
 */
export function reportStages(
  progress: Progress,
  timings: Record<string, number>,
): Pick<TrainReleaseContext, 'digest' | 'checkpoint' | 'now' | 'onProgress' | 'stage'> {
  return {
    digest: sha256,
    checkpoint: () => Promise.resolve(),
    now: () => performance.now(),
    onProgress(report) {
      if (report.validation !== undefined) progress.note(describeEpoch(report));
    },
    stage: (name, work) =>
      progress.stage(name, async (stage) => {
        await stage.checkpoint(0, 0); // a short fit checks for Ctrl-C nowhere else
        const startedAt = performance.now();
        const result = await work(stage);
        timings[name] = Math.round(performance.now() - startedAt);
        return result;
      }),
  };
}

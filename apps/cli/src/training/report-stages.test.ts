import { expect, it } from 'vitest';
import type { Progress } from '../terminal/progress.ts';
import { type EpochEnd, reportStages } from './report-stages.ts';

/** Runs stages and says nothing. */
const quiet = {
  note: () => undefined,
  stage: <T>(_: string, work: (stage: { checkpoint: () => Promise<void>; summary: () => void }) => Promise<T>) =>
    work({ checkpoint: () => Promise.resolve(), summary: () => undefined }),
} as unknown as Progress;

it('records the epochs of each stage, and nothing of reports within an epoch', async () => {
  const curves: Record<string, EpochEnd[]> = {};
  const { stage, onProgress } = reportStages(quiet, {}, curves);
  const report = (epoch: number, validation?: number) =>
    onProgress?.({
      epoch,
      maxEpochs: 3,
      step: 1,
      loss: 1 / epoch,
      learningRate: 0.1,
      tokensPerSecond: 1,
      secondsLeft: 1,
      ...(validation !== undefined && { validation }),
    });
  await stage('fit gru4rec', async () => {
    report(1);
    report(1, 0.1);
    report(2, 0.2);
  });
  await stage('fit sasrec', async () => report(1, 0.3));
  expect(curves).toEqual({
    'fit gru4rec': [
      { epoch: 1, loss: 1, validation: 0.1 },
      { epoch: 2, loss: 0.5, validation: 0.2 },
    ],
    'fit sasrec': [{ epoch: 1, loss: 1, validation: 0.3 }],
  });
});

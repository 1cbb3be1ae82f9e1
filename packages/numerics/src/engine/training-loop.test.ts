import { describe, expect, it } from 'vitest';
import { createParameters } from './parameters.ts';
import { buildTinyModel, drawTinyBatch } from './testing/tiny-model.ts';
import { createTrainStep } from './train-step.ts';
import { runTrainingLoop, type TrainingBatch, type TrainingProgress } from './training-loop.ts';

async function startRun() {
  const { graph, loss } = buildTinyModel(4, 5, true);
  const state = createParameters(graph, 3);
  const step = await createTrainStep({ graph, loss, state, session: { threadCount: 1 } });
  function* batches(count: number): Generator<TrainingBatch> {
    for (let index = 0; index < count; index++) yield { step, feeds: drawTinyBatch(4, 5, index), tokenCount: 20 };
  }
  // A clock that advances 100 ms each time it is read.
  let reads = 0;
  const now = (): number => 100 * reads++;
  return { state, batches, now };
}

describe('runTrainingLoop', () => {
  it('reports step, mean loss, learning rate and throughput at the interval and at the end', async () => {
    const { state, batches, now } = await startRun();
    const reports: TrainingProgress[] = [];
    const schedule = { learningRate: 0.01, warmupSteps: 10 };
    const { progress, aborted } = await runTrainingLoop({
      state,
      batches: batches(7),
      schedule,
      now,
      onProgress: (report) => reports.push(report),
      progressInterval: 3,
    });
    expect(aborted).toBe(false);
    expect(reports.map((report) => report.step)).toEqual([3, 6, 7]);
    expect(reports[0].learningRate).toBeCloseTo(0.003, 12);
    expect(progress?.tokenCount).toBe(140);
    expect(progress?.tokensPerSecond).toBeCloseTo(200, 9); // 20 tokens per 100 ms
    expect(progress).toEqual(reports[2]);
  });

  it('stops between steps when the signal aborts, and leaves a state that can be resumed', async () => {
    const { state, batches, now } = await startRun();
    const controller = new AbortController();
    const schedule = { learningRate: 0.01 };
    const { progress, aborted } = await runTrainingLoop({
      state,
      batches: batches(100),
      schedule,
      now,
      signal: controller.signal,
      onProgress: (report) => {
        if (report.step === 4) controller.abort();
      },
      progressInterval: 1,
    });
    expect(aborted).toBe(true);
    expect(progress?.step).toBe(4);
    const { progress: next } = await runTrainingLoop({ state, batches: batches(2), schedule, now });
    expect(next?.step).toBe(6);
  });

  it('throws EMPTY_EPOCH without batches and DIVERGED for a loss that is not finite', async () => {
    const { state, batches, now } = await startRun();
    const run = (learningRate: number, count: number) =>
      runTrainingLoop({ state, batches: batches(count), schedule: { learningRate }, now });
    await expect(run(0.01, 0)).rejects.toMatchObject({ code: 'EMPTY_EPOCH' });
    await expect(run(1e38, 20)).rejects.toMatchObject({ code: 'DIVERGED' });
  });
});

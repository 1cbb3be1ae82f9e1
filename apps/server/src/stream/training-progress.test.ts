import type { TrainingEvent } from '@matinee/contract';
import { expect, it } from 'vitest';
import { createTrainingMonitor } from './training-progress.ts';

it('passes on a few reports a second, and every change of stage, end of a stage and end of the training', () => {
  let now = 0;
  const events: TrainingEvent[] = [];
  const training = createTrainingMonitor(
    () => now,
    (event) => events.push(event),
  );
  expect(training.current()).toBeUndefined();
  for (let done = 0; done <= 1000; done++) {
    training.report({ generation: 'v2', stage: 'fit ease', done, total: 1000 });
    now++;
  }
  expect(events.map(({ done }) => done)).toEqual([0, 250, 500, 750, 1000]);
  training.report({ generation: 'v2', stage: 'fit trees', done: 3, total: 0, message: '7 of 50 trees' });
  expect(events.at(-1)).toEqual({
    generation: 'v2',
    stage: 'fit trees',
    done: 3,
    total: 0,
    status: 'running',
    message: '7 of 50 trees',
  });
  expect(training.current()).toEqual({ generation: 'v2', stage: 'fit trees', done: 3, total: 0 });
  training.report({
    generation: 'v2',
    stage: 'fit trees',
    done: 50,
    total: 50,
    status: 'failed',
    message: 'disk full',
  });
  expect(events.at(-1)).toMatchObject({ status: 'failed', message: 'disk full' });
  expect(training.current()).toBeUndefined();
  expect(training.failure()).toEqual({ generation: 'v2', message: 'disk full', atMs: now });
  training.report({ generation: 'v2', stage: 'fit trees', done: 1, total: 50 });
  expect(training.failure()?.message).toBe('disk full');
  training.report({ generation: 'v2', stage: 'ready', done: 1, total: 1, status: 'done' });
  expect(training.failure()).toBeUndefined();
});

it('remembers whether a generation took over, and what that rests on', () => {
  const events: TrainingEvent[] = [];
  const training = createTrainingMonitor(
    () => 0,
    (event) => events.push(event),
  );
  const comparison = {
    ...{ against: 'v1', users: 79, queries: 602, earlier: 0.0745, later: 0.0907 },
    difference: { value: 0.0163, low: 0.005, high: 0.0283 },
  };
  const done = { stage: 'ready', done: 1, total: 1, status: 'done' } as const;
  training.report({ generation: 'v2', ...done, message: 'better', takeover: { takesOver: true, comparison } });
  training.report({ generation: 'v3', ...done, takeover: { takesOver: false } });
  const at = '1970-01-01T00:00:00.000Z';
  expect(training.takeovers()).toEqual([
    { generation: 'v2', takesOver: true, comparison, at },
    { generation: 'v3', takesOver: false, at },
  ]);
  expect(events[0]).toEqual({ generation: 'v2', ...done, message: 'better' });
});

import { describe, expect, it } from 'vitest';
import { createStageTimer } from './stage-timer.ts';

describe('createStageTimer', () => {
  it('measures a stage until its answer is there, in the order of running', async () => {
    let ms = 0;
    const timer = createStageTimer(() => ms);
    const answer = await timer.time('slow', async () => {
      await Promise.resolve();
      ms += 7;
      return 'found';
    });
    await timer.time('quick', () => (ms += 2));
    expect(answer).toBe('found');
    expect(Object.entries(timer.stagesMs())).toEqual([
      ['slow', 7],
      ['quick', 2],
    ]);
  });
});

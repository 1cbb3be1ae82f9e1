import { describe, expect, it } from 'vitest';
import { RECOMMEND_CONTEXT } from './recommend-context.ts';

const runningTimers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

describe('RECOMMEND_CONTEXT', () => {
  it('waits for the given time', async () => {
    const startedAt = performance.now();
    await RECOMMEND_CONTEXT.timeout(30).expired;
    // Timers have a resolution of one millisecond.
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(29);
  });

  it('leaves no timer running once the wait is called off', () => {
    const before = runningTimers();
    const { cancel } = RECOMMEND_CONTEXT.timeout(60_000);
    expect(runningTimers()).toBe(before + 1);
    cancel();
    expect(runningTimers()).toBe(before);
    expect(cancel).not.toThrow();
  });
});

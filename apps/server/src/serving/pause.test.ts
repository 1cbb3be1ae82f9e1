import { describe, expect, it } from 'vitest';
import { createPause } from './pause.ts';

describe('createPause', () => {
  it('lets the event loop turn once the thread was held for some milliseconds, and not before', async () => {
    let nowMs = 0;
    let loopCount = 0;
    const pause = createPause(() => nowMs);
    const turned = async (): Promise<boolean> => {
      const before = loopCount;
      setImmediate(() => loopCount++);
      await pause();
      return loopCount > before;
    };
    expect(await turned()).toBe(true);
    nowMs += 1;
    expect(await turned()).toBe(false);
    nowMs += 10;
    expect(await turned()).toBe(true);
  });
});

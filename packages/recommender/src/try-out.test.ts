import { describe, expect, it } from 'vitest';
import { createEngine } from './engine/engine.ts';
import { createSmallWorld } from './testing/small-world.ts';
import { tryOut } from './try-out.ts';

describe('tryOut', () => {
  it('pauses between all of its requests and reasons, so that no client waits for the whole trial', async () => {
    const { dataset, release } = await createSmallWorld();
    let callCount = 0;
    let longest = 0;
    // Each call of a model is a step; several between two pauses hold the thread together.
    const sources = release.sources.map((source) => ({
      ...source,
      model: {
        ...source.model,
        retrieve: (...query: Parameters<typeof source.model.retrieve>) => {
          callCount++;
          return source.model.retrieve(...query);
        },
      },
    }));
    const engine = createEngine(dataset, { ...release, sources });
    await tryOut(
      engine,
      release.trainedAsOf,
      {
        now: () => 0,
        deadlineMs: 10_000,
        timeout: () => ({ expired: new Promise(() => undefined), cancel: () => undefined }),
      },
      async () => {
        longest = Math.max(longest, callCount);
        callCount = 0;
      },
    );
    // The rows of a page ask some sources again, each for its own items.
    expect(longest).toBeGreaterThan(0);
    expect(longest).toBeLessThan(sources.length);
  });
});

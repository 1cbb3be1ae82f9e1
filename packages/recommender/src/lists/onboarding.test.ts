import { beforeAll, describe, expect, it } from 'vitest';
import { createEngine, type Engine } from '../engine/engine.ts';
import { EMPTY_FEEDBACK } from '../log/feedback-state.ts';
import type { RecommendContext } from '../request/recommend-context.ts';
import { createSmallWorld } from '../testing/small-world.ts';
import { titlesToAskAbout } from './onboarding.ts';

const context: RecommendContext = {
  now: () => 0,
  deadlineMs: 200,
  timeout: () => ({ expired: new Promise<void>(() => undefined), cancel: () => undefined }),
};

describe('titlesToAskAbout', () => {
  let engine: Engine;
  beforeAll(async () => {
    const { dataset, release } = await createSmallWorld();
    engine = createEngine(dataset, release);
  });
  const ask = async (exclude: readonly number[] = []): Promise<readonly number[]> => {
    const input = { userIndex: -1, feedback: EMPTY_FEEDBACK, asOf: 1_600_000_000, rules: { exclude } };
    return (await titlesToAskAbout(engine, input, 12, context)).titles;
  };

  it('asks about well-known titles of all kinds', async () => {
    const titles = await ask();
    expect(new Set(titles).size).toBe(12);
    // Genre i % 6: each twice would be even.
    const counts = [0, 1, 2, 3, 4, 5].map((genre) => titles.filter((title) => title % 6 === genre).length);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...counts)).toBeLessThanOrEqual(3);
    const { interactionCounts } = engine.ratings;
    const sixtieth = [...interactionCounts].sort((a, b) => b - a)[59] as number;
    for (const title of titles) expect(interactionCounts[title]).toBeGreaterThanOrEqual(sixtieth);
  });

  it('asks about nothing that the rules keep out, and still about as many', async () => {
    const before = await ask();
    const after = await ask(before.slice(0, 6));
    expect(after).toHaveLength(12);
    for (const title of before.slice(0, 6)) expect(after).not.toContain(title);
  });
});

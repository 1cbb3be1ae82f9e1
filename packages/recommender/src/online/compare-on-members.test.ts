import type { Release } from '@matinee/models/release';
import { describe, expect, it } from 'vitest';
import { listWithin } from '../recommend.ts';
import { createSmallWorld } from '../testing/small-world.ts';
import { compareOnMembers, findHarm } from './compare-on-members.ts';
import { createLiveEngine } from './live-engine.ts';

const { dataset, release } = await createSmallWorld();
const listItems = listWithin({
  now: () => 0,
  deadlineMs: 1000,
  timeout: () => ({ expired: new Promise<void>(() => undefined), cancel: () => undefined }),
});
const PUSHED = 238;

/** Every source finds one title first. */
const pushing: Release = {
  ...release,
  version: 'pushing',
  sources: release.sources.map(({ model, ...source }) => ({
    ...source,
    model: {
      ...model,
      kind: `pushing-${model.kind}`,
      async retrieve(query, n, excluded) {
        const { itemIndices, scores } = await model.retrieve(query, n, excluded);
        const others = itemIndices.filter((item) => item !== PUSHED);
        return {
          itemIndices: Int32Array.of(PUSHED, ...others).slice(0, n),
          scores: Float32Array.of((scores[0] ?? 0) + 1, ...scores.subarray(0, others.length)).slice(0, n),
        };
      },
    },
  })),
};

const compare = (later: Release, isTrusted: (item: number) => boolean) =>
  compareOnMembers(createLiveEngine(dataset, release), createLiveEngine(dataset, later), {
    ...{ listItems, asOf: release.trainedAsOf + 1, isTrusted, checkpoint: () => Promise.resolve() },
  });

describe('compareOnMembers', () => {
  it('finds no change between a release and itself', async () => {
    const comparison = await compare(release, () => false);
    expect(comparison).toEqual({ members: 90, overlap: 1, widestEntry: 0 });
    expect(findHarm(comparison)).toEqual([]);
  });

  it('refuses a release that brings one title to everybody, unless members brought it there', async () => {
    const comparison = await compare(pushing, () => false);
    expect(comparison.widestEntry).toBe(1);
    expect(findHarm(comparison)).toEqual(['brings one title to 100 % of members, of 20 % at most']);
    expect((await compare(pushing, (item) => item === PUSHED)).widestEntry).toBeLessThanOrEqual(0.2);
  });

  it('refuses a release that leaves little of the lists as they were', () => {
    expect(findHarm({ members: 90, overlap: 0.3, widestEntry: 0 })).toEqual([
      "keeps 30 % of members' lists, of 50 % at least",
    ]);
  });
});

import { createRandom } from '@matinee/numerics';
import { describe, expect, it } from 'vitest';
import type { HeldOutUsers } from '../generations/measure-held-out.ts';
import { compareHeldOut, estimateHeldOut } from './compare-held-out.ts';

/** Users with a NDCG@10 of about .1 in each of four queries, the same ones for every seed of `gain`. */
function usersOf(count: number, gain: (random: () => number) => number): HeldOutUsers {
  const base = createRandom(1);
  const own = createRandom(2);
  return {
    userIndices: Array.from({ length: count }, (_, user) => user),
    counts: Array.from({ length: count }, () => 4),
    ndcg: Array.from({ length: count }, () => (base.next() < 0.4 ? 1 : 0) + 4 * gain(() => own.next())),
  };
}

const same = (count: number) => usersOf(count, () => 0);

describe('compareHeldOut', () => {
  it('shows a gain that most of a hundred users have', () => {
    const comparison = compareHeldOut(
      same(100),
      usersOf(100, (next) => 0.02 + 0.02 * (next() - 0.5)),
    );
    expect(comparison).toMatchObject({ users: 100, queries: 400, isShown: true });
    expect(comparison?.difference.value).toBeCloseTo(0.02, 2);
    expect(comparison?.difference.low).toBeGreaterThan(0);
  });

  it('does not show a gain that is luck: most samples of noise show nothing', () => {
    let shown = 0;
    for (let trial = 0; trial < 40; trial++) {
      const noise = createRandom(trial);
      const later = usersOf(100, () => 0.2 * (noise.next() - 0.5));
      if (compareHeldOut(same(100), later)?.isShown) shown++;
    }
    // Better by chance in half of the trials.
    expect(shown).toBeLessThan(8);
  });

  it('shows nothing with seven users, however large the gain', () => {
    expect(
      compareHeldOut(
        same(7),
        usersOf(7, () => 0.3),
      )?.isShown,
    ).toBe(false);
  });

  it('shows nothing where both are alike, and compares only what was measured alike', () => {
    expect(compareHeldOut(same(100), same(100))).toMatchObject({ difference: { value: 0 }, isShown: false });
    expect(compareHeldOut(same(100), same(99))).toBeUndefined();
    expect(compareHeldOut(same(0), same(0))).toBeUndefined();
  });
});

describe('estimateHeldOut', () => {
  it('says how good a release is and how sure that is: less so with fewer users', () => {
    const [many, few] = [400, 20].map((count) => estimateHeldOut(same(count))!);
    expect([many.users, many.queries]).toEqual([400, 1600]);
    expect(many.ndcg.value).toBeCloseTo(0.1, 1);
    for (const { ndcg } of [many, few]) {
      expect(ndcg.low).toBeLessThan(ndcg.value);
      expect(ndcg.high).toBeGreaterThan(ndcg.value);
    }
    expect(few.ndcg.high - few.ndcg.low).toBeGreaterThan(2 * (many.ndcg.high - many.ndcg.low));
    expect(estimateHeldOut(same(0))).toBeUndefined();
  });
});

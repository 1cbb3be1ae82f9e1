import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addGenres,
  coverage,
  gini,
  intraListDiversity,
  itemNovelty,
  miscalibration,
  popularityLift,
} from './list-metrics.ts';

describe('coverage', () => {
  it('is the share of items shown at least once', () => {
    expect(coverage([3, 0, 1, 0])).toBe(0.5);
  });
});

describe('gini', () => {
  it('is 0 when every item is shown equally often and 1 when one gets everything', () => {
    expect(gini([5, 5, 5, 5])).toBe(0);
    expect(gini([0, 0, 9, 0])).toBe(1);
  });

  it('counts items that are never shown', () => {
    // Sorted shares 0, ¼, ¾: (−2·0 + 0·¼ + 2·¾) / 2.
    expect(gini([3, 0, 1])).toBeCloseTo(0.75, 12);
  });

  it('does not depend on the order of the items and lies in [0, 1]', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 50 }), { minLength: 2, maxLength: 20 }), (exposures) => {
        const value = gini(exposures);
        fc.pre(exposures.some((count) => count > 0));
        expect(value).toBeGreaterThanOrEqual(-1e-12);
        expect(value).toBeLessThanOrEqual(1 + 1e-12);
        expect(gini(exposures.toReversed())).toBe(value);
      }),
    );
  });
});

describe('itemNovelty', () => {
  it('is the number of halvings from everybody to the item’s users', () => {
    expect(itemNovelty(8, 8)).toBe(-0);
    expect(itemNovelty(2, 8)).toBe(2);
  });

  it('takes an item that nobody met for one that one user met', () => {
    expect(itemNovelty(0, 8)).toBe(3);
  });
});

describe('intraListDiversity', () => {
  it('is 0 for equal genres, 1 for disjoint ones, 1 − cos in between', () => {
    expect(
      intraListDiversity(
        [
          [0, 1],
          [0, 1],
        ],
        3,
        [2],
      )[0],
    ).toBeCloseTo(0, 12);
    expect(intraListDiversity([[0], [1]], 3, [2])).toEqual([1]);
    expect(intraListDiversity([[0], [0, 1]], 3, [2])[0]).toBeCloseTo(1 - 1 / Math.SQRT2, 12);
  });

  it('leaves items without genres out, and says nothing of fewer than two', () => {
    expect(intraListDiversity([[0], [], [1]], 2, [2, 3])).toEqual([Number.NaN, 1]);
  });

  it('equals the mean over all pairs, at every cutoff', () => {
    const list = fc.array(fc.uniqueArray(fc.nat({ max: 5 }), { maxLength: 4 }), { maxLength: 12 });
    fc.assert(
      fc.property(list, (genres) => {
        const cutoffs = [1, 3, 7, 20];
        const values = intraListDiversity(genres, 6, cutoffs);
        for (const [index, k] of cutoffs.entries()) {
          const known = genres.slice(0, k).filter((item) => item.length > 0);
          let sum = 0;
          let pairs = 0;
          for (const [a, first] of known.entries()) {
            for (const second of known.slice(a + 1)) {
              const shared = first.filter((genre) => second.includes(genre)).length;
              sum += 1 - shared / Math.sqrt(first.length * second.length);
              pairs++;
            }
          }
          if (pairs === 0) expect(values[index]).toBeNaN();
          else expect(values[index]).toBeCloseTo(sum / pairs, 9);
        }
      }),
    );
  });
});

describe('miscalibration', () => {
  it('is 0 when the list has the proportions of the taste', () => {
    expect(miscalibration([0.7, 0.3, 0], [0.7, 0.3, 0])).toBeCloseTo(0, 12);
  });

  it('is Steck’s formula with α = 0.01', () => {
    // A list without the second genre at all: q = (1, 0) against p = (.7, .3).
    const expected = 0.7 * Math.log(0.7 / (0.99 + 0.007)) + 0.3 * Math.log(0.3 / 0.003);
    expect(miscalibration([0.7, 0.3], [1, 0])).toBeCloseTo(expected, 12);
  });
});

describe('addGenres', () => {
  it('shares an item’s weight among its genres', () => {
    const distribution = new Float64Array(3);
    expect(addGenres(distribution, [0, 2], 1) + addGenres(distribution, [2], 2) + addGenres(distribution, [], 5)).toBe(
      3,
    );
    expect([...distribution]).toEqual([0.5, 0, 2.5]);
  });
});

describe('popularityLift', () => {
  it('is 0 for lists as popular as the histories and 1 for twice as popular', () => {
    expect(popularityLift(0.2, 0.2)).toBe(0);
    expect(popularityLift(0.4, 0.2)).toBe(1);
  });
});

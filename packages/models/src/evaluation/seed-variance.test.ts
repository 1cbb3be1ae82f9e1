import { createRandom, type Random } from '@matinee/numerics';
import { describe, expect, it } from 'vitest';
import { averageBootstraps, type Bootstrap, bootstrapUsers, estimate, pairedDifference } from './bootstrap.ts';
import { totalByUser } from './observation-table.ts';

const GAINS = Array.from({ length: 10 }, (_, rank) => 1 / Math.log2(rank + 2));
const MEAN_GAIN = GAINS.reduce((sum, gain) => sum + gain, 0) / 10;

/** How the simulated fits of one method differ. */
interface World {
  readonly userCount: number;
  readonly seedCount: number;
  /** The chance of a hit in the mean of all seeds. */
  readonly hitRate: number;
  /** Standard deviation of a seed's hit rate, as a share of it. */
  readonly spread: number;
  /** Share of the users for whom all seeds give the same list. */
  readonly sameLists: number;
}

/** The fits of one method, a seed each: one query a user, with NDCG@10. */
function fitsOf(world: World, random: Random, resampleSeed: number, resampleCount = 160): Bootstrap[] {
  const { userCount, seedCount, hitRate, spread, sameLists } = world;
  const rates = Array.from({ length: seedCount }, () => hitRate * (1 + spread * random.normal()));
  const values = new Float64Array(userCount * seedCount);
  for (let user = 0; user < userCount; user++) {
    const shared = random.next();
    const isSame = random.next() < sameLists;
    for (const [seed, rate] of rates.entries()) {
      const luck = isSame ? shared : random.next();
      values[user * seedCount + seed] = luck < rate ? GAINS[Math.floor((10 * luck) / rate)] : 0;
    }
  }
  return fitsOfTable(values, seedCount, resampleSeed, resampleCount);
}

/** One column a seed, resampled together, because the resamples of all fits are the same. */
function fitsOfTable(
  values: Float64Array,
  seedCount: number,
  resampleSeed: number,
  resampleCount: number,
): Bootstrap[] {
  const userCount = values.length / seedCount;
  const all = bootstrapUsers(
    totalByUser({
      columns: Array.from({ length: seedCount }, (_, seed) => `seed ${seed}`),
      userIndices: Int32Array.from({ length: userCount }, (_, user) => user),
      values,
    }),
    { resampleCount, seed: resampleSeed },
  );
  const ofSeed = (array: Float64Array, seed: number) => array.filter((_, at) => at % seedCount === seed);
  return Array.from({ length: seedCount }, (_, seed) => ({
    ...all,
    columns: ['ndcg@10'],
    means: ofSeed(all.means, seed),
    replicates: ofSeed(all.replicates, seed),
    totals: { ...all.totals, columns: ['ndcg@10'], sums: ofSeed(all.totals.sums, seed) },
  }));
}

const SAMPLES = 400;

describe('an interval of a mean over seeds', () => {
  it.each<[string, World]>([
    ['three seeds, 1,200 users', { userCount: 1200, seedCount: 3, hitRate: 0.12, spread: 0.08, sameLists: 0.7 }],
    ['three seeds that differ much', { userCount: 1200, seedCount: 3, hitRate: 0.12, spread: 0.2, sameLists: 0.7 }],
    ['three seeds, 80 users', { userCount: 80, seedCount: 3, hitRate: 0.12, spread: 0.3, sameLists: 0.7 }],
    ['three seeds that do not differ', { userCount: 1200, seedCount: 3, hitRate: 0.12, spread: 0, sameLists: 0.5 }],
    ['five seeds, 300 users', { userCount: 300, seedCount: 5, hitRate: 0.12, spread: 0.2, sameLists: 0.7 }],
  ])('covers what the method reaches in 94 of 100 samples or more: %s', (_, world) => {
    const random = createRandom(17);
    let covered = 0;
    for (let sample = 0; sample < SAMPLES; sample++) {
      const { low, high } = estimate(averageBootstraps(fitsOf(world, random, sample)), 'ndcg@10');
      const truth = world.hitRate * MEAN_GAIN;
      if (low <= truth && truth <= high) covered++;
    }
    expect(covered / SAMPLES).toBeGreaterThanOrEqual(0.94);
    expect(covered / SAMPLES).toBeLessThan(0.99);
  });

  it('is at most a third wider than that of exactly these fits where seeds do not differ', () => {
    const world = { userCount: 1200, seedCount: 3, hitRate: 0.12, spread: 0, sameLists: 0.5 };
    const random = createRandom(19);
    let [ofMethod, ofFits] = [0, 0];
    for (let sample = 0; sample < 100; sample++) {
      const averaged = averageBootstraps(fitsOf(world, random, sample));
      const { fits: _, ...theseFits } = averaged;
      const [wide, narrow] = [averaged, theseFits].map((each) => estimate(each, 'ndcg@10'));
      ofMethod += wide.high - wide.low;
      ofFits += narrow.high - narrow.low;
      expect(wide.high - wide.low).toBeGreaterThanOrEqual(narrow.high - narrow.low);
    }
    expect(ofMethod / ofFits).toBeLessThan(1.33);
  });

  it('is that of the users alone for one seed', () => {
    const world = { userCount: 400, seedCount: 1, hitRate: 0.12, spread: 0, sameLists: 1 };
    const [fit] = fitsOf(world, createRandom(2), 1);
    expect(estimate(averageBootstraps([fit]), 'ndcg@10')).toEqual(estimate(fit, 'ndcg@10'));
  });
});

describe('a difference between means over seeds', () => {
  /** Two methods that are equally good, each with luck of its own in its seeds. */
  function differenceOf(sample: number, random: Random, gain: number) {
    const world = { userCount: 400, seedCount: 3, spread: 0.1, sameLists: 0.8 };
    const later = fitsOf({ ...world, hitRate: 0.12 * (1 + gain) }, random, sample);
    const earlier = fitsOf({ ...world, hitRate: 0.12 }, random, sample);
    return pairedDifference(averageBootstraps(later), averageBootstraps(earlier), 'ndcg@10');
  }

  it('finds nothing where methods are equally good, in 94 of 100 samples or more', () => {
    const random = createRandom(23);
    let [found, covered] = [0, 0];
    for (let sample = 0; sample < SAMPLES; sample++) {
      const { low, high, pValue } = differenceOf(sample, random, 0);
      if (pValue < 0.05) found++;
      if (low <= 0 && 0 <= high) covered++;
    }
    expect(found / SAMPLES).toBeLessThanOrEqual(0.06);
    expect(covered / SAMPLES).toBeGreaterThanOrEqual(0.94);
  });

  it('finds a gain of as much again, and p agrees with the interval', () => {
    const random = createRandom(29);
    let found = 0;
    for (let sample = 0; sample < 50; sample++) {
      const { low, high, pValue } = differenceOf(sample, random, 1);
      if (pValue < 0.05) found++;
      expect(low > 0 || high < 0).toBe(pValue < 0.05);
    }
    expect(found).toBeGreaterThan(30);
  });

  it('is paired by seed: what a seed does to both methods cancels out', () => {
    const random = createRandom(31);
    const [userCount, seedCount] = [400, 3];
    const luckOfSeed = [-0.2, 0, 0.2];
    const tables = [0.01, 0].map(() => new Float64Array(userCount * seedCount));
    for (let at = 0; at < userCount * seedCount; at++) {
      const value = 0.4 + luckOfSeed[at % seedCount] + 0.1 * random.normal();
      tables[0][at] = value + 0.01 + 0.01 * random.normal();
      tables[1][at] = value;
    }
    const [a, b] = tables.map((table) => averageBootstraps(fitsOfTable(table, seedCount, 1, 500)));
    const { low, high } = pairedDifference(a, b, 'ndcg@10');
    expect(low).toBeGreaterThan(0.005);
    expect(high).toBeLessThan(0.015);
    expect(estimate(a, 'ndcg@10').high - estimate(a, 'ndcg@10').low).toBeGreaterThan(0.3);
  });
});

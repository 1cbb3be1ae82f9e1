import type { Random } from '@matinee/numerics';
import type { Dimension } from '../config/search-dimension.ts';
import { fromUnit, type SearchSpace, type TrialValues, toUnit } from './search-space.ts';

/** A configuration and how good it is; higher is better. */
export interface Observation {
  readonly values: TrialValues;
  readonly metric: number;
}

/** The best quarter is what the next one should be like. */
const GOOD_SHARE = 0.25;
/** Drawn from the good ones; the one most unlike the others is tried. */
const CANDIDATES = 24;
/** Narrowest kernel, as a share of a dimension: no more is learned from trials that lie on one another. */
const MIN_BANDWIDTH = 0.1;

/**
 * A tree-structured Parzen estimator without the tree: one density of the best quarter of what was tried, l, and one of
 * the rest, g, each dimension by itself; of configurations drawn from l, the one where l / g is largest. Both densities
 * hold a uniform part that weighs as much as one observation, so nothing is ever ruled out.
 *
 * Chosen for what it does not need: no assumption on scale or noise, choices and numbers alike, a page of code, and
 * tens of observations are enough. Blind to what two dimensions do together.
 *
 * @param observations At least two.
 * @see Bergstra, Bardenet, Bengio & Kégl (2011), Algorithms for hyper-parameter optimization, NIPS, section 4.
 */
export function proposeByDensities(
  { dimensions }: SearchSpace,
  observations: readonly Observation[],
  random: Random,
): TrialValues {
  const sorted = [...observations].sort((a, b) => b.metric - a.metric);
  const goodCount = Math.max(1, Math.ceil(GOOD_SHARE * sorted.length));
  const densities = Object.entries(dimensions).map(([field, dimension]) => {
    const units = sorted.map(({ values }) => toUnit(dimension, values[field]));
    const make = (part: readonly number[]): Density =>
      'choice' in dimension ? choiceDensity(part, dimension.choice.length) : numberDensity(part);
    return { field, dimension, good: make(units.slice(0, goodCount)), rest: make(units.slice(goodCount)) };
  });
  let best: { readonly units: readonly number[]; readonly gain: number } | undefined;
  for (let candidate = 0; candidate < CANDIDATES; candidate++) {
    const units = densities.map(({ good }) => good.draw(random));
    const gain = densities.reduce(
      (sum, { good, rest }, at) => sum + Math.log(good.at(units[at])) - Math.log(rest.at(units[at])),
      0,
    );
    if (best === undefined || gain > best.gain) best = { units, gain };
  }
  const chosen = best as NonNullable<typeof best>;
  return Object.fromEntries(
    densities.map(({ field, dimension }, at): [string, TrialValues[string]] => [
      field,
      fromUnit(dimension as Dimension, chosen.units[at]),
    ]),
  );
}

/** A density on [0, 1], everywhere above 0. */
interface Density {
  draw(random: Random): number;
  at(unit: number): number;
}

/** A normal kernel at every observation, cut off at 0 and 1, and the uniform part. */
function numberDensity(units: readonly number[]): Density {
  const count = units.length;
  const mean = units.reduce((sum, unit) => sum + unit, 0) / count;
  const deviation = Math.sqrt(units.reduce((sum, unit) => sum + (unit - mean) ** 2, 0) / count);
  // Silverman's rule of thumb.
  const bandwidth = Math.max(MIN_BANDWIDTH, count === 0 ? 0 : 1.06 * deviation * count ** -0.2);
  const inside = units.map((unit) => normalShare((1 - unit) / bandwidth) - normalShare(-unit / bandwidth));
  return {
    draw(random) {
      const kernel = random.integer(count + 1);
      if (kernel === count) return random.next();
      for (;;) {
        const unit = units[kernel] + bandwidth * random.normal();
        if (unit >= 0 && unit <= 1) return unit;
      }
    },
    at(unit) {
      let sum = 1;
      for (let kernel = 0; kernel < count; kernel++) {
        const z = (unit - units[kernel]) / bandwidth;
        sum += Math.exp(-0.5 * z * z) / (Math.sqrt(2 * Math.PI) * bandwidth * inside[kernel]);
      }
      return sum / (count + 1);
    },
  };
}

/** How often each value stands among the observations, and the uniform part. */
function choiceDensity(units: readonly number[], choices: number): Density {
  const placeOf = (unit: number): number => Math.min(choices - 1, Math.floor(unit * choices));
  const counts = new Float64Array(choices).fill(1 / choices);
  for (const unit of units) counts[placeOf(unit)]++;
  return {
    draw(random) {
      let left = random.next() * (units.length + 1);
      let choice = 0;
      while (choice < choices - 1 && left >= counts[choice]) left -= counts[choice++];
      return (choice + 0.5) / choices;
    },
    at: (unit) => (counts[placeOf(unit)] * choices) / (units.length + 1),
  };
}

/** Φ(z) by the logistic approximation; its error of 0.01 is nothing beside that of the bandwidth. */
function normalShare(z: number): number {
  return 1 / (1 + Math.exp(-1.702 * z));
}

import type { Catalogue } from '@matinee/models/data';
import type { Engine } from '../engine/engine.ts';
import type { RecentEngagements } from './online-counters.ts';

/** Distance between the latest engagements and the release's training data. */
export interface Drift {
  /** Engagements of the last week, and those that were left out; see `RecentEngagements`. */
  readonly engagementCount: number;
  readonly leftOut: number;
  /**
   * Jensen–Shannon distance of the genres' shares, from 0 (the same) to 1 (nothing in common); null without
   * engagements.
   *
   * @see Lin (1991), Divergence measures based on the Shannon entropy, IEEE Trans. Inf. Theory 37(1).
   */
  readonly genres: number | null;
  /**
   * Population stability index over ten equal shares of the training's interactions, from the most popular items to the
   * rarest; null without engagements. By convention, more than 0.25 is a shift.
   */
  readonly popularity: number | null;
}

const BINS = 10;
/** Keeps the index finite for an empty bin. */
const MIN_SHARE = 1e-4;

/**
 * Measures drift from the last week's engagements, by item.
 *
 * @param catalogue Begins with the catalogue that the meter was made with.
 */
export type DriftMeter = (engagements: RecentEngagements, catalogue: Pick<Catalogue, 'genres' | 'genreNames'>) => Drift;

/** Returns a meter for these events, also when items are added later. O(items · log items). */
export function createDriftMeter({ catalogue: first, ratings: { interactionCounts } }: Engine): DriftMeter {
  const sharesOf = (
    counts: Iterable<readonly [item: number, count: number]>,
    { genres, genreNames }: Pick<Catalogue, 'genres' | 'genreNames'>,
  ): Float64Array => {
    const shares = new Float64Array(genreNames.length);
    for (const [itemIndex, count] of counts) {
      const ofItem = genres[itemIndex]!;
      for (const genre of ofItem) shares[genre]! += count / ofItem.length;
    }
    return toShares(shares);
  };
  const binOf = popularityBins(interactionCounts);
  const binsOf = (counts: Iterable<readonly [item: number, count: number]>): Float64Array => {
    const bins = new Float64Array(BINS);
    // Added items were in no training, so they are among the rarest.
    for (const [itemIndex, count] of counts) bins[binOf[itemIndex] ?? BINS - 1]! += count;
    return toShares(bins);
  };
  const trainedBins = binsOf(interactionCounts.entries());
  const trainedGenres = sharesOf(interactionCounts.entries(), first);
  return ({ byItem, count: engagementCount, leftOut }, catalogue) => {
    if (engagementCount === 0) return { engagementCount, leftOut, genres: null, popularity: null };
    return {
      engagementCount,
      leftOut,
      genres: jensenShannonDistance(trainedGenres, sharesOf(byItem, catalogue)),
      popularity: stabilityIndex(trainedBins, binsOf(byItem)),
    };
  };
}

/** Returns each item's tenth of all interactions, most popular items first. */
function popularityBins(interactionCounts: Int32Array): Uint8Array {
  const total = interactionCounts.reduce((sum, count) => sum + count, 0);
  const bins = new Uint8Array(interactionCounts.length);
  let before = 0;
  const items = Array.from(interactionCounts.keys()).sort(
    (a, b) => interactionCounts[b]! - interactionCounts[a]! || a - b,
  );
  for (const item of items) {
    bins[item] = Math.min(BINS - 1, Math.floor((BINS * before) / Math.max(1, total)));
    before += interactionCounts[item]!;
  }
  return bins;
}

function toShares(counts: Float64Array): Float64Array {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return total > 0 ? counts.map((count) => count / total) : counts;
}

function jensenShannonDistance(a: Float64Array, b: Float64Array): number {
  let divergence = 0;
  for (let at = 0; at < b.length; at++) {
    // Genres that came with added items have no share in the training.
    const [trained, now] = [a[at] ?? 0, b[at]!];
    const middle = (trained + now) / 2;
    for (const share of [trained, now]) if (share > 0) divergence += (share * Math.log2(share / middle)) / 2;
  }
  return Math.sqrt(Math.max(0, divergence));
}

function stabilityIndex(expected: Float64Array, actual: Float64Array): number {
  let index = 0;
  for (let bin = 0; bin < BINS; bin++) {
    const [before, now] = [Math.max(MIN_SHARE, expected[bin]!), Math.max(MIN_SHARE, actual[bin]!)];
    index += (now - before) * Math.log(now / before);
  }
  return index;
}

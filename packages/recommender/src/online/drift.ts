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
 * Returns a function that measures drift from the last week's engagements. Reads the dataset once, in
 * O(items · log items).
 */
export function createDriftMeter({
  catalogue,
  ratings: { interactionCounts },
}: Engine): (engagements: RecentEngagements) => Drift {
  const trained = new Map(interactionCounts.entries());
  const sharesOf = (counts: ReadonlyMap<number, number>): Float64Array => {
    const shares = new Float64Array(catalogue.genreNames.length);
    for (const [itemIndex, count] of counts) {
      const genres = catalogue.genres[itemIndex]!;
      for (const genre of genres) shares[genre]! += count / genres.length;
    }
    return toShares(shares);
  };
  const binOf = popularityBins(interactionCounts);
  const binsOf = (counts: ReadonlyMap<number, number>): Float64Array => {
    const bins = new Float64Array(BINS);
    for (const [itemIndex, count] of counts) bins[binOf[itemIndex]!]! += count;
    return toShares(bins);
  };
  const [trainedGenres, trainedBins] = [sharesOf(trained), binsOf(trained)];
  return ({ byItem, count: engagementCount, leftOut }) => {
    if (engagementCount === 0) return { engagementCount, leftOut, genres: null, popularity: null };
    return {
      engagementCount,
      leftOut,
      genres: jensenShannonDistance(trainedGenres, sharesOf(byItem)),
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
  for (let at = 0; at < a.length; at++) {
    const middle = (a[at]! + b[at]!) / 2;
    for (const share of [a[at]!, b[at]!]) if (share > 0) divergence += (share * Math.log2(share / middle)) / 2;
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

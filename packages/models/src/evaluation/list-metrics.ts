import type { History } from '../data/interactions.ts';

/**
 * Metrics of lists without targets: catalogue coverage, evenness of exposure, novelty, diversity and calibration to the
 * user's taste.
 */

/** Share of the catalogue that is in at least one list. `exposures[i]` = number of lists with item i. */
export function coverage(exposures: ArrayLike<number>): number {
  let shown = 0;
  for (let item = 0; item < exposures.length; item++) if (exposures[item] > 0) shown++;
  return exposures.length === 0 ? Number.NaN : shown / exposures.length;
}

/**
 * Gini index of exposure: Σ_j (2j − n − 1) p(j) / (n − 1), with the shares p ascending and items never shown counted.
 * 0 = every item equally often, 1 = one item gets everything. (Some libraries report 1 − Gini.)
 */
export function gini(exposures: ArrayLike<number>): number {
  const sorted = Float64Array.from(exposures).sort();
  const count = sorted.length;
  let total = 0;
  let weighted = 0;
  for (let index = 0; index < count; index++) {
    total += sorted[index];
    weighted += (2 * (index + 1) - count - 1) * sorted[index];
  }
  return total === 0 || count < 2 ? Number.NaN : weighted / (total * (count - 1));
}

/**
 * Self-information of an item in bits: −log2(users who met it / all users), by training data. An item without users
 * counts as having one, so that the mean stays finite.
 *
 * @see Zhou et al. (2010), Solving the apparent diversity-accuracy dilemma of recommender systems, PNAS 107(10).
 */
export function itemNovelty(usersOfItem: number, userCount: number): number {
  return -Math.log2(Math.max(1, usersOfItem) / userCount);
}

/**
 * Intra-list diversity at each cutoff: the mean of 1 − cos over all pairs of the first k items, each item a 0/1 vector
 * of its genres. Items without a genre are left out; NaN where fewer than two items have one.
 *
 * Σ_{i<j} cos(i, j) = (‖Σ v‖² − n) / 2 for unit vectors v, so one pass over the list serves all cutoffs.
 *
 * @param genresOfItem Genres of each listed item as positions below `genreCount`.
 * @param cutoffs Ascending. A list shorter than a cutoff is measured at its length.
 * @see Ziegler et al. (2005), Improving recommendation lists through topic diversification, WWW.
 */
export function intraListDiversity(
  genresOfItem: readonly ArrayLike<number>[],
  genreCount: number,
  cutoffs: readonly number[],
): number[] {
  const sum = new Float64Array(genreCount);
  const diversities: number[] = [];
  let squaredNorm = 0;
  let count = 0;
  let position = 0;
  for (const cutoff of cutoffs) {
    for (; position < Math.min(cutoff, genresOfItem.length); position++) {
      const genres = genresOfItem[position];
      if (genres.length === 0) continue;
      const weight = 1 / Math.sqrt(genres.length);
      let overlap = 0;
      for (let g = 0; g < genres.length; g++) {
        overlap += sum[genres[g]] * weight;
        sum[genres[g]] += weight;
      }
      squaredNorm += 2 * overlap + 1;
      count++;
    }
    const pairs = (count * (count - 1)) / 2;
    // Rounding can put a list of equal items slightly below 0.
    diversities.push(pairs === 0 ? Number.NaN : Math.max(0, 1 - (squaredNorm - count) / 2 / pairs));
  }
  return diversities;
}

/** Weight of the target distribution mixed into the list's, so that a missing genre has a large but finite cost. */
const CALIBRATION_ALPHA = 0.01;

/**
 * Steck's miscalibration: C_KL = Σ_g p(g) ln(p(g) / ((1 − α) q(g) + α p(g))), α = 0.01, natural logarithm. 0 = the list
 * has the genre proportions of the history; at most −ln α ≈ 4.6.
 *
 * @param taste p(g|u), genre shares of the user's history; sums to 1.
 * @param listed q(g|u), genre shares of the list; sums to 1.
 * @see Steck (2018), Calibrated recommendations, RecSys.
 */
export function miscalibration(taste: ArrayLike<number>, listed: ArrayLike<number>): number {
  let divergence = 0;
  for (let genre = 0; genre < taste.length; genre++) {
    const p = taste[genre];
    if (p > 0) divergence += p * Math.log(p / ((1 - CALIBRATION_ALPHA) * listed[genre] + CALIBRATION_ALPHA * p));
  }
  return Math.max(0, divergence);
}

/**
 * Adds an item's genres to a genre distribution, each with weight / number of genres. Returns the weight added: 0 for
 * an item without genres.
 */
export function addGenres(distribution: Float64Array, genres: ArrayLike<number>, weight: number): number {
  if (genres.length === 0) return 0;
  const share = weight / genres.length;
  for (let g = 0; g < genres.length; g++) distribution[genres[g]] += share;
  return weight;
}

/**
 * p(g|u): genre shares of a history's positive events, each item by its weight; `undefined` without genres.
 *
 * @param genres Genres of each item as positions below `genreCount`.
 * @see Steck (2018), Calibrated recommendations, RecSys, equation 2.
 */
export function genreShares(
  { itemIndices, weights }: Pick<History, 'itemIndices' | 'weights'>,
  genres: readonly ArrayLike<number>[],
  genreCount: number,
): Float64Array | undefined {
  const shares = new Float64Array(genreCount);
  let total = 0;
  for (let position = 0; position < itemIndices.length; position++) {
    if (weights[position] > 0) total += addGenres(shares, genres[itemIndices[position]], weights[position]);
  }
  if (total === 0) return undefined;
  for (let genre = 0; genre < genreCount; genre++) shares[genre] /= total;
  return shares;
}

/**
 * Popularity lift: (mean popularity of the lists − mean popularity of the histories) / the latter. 0 = lists as popular
 * as the histories, 1 = twice as popular. Popularity = share of training users.
 *
 * @see Abdollahpouri et al. (2019), The unfairness of popularity bias in recommendation, RMSE @ RecSys.
 */
export function popularityLift(meanListPopularity: number, meanHistoryPopularity: number): number {
  return (meanListPopularity - meanHistoryPopularity) / meanHistoryPopularity;
}

import { innerProduct } from '../vectors/inner-product.ts';
import type { ItemSpace } from './item-space.ts';

/** A list under construction that values each further candidate, given by position. */
export interface GrowingList {
  /** 1 − the candidate's mean similarity to the items of the list; 1 for an empty list. */
  noveltyOf(candidate: number): number;
  /** The candidate's gain in genre balance; 0 without a taste. */
  balanceOf(candidate: number): number;
  add(candidate: number): void;
}

/** Similarity of items without genres and vectors: they do not count as variety. */
const UNKNOWN_SIMILARITY = 0.5;

/** Number of prior items with the user's own genre proportions, so that relevance decides the first places. */
const PRIOR_LENGTH = 5;

/**
 * Similarity is the cosine of genres (0/1 vectors) or, if the release has vectors, the mean of that and the vectors'
 * cosine. Sums over the list are maintained, so the cost does not grow with the list: Σ cos(i, j) over j is i's unit
 * vector times the sum of the list's unit vectors.
 *
 * Balance is the amount by which an item i lowers the divergence KL(p‖q) of the taste's genre shares p and the list's
 * q, times the list's length n: n Σ_{g ∈ i} p_g ln(1 + w / c_g), where c_g is the weight of genre g in the list so far
 * and w the weight i adds to each of its genres, 1 / their number. About Σ w p_g / q_g: 1 for genres at the right
 * proportion, more for genres that are too rare. An item without genres counts as having the user's own proportions.
 *
 * @param items The candidates, as item indices.
 * @param taste Genre shares of the history; sums to 1.
 * @see Steck (2018), Calibrated recommendations, RecSys, section 3.
 */
export function createGrowingList(items: Int32Array, space: ItemSpace, taste: Float64Array | undefined): GrowingList {
  const { genreCount, width } = space;
  const { starts, genres, vectors, hasVector } = gather(items, space);
  const genreSum = new Float64Array(genreCount);
  const vectorSum = new Float32Array(width);
  const genreWeights = Float64Array.from({ length: genreCount }, (_, genre) => PRIOR_LENGTH * (taste?.[genre] ?? 0));
  let size = 0;

  return {
    noveltyOf(candidate) {
      if (size === 0) return 1;
      const start = starts[candidate];
      const end = starts[candidate + 1];
      let overlap = 0;
      for (let at = start; at < end; at++) overlap += genreSum[genres[at]];
      const byGenres = start === end ? UNKNOWN_SIMILARITY : overlap / Math.sqrt(end - start) / size;
      if (hasVector[candidate] === 0) return 1 - byGenres;
      return 1 - (byGenres + innerProduct(vectorSum, vectors, candidate * width) / size) / 2;
    },
    balanceOf(candidate) {
      if (taste === undefined) return 0;
      const start = starts[candidate];
      const end = starts[candidate + 1];
      let sum = 0;
      for (let at = start; at < end; at++) {
        const share = taste[genres[at]];
        if (share > 0) sum += share * Math.log1p(1 / (end - start) / genreWeights[genres[at]]);
      }
      for (let genre = 0; start === end && genre < genreCount; genre++) {
        if (taste[genre] > 0) sum += taste[genre] * Math.log1p(taste[genre] / genreWeights[genre]);
      }
      return (PRIOR_LENGTH + size + 1) * sum;
    },
    add(candidate) {
      const start = starts[candidate];
      const end = starts[candidate + 1];
      for (let at = start; at < end; at++) {
        genreSum[genres[at]] += 1 / Math.sqrt(end - start);
        genreWeights[genres[at]] += 1 / (end - start);
      }
      for (let genre = 0; start === end && genre < genreCount; genre++) genreWeights[genre] += taste?.[genre] ?? 0;
      for (let column = 0; column < width; column++) vectorSum[column] += vectors[candidate * width + column];
      size++;
    },
  };
}

/**
 * The candidates' genres and vectors, contiguous in memory because every evaluation reads them again. O(candidates ·
 * width).
 */
function gather(items: Int32Array, space: ItemSpace) {
  const { width } = space;
  const starts = new Int32Array(items.length + 1);
  for (let at = 0; at < items.length; at++) starts[at + 1] = starts[at] + space.genres[items[at]].length;
  const genres = new Int32Array(starts[items.length]);
  const vectors = new Float32Array(items.length * width);
  const hasVector = new Uint8Array(items.length);
  for (let at = 0; at < items.length; at++) {
    genres.set(space.genres[items[at]], starts[at]);
    hasVector[at] = space.hasVector[items[at]];
    if (hasVector[at] === 0) continue;
    const base = items[at] * width;
    // A plain loop: a view for each item costs more than copying its few numbers.
    for (let column = 0; column < width; column++) vectors[at * width + column] = space.vectors[base + column];
  }
  return { starts, genres, vectors, hasVector };
}

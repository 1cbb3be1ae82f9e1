import type { History } from '../data/interactions.ts';
import type { FeatureStatistics } from './feature-statistics.ts';

/** Positions of the history with a positive weight, oldest first. */
export function positivePositions({ weights }: History): Int32Array {
  const positions = new Int32Array(weights.length);
  let count = 0;
  for (let position = 0; position < weights.length; position++)
    if (weights[position] > 0) positions[count++] = position;
  return positions.subarray(0, count);
}

/** Mean and standard deviation of a user's ratings; both NaN without ratings. */
export function ratingMoments(ratings: Float32Array | undefined): { mean: number; spread: number } {
  let total = 0;
  let squares = 0;
  let count = 0;
  for (const rating of ratings ?? []) {
    if (Number.isNaN(rating)) continue;
    total += rating;
    squares += rating * rating;
    count++;
  }
  const mean = total / count;
  return { mean, spread: Math.sqrt(Math.max(0, squares / count - mean * mean)) };
}

/** Genre weights of the given history positions: each item divides 1 among its genres. Sums to 1, or all 0. */
export function genreProfile(
  items: Int32Array,
  positions: Int32Array,
  { genres, genrePointers, genreCount }: FeatureStatistics,
): Float64Array {
  const profile = new Float64Array(genreCount);
  let total = 0;
  for (let place = 0; place < positions.length; place++) {
    const item = items[positions[place]];
    const start = genrePointers[item];
    const end = genrePointers[item + 1];
    for (let at = start; at < end; at++) profile[genres[at]] += 1 / (end - start);
    if (end > start) total++;
  }
  for (let genre = 0; total > 0 && genre < genreCount; genre++) profile[genre] /= total;
  return profile;
}

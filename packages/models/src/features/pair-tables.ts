import type { CsrMatrix } from '@matinee/numerics';
import type { History } from '../data/interactions.ts';
import type { FeatureStatistics } from './feature-statistics.ts';
import type { PairScratch } from './pair-scratch.ts';

/** Newest items of a history whose neighbours are read. */
const NEIGHBOR_LENGTH = 50;
/** Newest items of a history whose followers are read. */
const FOLLOW_LENGTH = 10;

/**
 * Adds up the cosines of every candidate with the newest items of a history.
 *
 * @param newest Items of the history, newest first.
 * @param scratch All 0.
 */
export function addSimilarities(newest: Int32Array, neighbors: CsrMatrix, { places, tables }: PairScratch): void {
  const { last, last3, last10, best, all } = tables;
  for (let at = 0; at < Math.min(NEIGHBOR_LENGTH, newest.length); at++) {
    addCosines(neighbors, newest[at], places, all, best);
    // The sum so far is the sum over the shorter stretch.
    if (at === 0) last.set(all);
    if (at === 2) last3.set(all);
    if (at === 9) last10.set(all);
  }
  if (newest.length < 3) last3.set(all);
  if (newest.length < 10) last10.set(all);
}

/**
 * @remarks Two entries a step, like {@link addRatings}: the neighbours of an item are distinct, so additions to
 * candidates are independent.
 */
function addCosines(
  { rowPointers, columnIndices, values }: CsrMatrix,
  row: number,
  places: Int32Array,
  all: Float32Array,
  best: Float32Array,
): void {
  const end = rowPointers[row + 1];
  let entry = rowPointers[row];
  for (; entry + 1 < end; entry += 2) {
    const first = places[columnIndices[entry]];
    const second = places[columnIndices[entry + 1]];
    const cosine = values[entry];
    const other = values[entry + 1];
    all[first] += cosine;
    all[second] += other;
    if (cosine > best[first]) best[first] = cosine;
    if (other > best[second]) best[second] = other;
  }
  if (entry < end) {
    const place = places[columnIndices[entry]];
    all[place] += values[entry];
    if (values[entry] > best[place]) best[place] = values[entry];
  }
}

/**
 * Adds up how often every candidate came after, or before, the newest items of a history.
 *
 * @param newest Items of the history, newest first.
 * @param scratch All 0.
 */
export function addFollowers(newest: Int32Array, statistics: FeatureStatistics, { places, tables }: PairScratch): void {
  const latest = newest.subarray(0, 1);
  addStrengths(latest, statistics.nexts, places, tables.next);
  addStrengths(latest, statistics.nextsBack, places, tables.nextBack);
  addStrengths(latest, statistics.followers, places, tables.followsLast);
  addStrengths(newest, statistics.followers, places, tables.follows);
  addStrengths(newest, statistics.followersBack, places, tables.followedBy);
}

/** Adds the rows of `newest` in `links`, each divided by its place from 1. */
function addStrengths(newest: Int32Array, links: CsrMatrix, places: Int32Array, strengths: Float32Array): void {
  const { rowPointers, columnIndices, values } = links;
  for (let at = 0; at < Math.min(FOLLOW_LENGTH, newest.length); at++) {
    const end = rowPointers[newest[at] + 1];
    for (let entry = rowPointers[newest[at]]; entry < end; entry++) {
      strengths[places[columnIndices[entry]]] += values[entry] / (at + 1);
    }
  }
}

/**
 * Adds up the user's ratings of each candidate's neighbours, less the user's mean rating, weighted by cosine.
 *
 * @param mean The user's mean rating.
 * @param scratch All 0.
 */
export function addNeighborRatings(
  { itemIndices, ratings }: History,
  mean: number,
  neighbors: CsrMatrix,
  { places, tables: { ratingSums, ratingWeights } }: PairScratch,
): void {
  if (ratings === undefined) return;
  const start = Math.max(0, itemIndices.length - 2 * NEIGHBOR_LENGTH);
  for (let position = start; position < itemIndices.length; position++) {
    const rating = ratings[position];
    if (Number.isNaN(rating)) continue;
    addRatings(neighbors, itemIndices[position], rating - mean, places, ratingSums, ratingWeights);
  }
}

function addRatings(
  { rowPointers, columnIndices, values }: CsrMatrix,
  row: number,
  aboveMean: number,
  places: Int32Array,
  sums: Float32Array,
  weights: Float32Array,
): void {
  const end = rowPointers[row + 1];
  let entry = rowPointers[row];
  for (; entry + 1 < end; entry += 2) {
    const first = places[columnIndices[entry]];
    const second = places[columnIndices[entry + 1]];
    const cosine = values[entry];
    const other = values[entry + 1];
    sums[first] += cosine * aboveMean;
    sums[second] += other * aboveMean;
    weights[first] += cosine;
    weights[second] += other;
  }
  if (entry < end) {
    const place = places[columnIndices[entry]];
    sums[place] += values[entry] * aboveMean;
    weights[place] += values[entry];
  }
}

import { COLUMN, type FeatureInputs, type FeatureTable } from './feature-columns.ts';
import { genreProfile, ratingMoments } from './history-profile.ts';
import { clearPairScratch, type PairScratch } from './pair-scratch.ts';
import { addFollowers, addNeighborRatings, addSimilarities } from './pair-tables.ts';

const RECENT_LENGTH = 5;
/** Added to the sum of cosines in `similar_rated`: the weight of one average opinion. */
const RATING_SHRINKAGE = 0.2;

/**
 * Writes the columns between the history and each candidate.
 *
 * @param table Its user and item columns are already written; the gaps are differences from them.
 * @param scratch Tables for all items of the statistics; overwritten.
 */
export function writePairFeatures(table: FeatureTable, inputs: FeatureInputs, scratch: PairScratch): void {
  const { query, positives, statistics } = inputs;
  const { history } = query;
  const newest = new Int32Array(positives.length);
  for (let place = 0; place < positives.length; place++) {
    newest[place] = history.itemIndices[positives[positives.length - 1 - place]];
  }
  clearPairScratch(scratch);
  addSimilarities(newest, statistics.neighbors, scratch);
  addFollowers(newest, statistics, scratch);
  const { mean } = ratingMoments(history.ratings);
  addNeighborRatings(history, mean, statistics.neighbors, scratch);
  writeGenresAndGaps(table, inputs);
  writeSimilarities(table, newest.length, !Number.isNaN(mean), scratch);
  writeFollowers(table, newest.length > 0, scratch);
}

function writeGenresAndGaps({ values, width, items }: FeatureTable, inputs: FeatureInputs): void {
  const { query, positives, statistics } = inputs;
  const { years, genres, genrePointers } = statistics;
  const profile = genreProfile(query.history.itemIndices, positives, statistics);
  const recentProfile = genreProfile(query.history.itemIndices, positives.subarray(-RECENT_LENGTH), statistics);
  for (let row = 0; row < items.length; row++) {
    const item = items[row];
    const base = row * width;
    let match = 0;
    let recentMatch = 0;
    for (let at = genrePointers[item]; at < genrePointers[item + 1]; at++) {
      match += profile[genres[at]];
      recentMatch += recentProfile[genres[at]];
    }
    values[base + COLUMN.genre_match] = match;
    values[base + COLUMN.genre_match_recent] = recentMatch;
    values[base + COLUMN.year_gap] =
      years[item] === 0 ? Number.NaN : years[item] - values[base + COLUMN.user_year_taste];
    values[base + COLUMN.popularity_gap] =
      Math.log1p(values[base + COLUMN.item_events]) - values[base + COLUMN.user_popularity_taste];
  }
}

function writeSimilarities(
  { values, width, items }: FeatureTable,
  historyLength: number,
  hasRatings: boolean,
  { last, last3, last10, best, all, ratingSums, ratingWeights }: PairScratch,
): void {
  const count3 = Math.max(1, Math.min(3, historyLength));
  const count10 = Math.max(1, Math.min(10, historyLength));
  for (let row = 0; row < items.length; row++) {
    const item = items[row];
    const base = row * width;
    values[base + COLUMN.similarity_last] = last[item];
    values[base + COLUMN.similarity_last_3] = last3[item] / count3;
    values[base + COLUMN.similarity_last_10] = last10[item] / count10;
    values[base + COLUMN.similarity_best] = best[item];
    values[base + COLUMN.similarity_all] = all[item];
    values[base + COLUMN.similar_rated] = hasRatings
      ? ratingSums[item] / (ratingWeights[item] + RATING_SHRINKAGE)
      : Number.NaN;
  }
}

/** @param hasLast False: there is no last item, so what follows it is unknown. */
function writeFollowers(
  { values, width, items }: FeatureTable,
  hasLast: boolean,
  { next, nextBack, followsLast, follows, followedBy }: PairScratch,
): void {
  const unknown = hasLast ? 0 : Number.NaN;
  for (let row = 0; row < items.length; row++) {
    const item = items[row];
    const base = row * width;
    values[base + COLUMN.next_share] = next[item] + unknown;
    values[base + COLUMN.next_share_back] = nextBack[item] + unknown;
    values[base + COLUMN.follows_last] = followsLast[item] + unknown;
    values[base + COLUMN.follows_recent] = follows[item];
    values[base + COLUMN.followed_by_recent] = followedBy[item];
  }
}

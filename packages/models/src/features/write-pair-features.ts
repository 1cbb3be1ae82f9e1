import { COLUMN, type FeatureInputs, type FeatureTable } from './feature-columns.ts';
import { genreProfile, ratingMoments } from './history-profile.ts';
import type { PairScratchOwner, PairTables } from './pair-scratch.ts';
import { addFollowers, addNeighborRatings, addSimilarities } from './pair-tables.ts';

const RECENT_LENGTH = 5;
/** Added to the sum of cosines in `similar_rated`: the weight of one average opinion. */
const RATING_SHRINKAGE = 0.2;

/**
 * Writes the columns between the history and each candidate.
 *
 * @param table Its user and item columns are already written; the gaps are differences from them.
 * @param owner Its tables are overwritten.
 */
export function writePairFeatures(table: FeatureTable, inputs: FeatureInputs, owner: PairScratchOwner): void {
  const { query, positives, statistics } = inputs;
  const { history } = query;
  const newest = new Int32Array(positives.length);
  for (let place = 0; place < positives.length; place++) {
    newest[place] = history.itemIndices[positives[positives.length - 1 - place]];
  }
  writeGenresAndGaps(table, inputs);
  const { mean } = ratingMoments(history.ratings);
  owner.lend(table.items, (scratch) => {
    addSimilarities(newest, statistics.neighbors, scratch);
    addFollowers(newest, statistics, scratch);
    addNeighborRatings(history, mean, statistics.neighbors, scratch);
    writeSimilarities(table, newest.length, !Number.isNaN(mean), scratch.tables);
    writeFollowers(table, newest.length > 0, scratch.tables);
  });
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
  { last, last3, last10, best, all, ratingSums, ratingWeights }: PairTables,
): void {
  const count3 = Math.max(1, Math.min(3, historyLength));
  const count10 = Math.max(1, Math.min(10, historyLength));
  for (let row = 0; row < items.length; row++) {
    const place = row + 1;
    const base = row * width;
    values[base + COLUMN.similarity_last] = last[place];
    values[base + COLUMN.similarity_last_3] = last3[place] / count3;
    values[base + COLUMN.similarity_last_10] = last10[place] / count10;
    values[base + COLUMN.similarity_best] = best[place];
    values[base + COLUMN.similarity_all] = all[place];
    values[base + COLUMN.similar_rated] = hasRatings
      ? ratingSums[place] / (ratingWeights[place] + RATING_SHRINKAGE)
      : Number.NaN;
  }
}

/** @param hasLast False: there is no last item, so what follows it is unknown. */
function writeFollowers(
  { values, width, items }: FeatureTable,
  hasLast: boolean,
  { next, nextBack, followsLast, follows, followedBy }: PairTables,
): void {
  const unknown = hasLast ? 0 : Number.NaN;
  for (let row = 0; row < items.length; row++) {
    const place = row + 1;
    const base = row * width;
    values[base + COLUMN.next_share] = next[place] + unknown;
    values[base + COLUMN.next_share_back] = nextBack[place] + unknown;
    values[base + COLUMN.follows_last] = followsLast[place] + unknown;
    values[base + COLUMN.follows_recent] = follows[place];
    values[base + COLUMN.followed_by_recent] = followedBy[place];
  }
}

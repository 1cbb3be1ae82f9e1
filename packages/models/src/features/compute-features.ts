import type { CsrMatrix } from '@matinee/numerics';
import type { BlendedCandidates } from '../blend/blend.ts';
import { findSourceFamily } from '../families/find-source-family.ts';
import type { RetrievalQuery } from '../retrieval/retrieval-model.ts';
import { COMMON_FEATURES, type FeatureSchema } from './feature-schema.ts';
import type { FeatureStatistics } from './feature-statistics.ts';
import { emptyActivity, type ItemActivity, knownUntil, readActivity } from './item-activity.ts';

type ColumnName = (typeof COMMON_FEATURES)[number]['name'];

/** Column of each common feature; sources' columns follow them, three a source. */
const COLUMN = Object.fromEntries(COMMON_FEATURES.map(({ name }, column) => [name, column])) as Record<
  ColumnName,
  number
>;

const TASTE_LENGTH = 20;
const RECENT_LENGTH = 5;
const FOLLOW_LENGTH = 10;
const NEIGHBOR_LENGTH = 50;
/** Cosine that is taken to stand for an average opinion, in {@link similarRated}. */
const RATING_SHRINKAGE = 0.2;
/** So many ratings at the mean of all items are taken to have come before an item's first. */
const RATINGS_BEFORE_THE_FIRST = 5;
const HOUR = 3600;
const DAY = 86_400;

/**
 * The table that a ranker sees of one query's candidates. Training and requests both come here, so that equal moments
 * give equal numbers: what is later than `query.asOf` is never looked at.
 *
 * @param activity What happened to the items; the statistics' own, or one with later events for a running server.
 * @returns Row-major [candidates, schema.features.length], in the order of `blended`.
 * @remarks About 20 ns a candidate and feature.
 */
export function computeFeatures(
  schema: FeatureSchema,
  statistics: FeatureStatistics,
  query: RetrievalQuery,
  blended: BlendedCandidates,
  activity: ItemActivity = statistics.activity,
): Float32Array {
  const width = schema.features.length;
  const count = blended.itemIndices.length;
  const values = new Float32Array(count * width);
  const known = knownUntil(activity, query.asOf);
  writeSources(values, schema, blended);
  const liked = likedItems(query);
  writeUser(values, width, count, query, liked, known, statistics, activity);
  writeItems(values, width, blended.itemIndices, known, statistics, activity);
  writePairs(values, width, blended.itemIndices, query, liked, statistics);
  withhold(values, schema);
  return values;
}

/** Last, for columns are computed from one another. */
function withhold(values: Float32Array, { features, withheld }: FeatureSchema): void {
  if (withheld.length === 0) return;
  const width = features.length;
  for (const [column, { group }] of features.entries()) {
    if (!withheld.includes(group)) continue;
    for (let at = column; at < values.length; at += width) values[at] = Number.NaN;
  }
}

/** Positions of the history that speak for their item, oldest first. */
function likedItems({ history: { weights } }: RetrievalQuery): Int32Array {
  const positions = new Int32Array(weights.length);
  let count = 0;
  for (let position = 0; position < weights.length; position++)
    if (weights[position] > 0) positions[count++] = position;
  return positions.subarray(0, count);
}

function writeSources(values: Float32Array, schema: FeatureSchema, blended: BlendedCandidates): void {
  const width = schema.features.length;
  const { itemIndices, scores, ranks, sourceScores, sourceNames } = blended;
  const count = itemIndices.length;
  for (let row = 0; row < count; row++) {
    values[row * width + COLUMN.blend_score] = scores[row];
    values[row * width + COLUMN.blend_rank] = row + 1;
  }
  for (const [place, { name, family }] of schema.sources.entries()) {
    const first = COMMON_FEATURES.length + 3 * place;
    const source = sourceNames.indexOf(name);
    const kind = COLUMN[findSourceFamily(family).traits.featureFlag];
    const { mean, spread, best } = spreadOf(sourceScores, source * count, source < 0 ? 0 : count);
    for (let row = 0; row < count; row++) {
      const base = row * width;
      const score = source < 0 ? Number.NaN : (sourceScores[source * count + row] - mean) / spread;
      const rank = source < 0 ? 0 : ranks[source * count + row];
      values[base + first] = score;
      values[base + first + 1] = best - score;
      values[base + first + 2] = rank === 0 ? Number.NaN : rank;
      if (rank === 0) continue;
      values[base + COLUMN.source_count]++;
      values[base + kind] = 1;
    }
  }
}

/**
 * Mean and standard deviation of a source's scores in the pool, and the best of them in these units. A source that is
 * fitted again gives other numbers to equal opinions: what the ranker learned of them must hold for the next fit too.
 */
function spreadOf(scores: Float32Array, start: number, count: number) {
  let sum = 0;
  let squares = 0;
  let known = 0;
  let highest = Number.NEGATIVE_INFINITY;
  for (let at = start; at < start + count; at++) {
    const score = scores[at];
    if (Number.isNaN(score)) continue;
    sum += score;
    squares += score * score;
    known++;
    if (score > highest) highest = score;
  }
  const mean = sum / known;
  const spread = Math.sqrt(Math.max(0, squares / known - mean * mean)) || 1;
  return { mean, spread, best: (highest - mean) / spread };
}

/** Columns that are one number for all candidates of a query. */
function writeUser(
  values: Float32Array,
  width: number,
  count: number,
  { history, asOf }: RetrievalQuery,
  liked: Int32Array,
  known: number,
  statistics: FeatureStatistics,
  activity: ItemActivity,
): void {
  const { timestamps } = history;
  const last = liked.length === 0 ? Number.NaN : timestamps[liked[liked.length - 1]];
  const first = liked.length === 0 ? Number.NaN : timestamps[liked[0]];
  let lastDay = 0;
  for (let at = liked.length - 1; at >= 0 && timestamps[liked[at]] > asOf - DAY; at--) lastDay++;
  const { mean, spread } = ratingsOf(history.ratings);
  const taste = tasteOf(history.itemIndices, liked, statistics, activity, known);
  const constants: readonly (readonly [number, number])[] = [
    [COLUMN.user_events, liked.length],
    [COLUMN.user_hours_since_last, (asOf - last) / HOUR],
    [COLUMN.user_days_since_first, (asOf - first) / DAY],
    [COLUMN.user_events_last_day, lastDay],
    [COLUMN.user_mean_rating, mean],
    [COLUMN.user_rating_spread, spread],
    [COLUMN.user_genre_entropy, genreEntropy(history.itemIndices, liked, statistics)],
    [COLUMN.user_popularity_taste, taste.popularity],
    [COLUMN.user_year_taste, taste.year],
    [COLUMN.request_hour, Math.floor((asOf / HOUR) % 24)],
    [COLUMN.request_weekday, Math.floor((asOf / DAY) % 7)],
  ];
  for (const [column, value] of constants) {
    for (let at = column; at < count * width; at += width) values[at] = value;
  }
}

function ratingsOf(ratings: Float32Array | undefined): { mean: number; spread: number } {
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

function tasteOf(
  items: Int32Array,
  liked: Int32Array,
  { years }: FeatureStatistics,
  activity: ItemActivity,
  known: number,
): { popularity: number; year: number } {
  const before = emptyActivity();
  let popularity = 0;
  let year = 0;
  let dated = 0;
  const start = Math.max(0, liked.length - TASTE_LENGTH);
  for (let at = start; at < liked.length; at++) {
    const item = items[liked[at]];
    readActivity(activity, item, known, before);
    popularity += Math.log1p(before.count);
    if (years[item] === 0) continue;
    year += years[item];
    dated++;
  }
  return { popularity: popularity / (liked.length - start), year: year / dated };
}

/** Genre weights of the given history positions: an item shares one unit among its genres. Sums to 1, or all 0. */
function genreProfile(
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

function genreEntropy(items: Int32Array, liked: Int32Array, statistics: FeatureStatistics): number {
  let entropy = 0;
  for (const share of genreProfile(items, liked, statistics)) if (share > 0) entropy -= share * Math.log2(share);
  return entropy;
}

function writeItems(
  values: Float32Array,
  width: number,
  items: Int32Array,
  known: number,
  { years, genrePointers, meanRating }: FeatureStatistics,
  activity: ItemActivity,
): void {
  const before = emptyActivity();
  for (let row = 0; row < items.length; row++) {
    const item = items[row];
    const base = row * width;
    readActivity(activity, item, known, before);
    values[base + COLUMN.item_events] = before.count;
    values[base + COLUMN.item_events_day] = before.lastDay;
    values[base + COLUMN.item_events_week] = before.lastWeek;
    values[base + COLUMN.item_events_month] = before.lastMonth;
    values[base + COLUMN.item_events_faded] = before.faded;
    values[base + COLUMN.item_trend] = before.lastMonth / before.lastQuarter;
    values[base + COLUMN.item_mean_rating] =
      (before.ratingSum + RATINGS_BEFORE_THE_FIRST * meanRating) / (before.ratingCount + RATINGS_BEFORE_THE_FIRST);
    values[base + COLUMN.item_days_since_first] = before.ageDays;
    values[base + COLUMN.item_year] = years[item] === 0 ? Number.NaN : years[item];
    values[base + COLUMN.item_genres] = genrePointers[item + 1] - genrePointers[item];
  }
}

/** Everything between the history and a candidate. User columns must be there already. */
function writePairs(
  values: Float32Array,
  width: number,
  items: Int32Array,
  { history }: RetrievalQuery,
  liked: Int32Array,
  statistics: FeatureStatistics,
): void {
  const { years, genres, genrePointers, neighbors, nexts, followers, nextsBack, followersBack, itemCount } = statistics;
  const newest = new Int32Array(liked.length);
  for (let place = 0; place < liked.length; place++) {
    newest[place] = history.itemIndices[liked[liked.length - 1 - place]];
  }
  const latest = newest.subarray(0, 1);
  const profile = genreProfile(history.itemIndices, liked, statistics);
  const recentProfile = genreProfile(history.itemIndices, liked.subarray(-RECENT_LENGTH), statistics);
  const similarity = similaritiesTo(newest, neighbors, itemCount);
  const count3 = Math.max(1, Math.min(3, newest.length));
  const count10 = Math.max(1, Math.min(10, newest.length));
  const [next, nextBack, followsLast, follows, followedBy] = tablesOf('strengths', 5, itemCount);
  addStrengths(latest, nexts, next);
  addStrengths(latest, nextsBack, nextBack);
  addStrengths(latest, followers, followsLast);
  addStrengths(newest, followers, follows);
  addStrengths(newest, followersBack, followedBy);
  const rated = similarRated(history, neighbors, itemCount);
  // Without a last item nothing can follow it.
  const unknown = newest.length === 0 ? Number.NaN : 0;
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
    values[base + COLUMN.similarity_last] = similarity.last[item];
    values[base + COLUMN.similarity_last_3] = similarity.last3[item] / count3;
    values[base + COLUMN.similarity_last_10] = similarity.last10[item] / count10;
    values[base + COLUMN.similarity_best] = similarity.best[item];
    values[base + COLUMN.similarity_all] = similarity.all[item];
    values[base + COLUMN.next_share] = next[item] + unknown;
    values[base + COLUMN.next_share_back] = nextBack[item] + unknown;
    values[base + COLUMN.follows_last] = followsLast[item] + unknown;
    values[base + COLUMN.follows_recent] = follows[item];
    values[base + COLUMN.followed_by_recent] = followedBy[item];
    values[base + COLUMN.similar_rated] =
      rated === undefined ? Number.NaN : rated.sums[item] / (rated.weights[item] + RATING_SHRINKAGE);
  }
}

/** Cosines of every item with the newest of the history, those of a stretch added up; dense, since a candidate is looked up many times. */
function similaritiesTo(newest: Int32Array, neighbors: CsrMatrix, itemCount: number) {
  const [last, last3, last10, best, all] = tablesOf('similarities', 5, itemCount);
  for (let at = 0; at < Math.min(NEIGHBOR_LENGTH, newest.length); at++) {
    addCosines(neighbors, newest[at], all, best);
    // What has been added up so far is what the shorter stretches are sums of.
    if (at === 0) last.set(all);
    if (at === 2) last3.set(all);
    if (at === 9) last10.set(all);
  }
  if (newest.length < 3) last3.set(all);
  if (newest.length < 10) last10.set(all);
  return { last, last3, last10, best, all };
}

/** @remarks Two at a time, as {@link addRatings}: neighbours of an item are distinct, and need not wait for each other. */
function addCosines(
  { rowPointers, columnIndices, values }: CsrMatrix,
  row: number,
  all: Float32Array,
  best: Float32Array,
): void {
  const end = rowPointers[row + 1];
  let entry = rowPointers[row];
  for (; entry + 1 < end; entry += 2) {
    const first = columnIndices[entry];
    const second = columnIndices[entry + 1];
    const cosine = values[entry];
    const other = values[entry + 1];
    all[first] += cosine;
    all[second] += other;
    if (cosine > best[first]) best[first] = cosine;
    if (other > best[second]) best[second] = other;
  }
  if (entry < end) {
    const item = columnIndices[entry];
    all[item] += values[entry];
    if (values[entry] > best[item]) best[item] = values[entry];
  }
}

/** Adds what leads from the newest of the history to every item, the newest counting most. */
function addStrengths(newest: Int32Array, links: CsrMatrix, strengths: Float32Array): void {
  const { rowPointers, columnIndices, values } = links;
  for (let at = 0; at < Math.min(FOLLOW_LENGTH, newest.length); at++) {
    const end = rowPointers[newest[at] + 1];
    for (let entry = rowPointers[newest[at]]; entry < end; entry++) {
      strengths[columnIndices[entry]] += values[entry] / (at + 1);
    }
  }
}

/**
 * What the user gave items like each item, less the user's mean: weighed by cosine, and the weights. Undefined: nothing is rated.
 */
function similarRated(history: RetrievalQuery['history'], neighbors: CsrMatrix, itemCount: number) {
  const { mean } = ratingsOf(history.ratings);
  if (Number.isNaN(mean) || history.ratings === undefined) return undefined;
  const [sums, weights] = tablesOf('rated', 2, itemCount);
  const start = Math.max(0, history.itemIndices.length - 2 * NEIGHBOR_LENGTH);
  for (let position = start; position < history.itemIndices.length; position++) {
    const rating = history.ratings[position];
    if (!Number.isNaN(rating)) addRatings(neighbors, history.itemIndices[position], rating - mean, sums, weights);
  }
  return { sums, weights };
}

function addRatings(
  { rowPointers, columnIndices, values }: CsrMatrix,
  row: number,
  aboveMean: number,
  sums: Float32Array,
  weights: Float32Array,
): void {
  const end = rowPointers[row + 1];
  let entry = rowPointers[row];
  for (; entry + 1 < end; entry += 2) {
    const first = columnIndices[entry];
    const second = columnIndices[entry + 1];
    const cosine = values[entry];
    const other = values[entry + 1];
    sums[first] += cosine * aboveMean;
    sums[second] += other * aboveMean;
    weights[first] += cosine;
    weights[second] += other;
  }
  if (entry < end) {
    sums[columnIndices[entry]] += values[entry] * aboveMean;
    weights[columnIndices[entry]] += values[entry];
  }
}

const tables = new Map<string, readonly Float32Array[]>();

/**
 * Tables by item, all 0. The same ones at the next call: they are read before {@link computeFeatures} returns, and two hundred kilobytes
 * a request are not thrown away.
 */
function tablesOf(use: string, count: number, itemCount: number): readonly Float32Array[] {
  let own = tables.get(use);
  if (own?.[0].length !== itemCount) {
    own = Array.from({ length: count }, () => new Float32Array(itemCount));
    tables.set(use, own);
  }
  for (const table of own) table.fill(0);
  return own;
}

import { COLUMN, type FeatureInputs, type FeatureTable } from './feature-columns.ts';
import type { FeatureStatistics } from './feature-statistics.ts';
import { genreProfile, ratingMoments } from './history-profile.ts';
import { emptyActivity, readActivity } from './item-activity.ts';

/** Newest positive events whose popularity and year make up the user's taste. */
const TASTE_LENGTH = 20;
const HOUR = 3600;
const DAY = 86_400;

/** Writes the columns of the user and of the request time: one number for all candidates of a query. */
export function writeUserFeatures({ values, width }: FeatureTable, inputs: FeatureInputs): void {
  const { query, positives, statistics } = inputs;
  const { history, asOf } = query;
  const { timestamps } = history;
  const last = positives.length === 0 ? Number.NaN : timestamps[positives[positives.length - 1]];
  const first = positives.length === 0 ? Number.NaN : timestamps[positives[0]];
  let lastDay = 0;
  for (let at = positives.length - 1; at >= 0 && timestamps[positives[at]] > asOf - DAY; at--) lastDay++;
  const { mean, spread } = ratingMoments(history.ratings);
  const taste = tasteOf(inputs);
  const constants: readonly (readonly [number, number])[] = [
    [COLUMN.user_events, positives.length],
    [COLUMN.user_hours_since_last, (asOf - last) / HOUR],
    [COLUMN.user_days_since_first, (asOf - first) / DAY],
    [COLUMN.user_events_last_day, lastDay],
    [COLUMN.user_mean_rating, mean],
    [COLUMN.user_rating_spread, spread],
    [COLUMN.user_genre_entropy, genreEntropy(history.itemIndices, positives, statistics)],
    [COLUMN.user_popularity_taste, taste.popularity],
    [COLUMN.user_year_taste, taste.year],
    [COLUMN.request_hour, Math.floor((asOf / HOUR) % 24)],
    [COLUMN.request_weekday, Math.floor((asOf / DAY) % 7)],
  ];
  for (const [column, value] of constants) {
    for (let at = column; at < values.length; at += width) values[at] = value;
  }
}

/** Mean log popularity and mean release year of the newest positive events; NaN where nothing is known. */
function tasteOf({ query, positives, statistics: { years }, activity, known }: FeatureInputs): {
  popularity: number;
  year: number;
} {
  const { itemIndices: items } = query.history;
  const before = emptyActivity();
  let popularity = 0;
  let year = 0;
  let dated = 0;
  const start = Math.max(0, positives.length - TASTE_LENGTH);
  for (let at = start; at < positives.length; at++) {
    const item = items[positives[at]];
    readActivity(activity, item, known, before);
    popularity += Math.log1p(before.count);
    if (years[item] === 0) continue;
    year += years[item];
    dated++;
  }
  return { popularity: popularity / (positives.length - start), year: year / dated };
}

function genreEntropy(items: Int32Array, positives: Int32Array, statistics: FeatureStatistics): number {
  let entropy = 0;
  for (const share of genreProfile(items, positives, statistics)) if (share > 0) entropy -= share * Math.log2(share);
  return entropy;
}

import { COLUMN, type FeatureInputs, type FeatureTable } from './feature-columns.ts';
import { emptyActivity, readActivity } from './item-activity.ts';

/** Ratings at the mean of all items that every item's mean rating starts from. */
const PRIOR_RATINGS = 5;

/** Writes the columns of each candidate's own activity, year and genres. */
export function writeItemFeatures({ values, width, items }: FeatureTable, inputs: FeatureInputs): void {
  const { activity, known, statistics } = inputs;
  const { years, genrePointers, meanRating } = statistics;
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
      (before.ratingSum + PRIOR_RATINGS * meanRating) / (before.ratingCount + PRIOR_RATINGS);
    values[base + COLUMN.item_days_since_first] = before.ageDays;
    values[base + COLUMN.item_year] = years[item] === 0 ? Number.NaN : years[item];
    values[base + COLUMN.item_genres] = genrePointers[item + 1] - genrePointers[item];
  }
}

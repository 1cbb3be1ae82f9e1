import { hashString } from '@matinee/numerics';
import { sortedJson } from '../artifacts/artifact-bytes.ts';

/** The subject of a feature; ablations withhold one group at a time. */
export const FEATURE_GROUPS = ['source', 'user', 'item', 'pair', 'context'] as const;
export type FeatureGroup = (typeof FEATURE_GROUPS)[number];

/**
 * The information a feature may use. `candidates`: the query and the sources' results. `history`: the user's events
 * before the request time. `events`: all users' events strictly before it. `training`: counts up to the training time.
 * `clock`: the request time itself.
 */
type AsOfRule = 'candidates' | 'history' | 'events' | 'training' | 'clock';

/** One column of the table that a ranker reads: a number, NaN = unknown. */
export interface Feature {
  readonly name: string;
  readonly group: FeatureGroup;
  readonly meaning: string;
  readonly asOf: AsOfRule;
}

/** A source whose scores are features. */
export interface FeatureSource {
  readonly name: string;
  readonly family: string;
}

/** Columns in a fixed order. Schemas with equal hashes have the same numbers in the same columns. */
export interface FeatureSchema {
  readonly sources: readonly FeatureSource[];
  /** Groups whose columns are all NaN, for ablations. */
  readonly withheld: readonly FeatureGroup[];
  readonly features: readonly Feature[];
  readonly names: readonly string[];
  /** 8 hexadecimal digits over names, order, meanings and rules: a ranker stores it and rejects another. */
  readonly hash: string;
}

/** Raised when a feature's computation changes but its description does not. */
const COMPUTATION_VERSION = 2;

const f = (group: FeatureGroup, asOf: AsOfRule, name: string, meaning: string): Feature => ({
  name,
  group,
  meaning,
  asOf,
});

/** The columns of every schema, independent of the sources. Of people: one counts once for an item in thirty days. */
export const COMMON_FEATURES = [
  f('source', 'candidates', 'blend_score', 'score of the blend'),
  f('source', 'candidates', 'blend_rank', 'rank in the blend, from 1'),
  f('source', 'candidates', 'source_count', 'sources that found the item'),
  f('source', 'candidates', 'has_tt', '1 = a two-tower source found it'),
  f('source', 'candidates', 'has_seq', '1 = a sequence model found it'),
  f('source', 'candidates', 'has_v2', '1 = a source over similar users or items found it'),
  f('user', 'history', 'user_events', 'things the user turned to'),
  f('user', 'clock', 'user_hours_since_last', 'hours since the last of them'),
  f('user', 'clock', 'user_days_since_first', 'days since the first of them'),
  f('user', 'clock', 'user_events_last_day', 'how many of them within a day'),
  f('user', 'history', 'user_mean_rating', 'mean of the user’s ratings'),
  f('user', 'history', 'user_rating_spread', 'standard deviation of the user’s ratings'),
  f('user', 'history', 'user_genre_entropy', 'how many genres the history spreads over, in bits'),
  f('user', 'history', 'user_popularity_taste', 'mean log popularity of the last 20 items'),
  f('user', 'history', 'user_year_taste', 'mean release year of the last 20 items'),
  f('item', 'events', 'item_events', 'people who turned to the item'),
  f('item', 'events', 'item_events_day', 'of them within a day'),
  f('item', 'events', 'item_events_week', 'of them within 7 days'),
  f('item', 'events', 'item_events_month', 'of them within 30 days'),
  f('item', 'events', 'item_events_faded', 'of them, fading with a half-life of 90 days'),
  f('item', 'events', 'item_trend', 'share of the last 90 days’ events that fell into the last 30'),
  f('item', 'events', 'item_mean_rating', 'mean rating, drawn towards that of all items in training'),
  f('item', 'events', 'item_days_since_first', 'days since anybody turned to it first'),
  f('item', 'candidates', 'item_year', 'release year'),
  f('item', 'candidates', 'item_genres', 'number of genres'),
  f('pair', 'history', 'genre_match', 'share of the history’s genre weight that the item’s genres hold'),
  f('pair', 'history', 'genre_match_recent', 'the same of the last 5 items'),
  f('pair', 'history', 'year_gap', 'years from the release years of the last 20 items'),
  f('pair', 'history', 'popularity_gap', 'log popularity less that of the last 20 items'),
  f('pair', 'training', 'similarity_last', 'co-occurrence cosine with the last item'),
  f('pair', 'training', 'similarity_last_3', 'mean cosine with the last 3'),
  f('pair', 'training', 'similarity_last_10', 'mean cosine with the last 10'),
  f('pair', 'training', 'similarity_best', 'largest cosine with any of the last 50'),
  f('pair', 'training', 'similarity_all', 'sum of the cosines with the last 50'),
  f('pair', 'training', 'next_share', 'how often it came straight after the last item'),
  f('pair', 'training', 'next_share_back', 'how often the last item came straight after it'),
  f('pair', 'training', 'follows_last', 'how often it came soon after the last item'),
  f('pair', 'training', 'follows_recent', 'how often it came soon after the last 10 items, nearer ones counting more'),
  f('pair', 'training', 'followed_by_recent', 'the same with the roles exchanged'),
  f('pair', 'history', 'similar_rated', 'what the user gave items like it, less the user’s mean rating'),
  f('context', 'clock', 'request_hour', 'hour of the day, UTC'),
  f('context', 'clock', 'request_weekday', 'day of the week, UTC, Thursday 0'),
] as const satisfies readonly Feature[];

/** The three columns of every source. */
function sourceFeatures({ name }: FeatureSource): Feature[] {
  return [
    f(
      'source',
      'candidates',
      `${name}:score`,
      `score of ${name}, found or not, in standard deviations from the pool’s mean`,
    ),
    f('source', 'candidates', `${name}:gap`, `best score of ${name} in the pool less this one, in the same units`),
    f('source', 'candidates', `${name}:rank`, `rank in the list of ${name}; missing where it did not find it`),
  ];
}

/** The columns for a generation's sources, in the order of the sources. */
export function createFeatureSchema(
  sources: readonly FeatureSource[],
  withheld: readonly FeatureGroup[] = [],
): FeatureSchema {
  const features = [...COMMON_FEATURES, ...sources.flatMap(sourceFeatures)];
  const text = sortedJson({
    computation: COMPUTATION_VERSION,
    sources: [...sources],
    features,
    ...(withheld.length > 0 && { withheld: [...withheld] }),
  });
  return {
    sources,
    withheld,
    features,
    names: features.map(({ name }) => name),
    hash: (hashString(text) >>> 0).toString(16).padStart(8, '0'),
  };
}

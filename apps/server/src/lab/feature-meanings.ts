/**
 * Meanings of features that in the schema refer to the feature above them. The schema's own words are part of its hash,
 * so that they cannot change without every ranker being trained again.
 */
const WHOLE_MEANINGS: Readonly<Record<string, string>> = {
  user_hours_since_last: 'hours since the user’s last event',
  user_days_since_first: 'days since the user’s first event',
  user_events_last_day: 'how many events of the user are within a day',
  item_events_day: 'people who turned to the item within a day',
  item_events_week: 'people who turned to the item within 7 days',
  item_events_month: 'people who turned to the item within 30 days',
  item_events_faded: 'people who turned to the item, fading with a half-life of 90 days',
  genre_match_recent: 'share of the genre weight of the last 5 items that the item’s genres hold',
  similarity_last_3: 'mean co-occurrence cosine with the last 3 items',
  similarity_last_10: 'mean co-occurrence cosine with the last 10 items',
  similarity_best: 'largest co-occurrence cosine with any of the last 50 items',
  similarity_all: 'sum of the co-occurrence cosines with the last 50 items',
  followed_by_recent: 'how often one of the last 10 items came soon after it, nearer ones counting more',
};

/** Returns what a feature means in words that stand alone. */
export function meaningOf(name: string, inSchema: string): string {
  return WHOLE_MEANINGS[name] ?? inSchema;
}

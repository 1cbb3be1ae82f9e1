import type { TasteProfile } from '@matinee/contract';
import type { ItemIndex } from '@matinee/models/data';
import { type Engine, isTasteGenre, type Query } from '@matinee/recommender';

const MAX_GENRES = 8;

/**
 * Describes the titles that count for a user: genres, decades, mean rating, and how well known they are.
 *
 * @param mayName Whether the title is one that the viewer may see.
 */
export function describeTaste(engine: Engine, query: Query, mayName: (itemIndex: ItemIndex) => boolean): TasteProfile {
  const { history } = query.retrieval;
  const items = Array.from(history.itemIndices).filter(
    (itemIndex, position) => history.weights[position]! > 0 && mayName(itemIndex),
  );
  const mean = query.userIndex >= 0 ? engine.ratings.meanOfUser(query.userIndex) : Number.NaN;
  const lesserKnown = shareOfLesserKnown(engine);
  return {
    titleCount: items.length,
    meanRating: Number.isNaN(mean) ? null : mean,
    genres: genreShares(engine, items),
    decades: countDecades(engine, items),
    mainstream:
      items.length === 0 ? null : items.reduce((sum, itemIndex) => sum + lesserKnown[itemIndex]!, 0) / items.length,
  };
}

function genreShares({ catalogue }: Engine, items: readonly ItemIndex[]): TasteProfile['genres'] {
  const counts = new Map<string, number>();
  for (const itemIndex of items)
    for (const genre of catalogue.genres[itemIndex] ?? []) {
      const name = catalogue.genreNames[genre]!;
      if (isTasteGenre(name)) counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  return [...counts]
    .sort(([a, countOfA], [b, countOfB]) => countOfB - countOfA || (a < b ? -1 : 1))
    .slice(0, MAX_GENRES)
    .map(([genre, count]) => ({ genre, share: count / items.length }));
}

function countDecades({ catalogue }: Engine, items: readonly ItemIndex[]): TasteProfile['decades'] {
  const counts = new Map<number, number>();
  for (const itemIndex of items) {
    const year = catalogue.years[itemIndex] ?? 0;
    const decade = year - (year % 10);
    if (year > 0) counts.set(decade, (counts.get(decade) ?? 0) + 1);
  }
  return [...counts].sort(([a], [b]) => a - b).map(([decade, count]) => ({ decade, count }));
}

/** Sorting the catalogue takes milliseconds, so it is done once for each index of ratings. */
const sharesOfIndex = new WeakMap<object, Float64Array>();

/** Of each item, the share of the catalogue that has fewer interactions. */
function shareOfLesserKnown({ ratings: { interactionCounts } }: Engine): Float64Array {
  const known = sharesOfIndex.get(interactionCounts);
  if (known !== undefined) return known;
  const sorted = interactionCounts.toSorted();
  const firstPlace = new Map<number, number>();
  for (const [place, count] of sorted.entries()) if (!firstPlace.has(count)) firstPlace.set(count, place);
  const shares = Float64Array.from(interactionCounts, (count) => firstPlace.get(count)! / sorted.length);
  sharesOfIndex.set(interactionCounts, shares);
  return shares;
}

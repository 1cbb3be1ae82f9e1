import { boostScored } from '../../candidates/boost-candidates.ts';
import { explainBySource } from '../../candidates/explain.ts';
import { isTasteGenre } from '../../facts/genre-order.ts';
import { popularitySource, ROW_LENGTH, type RowProposal, type SlateInput } from './section.ts';

/** Rows beside the common one. */
const GENRE_ROWS = 3;
/** Number of items after those of the common row among which genres are counted. */
const COUNTED_TITLES = 200;
/** Deep enough to fill a row of one genre, after others have chosen. */
const POOL = 600;

/**
 * What people turn to lately, one row each for the genres that most of it has: for somebody of whom nothing is known,
 * to find something to say yes to.
 */
export async function popularInGenres(input: SlateInput): Promise<RowProposal[]> {
  const { engine, query, verdicts } = input;
  const { genres, genreNames } = engine.catalogue;
  const source = popularitySource(input);
  const found = await source.model.retrieve(query.retrieval, POOL, verdicts.codes);
  const { itemIndices } = boostScored(engine, query, found);
  const counts = new Map<number, number>();
  for (const itemIndex of itemIndices.subarray(ROW_LENGTH, ROW_LENGTH + COUNTED_TITLES)) {
    for (const genre of genres[itemIndex]!) counts.set(genre, (counts.get(genre) ?? 0) + 1);
  }
  const ofTaste = [...counts].filter(([genre]) => isTasteGenre(genreNames[genre]!));
  const largest = ofTaste.sort(([a, countOfA], [b, countOfB]) => countOfB - countOfA || a - b);
  return largest.slice(0, GENRE_ROWS).map(([genre]) => ({
    kind: 'popular_right_now',
    genre,
    placements: Array.from(itemIndices)
      .filter((itemIndex) => genres[itemIndex]!.includes(genre))
      .map((itemIndex) => ({
        itemIndex,
        explain: async () => (await explainBySource(engine, query, source, itemIndex)) ?? { code: 'trending_now' },
      })),
  }));
}

import { type Candidate, visitSources } from '../../candidates/candidate.ts';
import { explainCandidate, explainOtherwise } from '../../candidates/explain.ts';
import type { Engine } from '../../engine/engine.ts';
import { isTasteGenre } from '../../facts/genre-order.ts';
import { MIN_ROW_LENGTH, type Placement, ROW_LENGTH, type RowProposal, type SlateInput } from './section.ts';

/** Rows beside the common one. */
const GENRE_ROWS = 6;
/** The common row leaves two thirds of a small catalogue to the rows of genres. */
const COMMON_SHARE = 1 / 3;

/**
 * Rows from what the catalogue says of its items, where the sources of the release find too few: a common row of all
 * genres and decades, and one row each for the genres with most items, the newest first. No rows where there is enough.
 *
 * The other rows choose first. What they leave of the items that sources found stands in the common row, so that no
 * item is lost because its row is too short to be shown.
 */
export function fromTheCatalogue({ engine, query, ranked }: SlateInput): RowProposal[] {
  const { genres, genreNames, years } = engine.catalogue;
  const added = ranked.filter((candidate) => isFromCatalogue(engine, candidate));
  if (added.length === 0) return [];
  const toPlacement = (candidate: Candidate): Placement => ({
    itemIndex: candidate.itemIndex,
    explain: () => explainCandidate(engine, query, candidate),
    explainOtherwise: (isUsedUp) => explainOtherwise(engine, query, candidate, isUsedUp),
  });
  const common: RowProposal = {
    kind: 'from_the_catalogue',
    firstLength: Math.max(MIN_ROW_LENGTH, Math.min(ROW_LENGTH, Math.floor(added.length * COMMON_SHARE))),
    placements: ranked.map(toPlacement),
  };
  const counts = new Map<number, number>();
  for (const { itemIndex } of added) {
    for (const genre of genres[itemIndex]!) counts.set(genre, (counts.get(genre) ?? 0) + 1);
  }
  const ofTaste = [...counts].filter(([genre]) => isTasteGenre(genreNames[genre]!));
  const largest = ofTaste.sort(([a, countOfA], [b, countOfB]) => countOfB - countOfA || a - b);
  const newestFirst = added.toSorted((a, b) => years[b.itemIndex]! - years[a.itemIndex]!);
  return [
    common,
    ...largest.slice(0, GENRE_ROWS).map(([genre]) => ({
      kind: 'from_the_catalogue' as const,
      genre,
      placements: newestFirst.filter(({ itemIndex }) => genres[itemIndex]!.includes(genre)).map(toPlacement),
    })),
  ];
}

function isFromCatalogue({ catalogueSource }: Engine, candidate: Candidate): boolean {
  let isIt = true;
  visitSources(candidate, (source) => {
    isIt &&= source === catalogueSource;
  });
  return isIt;
}

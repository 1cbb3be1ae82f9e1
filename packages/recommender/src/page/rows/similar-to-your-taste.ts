import type { Candidate, CandidateSource } from '../../candidates/candidate.ts';
import { explainCandidate, explainOtherwise } from '../../candidates/explain.ts';
import type { Placement, RowProposal, SlateInput } from './section.ts';

/**
 * The items that families reading the whole history found, explained by these families alone. They stand in the order
 * of these families, or of the ranker where there is one.
 *
 * Item-item families, which follow the last few items, fill the rows that name an item; here they would repeat them.
 */
export function similarToYourTaste({ engine, query, ranked }: SlateInput): RowProposal {
  const { genres } = engine.catalogue;
  // Genres alone also find what is merely popular, with a low score: the row would say what is not true of it.
  const isOfTaste = ({ itemIndex }: Candidate, sources: readonly CandidateSource[]): boolean =>
    sources.some(({ source }) => source.model.traits.reads !== 'genres') ||
    genres[itemIndex]!.some((genre) => query.tasteGenres.has(genre));
  const isRanked = engine.release.ranking !== undefined;
  const placements = ranked
    .map((candidate) => {
      const sources = candidate.sources.filter(({ source }) => source.model.traits.goodFor.includes('whole-taste'));
      return { candidate, sources, share: sources.reduce((sum, { contribution }) => sum + contribution, 0) };
    })
    .filter(({ candidate, sources, share }) => share > 0 && isOfTaste(candidate, sources))
    .map((each) => ({ ...each, order: isRanked ? each.candidate.score : each.share + (each.candidate.boost ?? 0) }))
    .sort((a, b) => b.order - a.order)
    .map(({ candidate: { itemIndex }, sources }): Placement => ({
      itemIndex,
      explain: () => explainCandidate(engine, query, { itemIndex, sources }),
      explainOtherwise: (isUsedUp) => explainOtherwise(engine, query, { itemIndex, sources }, isUsedUp),
    }));
  return { kind: 'similar_to_your_taste', placements };
}

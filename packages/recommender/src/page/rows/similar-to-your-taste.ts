import type { NamedSource } from '@matinee/models/blend';
import { type Candidate, visitSources } from '../../candidates/candidate.ts';
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
  const isRanked = engine.release.ranking !== undefined;
  const isOfWholeTaste = ({ model }: NamedSource): boolean => model.traits.goodFor.includes('whole-taste');
  const ofTaste: { readonly candidate: Candidate; readonly order: number }[] = [];
  for (const candidate of ranked) {
    const { itemIndex, score, boost = 0 } = candidate;
    let share = 0;
    let readsMore = false;
    visitSources(candidate, (source, _rank, _score, contribution) => {
      if (!isOfWholeTaste(source)) return;
      share += contribution;
      readsMore ||= source.model.traits.reads !== 'genres';
    });
    // Genres alone also find what is merely popular, with a low score: the row would say what is not true of it.
    const isOfTaste = readsMore || genres[itemIndex]!.some((genre) => query.tasteGenres.has(genre));
    if (share > 0 && isOfTaste) ofTaste.push({ candidate, order: isRanked ? score : share + boost });
  }
  ofTaste.sort((a, b) => b.order - a.order);
  const placements = ofTaste.map(({ candidate: { itemIndex }, candidate }): Placement => {
    const ofRow = () => ({ itemIndex, sources: candidate.sources.filter(({ source }) => isOfWholeTaste(source)) });
    return {
      itemIndex,
      explain: () => explainCandidate(engine, query, ofRow()),
      explainOtherwise: (isUsedUp) => explainOtherwise(engine, query, ofRow(), isUsedUp),
    };
  });
  return { kind: 'similar_to_your_taste', placements };
}

import type { Candidate } from '../candidate.ts';
import { explainCandidate } from '../explain.ts';
import type { RowProposal, SlateInput } from '../section.ts';

/**
 * Families that look at the history as a whole. Item-item, which follows the last few titles, fills the rows that name
 * one; here it would tell the same story a third time.
 */
const TASTE_KINDS: ReadonlySet<string> = new Set(['genre-affinity', 'user-knn']);

/** What genre affinity and people of like history make of the whole history: ranked and explained by these alone. */
export function similarToYourTaste({ engine, query, ranked }: SlateInput): RowProposal {
  const placements = ranked
    .map((candidate) => {
      const sources = candidate.sources.filter(({ source }) => TASTE_KINDS.has(source.model.kind));
      return { candidate, sources, score: sources.reduce((sum, { contribution }) => sum + contribution, 0) };
    })
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ candidate, sources }) => {
      const tasteOnly: Candidate = { itemIndex: candidate.itemIndex, score: candidate.score, sources };
      return { itemIndex: candidate.itemIndex, explain: () => explainCandidate(engine, query, tasteOnly) };
    });
  return { kind: 'similar_to_your_taste', placements };
}

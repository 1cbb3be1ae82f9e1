import { explainCandidate } from '../../candidates/explain.ts';
import type { RowProposal, SlateInput } from './section.ts';

/**
 * Families that look at the history as a whole. Item-item, which follows the last few titles, fills the rows that name
 * one; here it would tell the same story a third time.
 */
const TASTE_KINDS: ReadonlySet<string> = new Set(['genre-affinity', 'user-knn', 'two-tower']);

/**
 * What looks at the whole history found: explained by that alone, and in its order, or in the ranker's where there is
 * one.
 */
export function similarToYourTaste({ engine, query, ranked }: SlateInput): RowProposal {
  const isRanked = engine.release.ranking !== undefined;
  const placements = ranked
    .map((candidate) => {
      const sources = candidate.sources.filter(({ source }) => TASTE_KINDS.has(source.model.kind));
      return { candidate, sources, share: sources.reduce((sum, { contribution }) => sum + contribution, 0) };
    })
    .filter(({ share }) => share > 0)
    .map((each) => ({ ...each, order: isRanked ? each.candidate.score : each.share + (each.candidate.boost ?? 0) }))
    .sort((a, b) => b.order - a.order)
    .map(({ candidate: { itemIndex }, sources }) => ({
      itemIndex,
      explain: () => explainCandidate(engine, query, { itemIndex, sources }),
    }));
  return { kind: 'similar_to_your_taste', placements };
}

import { type Candidate, PERSONAL_KINDS } from '../candidate.ts';
import { explainCandidate } from '../explain.ts';
import type { RowProposal, SlateInput } from '../section.ts';

/** The part of a candidate's score that comes from the user's own history. */
function personalScore({ sources }: Candidate): number {
  let score = 0;
  for (const { source, contribution } of sources) if (PERSONAL_KINDS.has(source.model.kind)) score += contribution;
  return score;
}

/** What genre affinity and collaborative filtering make of the whole history, popularity left aside. */
export function similarToYourTaste({ engine, query, ranked }: SlateInput): RowProposal {
  const placements = ranked
    .map((candidate) => ({ candidate, score: personalScore(candidate) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ candidate }) => {
      const sources = candidate.sources.filter(({ source }) => PERSONAL_KINDS.has(source.model.kind));
      return {
        itemIndex: candidate.itemIndex,
        explain: () => explainCandidate(engine, query, { ...candidate, sources }),
      };
    });
  return { kind: 'similar_to_your_taste', placements };
}

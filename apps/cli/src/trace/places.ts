import type { Candidate } from '@matinee/recommender';
import { candidatesByBlend } from './blend-part.ts';
import type { TracedResponse } from './trace-request.ts';

/** A candidate with its places before and after ranking, counted from 1. */
export interface PlacedCandidate {
  readonly candidate: Candidate;
  readonly inBlend: number;
  readonly inList: number;
}

/** All candidates in the order of the list. */
export function placeCandidates({ found }: TracedResponse): readonly PlacedCandidate[] {
  const blend = new Map(candidatesByBlend(found.ranked).map(({ itemIndex }, index) => [itemIndex, index + 1]));
  return found.ranked.map((candidate, index) => ({
    candidate,
    inBlend: blend.get(candidate.itemIndex)!,
    inList: index + 1,
  }));
}

const FIRST_PLACES = 10;

/**
 * Returns up to three candidates to compare: the first of the list, the one that climbed furthest into the first ten,
 * and the one that fell furthest out of the blend's first ten.
 */
export function choosePlaced(answer: TracedResponse): readonly PlacedCandidate[] {
  const placed = placeCandidates(answer);
  const climbed = placed.slice(0, FIRST_PLACES).toSorted((a, b) => b.inBlend - b.inList - (a.inBlend - a.inList));
  const fallen = placed
    .filter(({ inBlend }) => inBlend <= FIRST_PLACES)
    .sort((a, b) => b.inList - b.inBlend - (a.inList - a.inBlend));
  return [...new Set([placed[0], climbed[0], fallen[0]])].filter((each) => each !== undefined);
}

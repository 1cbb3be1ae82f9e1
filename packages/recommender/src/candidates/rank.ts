import type { Candidate } from './candidate.ts';

/**
 * The ranker's score, or V1's ranking, the blended score; best first. What the user likes, dislikes and skips has its say before this, as
 * positive and negative weights in the history that every source was asked with.
 *
 * Equal scores (a source of weight 0 gives none) go by the best rank in any source, then by the lower index: somebody
 * whom only a source without weight knows anything for still gets that source's order.
 *
 * @returns The same candidates, none dropped.
 */
export function rank(candidates: readonly Candidate[]): readonly Candidate[] {
  return candidates.toSorted((a, b) => b.score - a.score || bestRank(a) - bestRank(b) || a.itemIndex - b.itemIndex);
}

function bestRank({ sources }: Candidate): number {
  return sources.reduce((best, source) => Math.min(best, source.rank), Number.POSITIVE_INFINITY);
}

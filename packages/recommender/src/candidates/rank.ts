import type { Candidate } from './candidate.ts';

/**
 * Sorts candidates by score, best first. Likes, dislikes and skips have acted before, as positive and negative weights
 * in the history that every source reads.
 *
 * Ties (a source of weight 0 adds nothing) go by the best rank in any source, then by the lower index. So a user for
 * whom only a source of weight 0 finds items still gets that source's order.
 *
 * @returns The same candidates, none dropped.
 */
export function rank(candidates: readonly Candidate[]): readonly Candidate[] {
  return candidates.toSorted((a, b) => b.score - a.score || bestRank(a) - bestRank(b) || a.itemIndex - b.itemIndex);
}

function bestRank({ sources }: Candidate): number {
  return sources.reduce((best, source) => Math.min(best, source.rank), Number.POSITIVE_INFINITY);
}

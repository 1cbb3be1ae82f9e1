import type { Contributor } from './retrieval-model.ts';

/** The positive contributions, largest first, ties by lower item index, at most `limit`. */
export function strongestContributors(
  contributions: ReadonlyMap<number, number>,
  limit: number,
): readonly Contributor[] {
  return Array.from(contributions, ([itemIndex, contribution]) => ({ itemIndex, contribution }))
    .filter(({ contribution }) => contribution > 0)
    .sort((a, b) => b.contribution - a.contribution || a.itemIndex - b.itemIndex)
    .slice(0, limit);
}

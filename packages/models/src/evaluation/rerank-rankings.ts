import type { ItemSpace } from '../slate/item-space.ts';
import { rerank } from '../slate/rerank.ts';
import type { EvaluationQuery } from '../splits/split.ts';
import { genreShares } from './list-metrics.ts';
import type { Rankings } from './rank-fold.ts';

/**
 * Re-orders rankings as a request with that `diversity` would. Re-ranking depends on a list's order only and looks no
 * further ahead than the lists are long.
 */
export function rerankRankings(
  { depth, itemIndices, lengths }: Rankings,
  queries: readonly EvaluationQuery[],
  space: ItemSpace,
  strength: number,
): Rankings {
  const reranked = itemIndices.slice();
  for (const [index, { history }] of queries.entries()) {
    const start = index * depth;
    const list = itemIndices.subarray(start, start + lengths[index]);
    const taste = genreShares(history, space.genres, space.genreCount);
    const { order } = rerank(list, space, { strength, count: list.length, taste });
    for (const [to, from] of order.entries()) reranked[start + to] = list[from];
  }
  return { depth, itemIndices: reranked, lengths };
}

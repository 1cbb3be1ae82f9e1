import type { ItemIndex } from '@matinee/models/data';
import { type ItemSpace, RERANK_REASONS, type RerankOptions, rerank } from '@matinee/models/slate';
import type { Move } from '../candidates/move.ts';

/**
 * Strength of diversification for rows of a page by default. Chosen on validation: it costs no NDCG@10 on the bundled
 * data and 2 % on MovieLens 1M (docs/decisions/0012-slate.md).
 */
export const DEFAULT_DIVERSITY = 0.1;

/** Applies {@link rerank} to objects with an item index and returns every move. */
export function diversify<T extends { readonly itemIndex: ItemIndex }>(
  titles: readonly T[],
  space: ItemSpace,
  options: RerankOptions,
): { readonly titles: readonly T[]; readonly moves: readonly Move[] } {
  if (options.strength === 0) return { titles, moves: [] };
  const items = Int32Array.from(titles, ({ itemIndex }) => itemIndex);
  const { order, reasons } = rerank(items, space, options);
  const moves: Move[] = [];
  for (const [to, from] of order.entries()) {
    if (from !== to) moves.push({ itemIndex: items[from]!, from, to, reason: RERANK_REASONS[reasons[from]! - 1]! });
  }
  return { titles: Array.from(order, (from) => titles[from]!), moves };
}

import { createGrowingList } from './growing-list.ts';
import type { ItemSpace } from './item-space.ts';

export interface RerankOptions {
  /** λ: 0 = the order is unchanged, 1 = relevance is ignored. */
  readonly strength: number;
  /** Number of places to re-order; the other items follow in their order. */
  readonly count: number;
  /** Genre shares of the history; absent = diversify without calibrating. */
  readonly taste?: Float64Array | undefined;
}

/** Why an item moved. */
export const RERANK_REASONS = ['diversity', 'calibration'] as const;
export type RerankReason = (typeof RERANK_REASONS)[number];

export interface Reranked {
  /** Positions in the input list, each once. */
  readonly order: Int32Array;
  /** By position in the input list: 0, or 1 + position in {@link RERANK_REASONS}. */
  readonly reasons: Uint8Array;
}

/** Maximum number of places an item moves up. This bounds the loss of relevance and the time. */
const LOOKAHEAD = 20;

/**
 * Re-orders a list greedily by maximal marginal relevance with calibrated genres. Each place goes to the item with the
 * highest
 *
 *   (1 − λ) · relevance + λ/2 · (1 − mean similarity to those chosen before) + λ/2 · balance of the genres
 *
 * Relevance is 1 / log2(place + 1), NDCG's discount of the item's place in the input. Places are comparable across
 * sources, scores are not. {@link createGrowingList} computes the other two terms. Equal values keep their order.
 *
 * @param items The list, best first, without repeats.
 * @see Carbonell & Goldstein (1998), The use of MMR, diversity-based reranking, SIGIR. Steck (2018), Calibrated
 * recommendations, RecSys, section 4.
 * @remarks O(count · lookahead · (genres of an item + width)).
 */
export function rerank(
  items: ArrayLike<number>,
  space: ItemSpace,
  { strength, count, taste }: RerankOptions,
): Reranked {
  const { length } = items;
  const order = Int32Array.from({ length }, (_, position) => position);
  const reasons = new Uint8Array(length);
  if (strength === 0) return { order, reasons };
  const reachable = Int32Array.from({ length: Math.min(length, count + LOOKAHEAD) }, (_, at) => items[at]);
  const relevances = Float64Array.from(reachable, (_, at) => 1 / Math.log2(at + 2));
  const list = createGrowingList(reachable, space, taste);
  const novelties = new Float64Array(LOOKAHEAD);
  const balances = new Float64Array(LOOKAHEAD);
  for (let place = 0; place < Math.min(count, length); place++) {
    // From `place` on, `order` has the remaining items in input order.
    let best = 0;
    let bestValue = Number.NEGATIVE_INFINITY;
    for (let ahead = 0; ahead < Math.min(LOOKAHEAD, length - place); ahead++) {
      const from = order[place + ahead];
      novelties[ahead] = list.noveltyOf(from);
      balances[ahead] = list.balanceOf(from);
      const value = (1 - strength) * relevances[from] + (strength / 2) * (novelties[ahead] + balances[ahead]);
      if (value > bestValue) {
        best = ahead;
        bestValue = value;
      }
    }
    const chosen = order[place + best];
    if (best > 0) {
      const isForGenres = balances[best] - balances[0] > novelties[best] - novelties[0];
      const reason = 1 + RERANK_REASONS.indexOf(isForGenres ? 'calibration' : 'diversity');
      for (let ahead = 0; ahead < best; ahead++) reasons[order[place + ahead]] ||= reason;
      reasons[chosen] = reason;
      order.copyWithin(place + 1, place, place + best);
      order[place] = chosen;
    }
    list.add(chosen);
  }
  return { order, reasons };
}

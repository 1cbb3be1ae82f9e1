import type { ItemIndex } from '../data/indices.ts';
import type { ScoredItems } from './retrieval-model.ts';
import { selectTop } from './select-top.ts';

/** Scores of all items in their order, so that the best are found without comparing all of them. */
export interface OrderedScores {
  /** By item; NaN = none. Changed by {@link set} alone. */
  readonly scores: Float32Array;
  set(itemIndex: ItemIndex, score: number): void;
  /**
   * The `n` best without the excluded and those that are NaN; ties by lower index, as `selectTop` has it.
   *
   * @remarks O(n + excluded items among the best).
   */
  top(n: number, excluded?: Uint8Array): ScoredItems;
}

/** So many changed scores stand beside the order; with more, the order is made anew when it is next needed. */
const MOST_MOVED = 128;

/** @param scores Owned by the result afterwards. */
export function orderScores(scores: Float32Array): OrderedScores {
  let order: Int32Array | undefined;
  const moved = new Set<ItemIndex>();

  const isOpen = (item: ItemIndex, excluded: Uint8Array | undefined): boolean =>
    excluded === undefined || excluded[item] === 0;
  const isBefore = (a: ItemIndex, b: ItemIndex): boolean => scores[a] > scores[b] || (scores[a] === scores[b] && a < b);

  return {
    scores,
    set(item, score) {
      scores[item] = score;
      if (order === undefined) return;
      moved.add(item);
      if (moved.size <= MOST_MOVED) return;
      order = undefined;
      moved.clear();
    },
    top(n, excluded) {
      order ??= selectTop(scores, scores.length).itemIndices;
      const late = [...moved].filter((item) => !Number.isNaN(scores[item]) && isOpen(item, excluded));
      late.sort((a, b) => (isBefore(a, b) ? -1 : 1));
      const itemIndices = new Int32Array(Math.max(0, Math.min(n, order.length + late.length)));
      let count = 0;
      let nextLate = 0;
      for (let at = 0; count < itemIndices.length; at++) {
        while (at < order.length && (moved.has(order[at]) || !isOpen(order[at], excluded))) at++;
        const isOver = at >= order.length;
        while (
          nextLate < late.length &&
          count < itemIndices.length &&
          (isOver || isBefore(late[nextLate], order[at]))
        ) {
          itemIndices[count++] = late[nextLate++];
        }
        if (isOver) break;
        if (count < itemIndices.length) itemIndices[count++] = order[at];
      }
      const found = itemIndices.subarray(0, count);
      return { itemIndices: found, scores: Float32Array.from(found, (item) => scores[item]) };
    },
  };
}

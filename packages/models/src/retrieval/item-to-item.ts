import type { ModelArtifact } from '../artifacts/model-artifact.ts';
import { historyStrengths } from './history-strengths.ts';
import type { RetrievalModel, RetrievalQuery } from './retrieval-model.ts';
import { selectTop } from './select-top.ts';
import { strongestSeeds } from './strongest-seeds.ts';

/** Row `i` is [pointers[i], pointers[i + 1]): what history item `i` adds to the score of each of its targets. */
export interface ItemLinks {
  readonly pointers: Int32Array;
  readonly targets: Int32Array;
  readonly weights: Float32Array;
}

/**
 * A model whose scores are sums over the history: Σ strength_i · weight(i → candidate). A candidate that no history item
 * has a link to has no score; the seeds of a score are its terms, and sum to it.
 *
 * @remarks retrieve O(history · links of an item + items).
 */
export function createItemToItemModel({
  kind,
  links: { pointers, targets, weights },
  historyDecay,
  maxHistoryItems,
  save,
}: {
  readonly kind: string;
  readonly links: ItemLinks;
  /** As in {@link historyStrengths}. */
  readonly historyDecay: number;
  readonly maxHistoryItems: number;
  readonly save: () => ModelArtifact;
}): RetrievalModel {
  const itemCount = pointers.length - 1;
  const strengthsOf = ({ history }: RetrievalQuery) => historyStrengths(history, historyDecay, maxHistoryItems);

  const writeScores = (query: RetrievalQuery, scores: Float32Array): void => {
    const { start, strengths } = strengthsOf(query);
    scores.fill(Number.NaN);
    for (let offset = 0; offset < strengths.length; offset++) {
      const item = query.history.itemIndices[start + offset];
      const strength = strengths[offset];
      const end = pointers[item + 1];
      for (let at = pointers[item]; at < end; at++) {
        const target = targets[at];
        const held = scores[target];
        const added = strength * weights[at];
        scores[target] = Number.isNaN(held) ? added : held + added;
      }
    }
  };

  return {
    kind,
    itemCount,
    async scoreAll(query, scores) {
      writeScores(query, scores);
    },
    async retrieve(query, n, excluded) {
      const scores = new Float32Array(itemCount);
      writeScores(query, scores);
      return selectTop(scores, n, excluded);
    },
    async seeds(query, itemIndex, limit) {
      const { start, strengths } = strengthsOf(query);
      const contributions = new Map<number, number>();
      for (let offset = 0; offset < strengths.length; offset++) {
        const item = query.history.itemIndices[start + offset];
        const at = targets.subarray(pointers[item], pointers[item + 1]).indexOf(itemIndex);
        if (at < 0) continue;
        const contribution = strengths[offset] * weights[pointers[item] + at];
        contributions.set(item, (contributions.get(item) ?? 0) + contribution);
      }
      return strongestSeeds(contributions, limit);
    },
    save,
  };
}

import type { ModelArtifact } from '../artifacts/model-artifact.ts';
import type { History } from '../data/interactions.ts';
import { historyStrengths } from './history-strengths.ts';
import type { RetrievalModel, RetrievalQuery, Seed } from './retrieval-model.ts';
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
 * has a link to has no score. The seeds of a score are those of its terms without which it would be lower: where what is
 * older counts less, a title that is gone lets all before it count more, and may have cost a candidate more than it gave.
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

  /** Finds what leads from any item to one candidate: 0 for nothing. Searched for once an item. */
  const linksTo = (candidate: number): ((item: number) => number) => {
    const found = new Map<number, number>();
    return (item) => {
      const known = found.get(item);
      if (known !== undefined) return known;
      const at = targets.subarray(pointers[item], pointers[item + 1]).indexOf(candidate);
      const link = at < 0 ? 0 : weights[pointers[item] + at];
      found.set(item, link);
      return link;
    };
  };

  /** What each history item adds to a score. */
  const termsOf = (history: History, linkOf: (item: number) => number): ReadonlyMap<number, number> => {
    const { start, strengths } = historyStrengths(history, historyDecay, maxHistoryItems);
    const terms = new Map<number, number>();
    for (let offset = 0; offset < strengths.length; offset++) {
      const item = history.itemIndices[start + offset];
      const term = strengths[offset] * linkOf(item);
      if (term !== 0) terms.set(item, (terms.get(item) ?? 0) + term);
    }
    return terms;
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
      const linkOf = linksTo(itemIndex);
      const terms = termsOf(query.history, linkOf);
      const score = sumOf(terms);
      const raising: Seed[] = [];
      for (const seed of strongestSeeds(terms, terms.size)) {
        if (raising.length >= limit) break;
        if (sumOf(termsOf(withoutItem(query.history, seed.itemIndex), linkOf)) < score) raising.push(seed);
      }
      return raising;
    },
    save,
  };
}

function sumOf(terms: ReadonlyMap<number, number>): number {
  let sum = 0;
  for (const term of terms.values()) sum += term;
  return sum;
}

/** The history as if the item had never been met. */
function withoutItem({ itemIndices, timestamps, weights }: History, item: number): History {
  const isKept = (_: number, position: number): boolean => itemIndices[position] !== item;
  return {
    itemIndices: itemIndices.filter(isKept),
    timestamps: timestamps.filter(isKept),
    weights: weights.filter(isKept),
  };
}

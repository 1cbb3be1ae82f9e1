import type { ModelArtifact } from '../artifacts/model-artifact.ts';
import type { History } from '../data/interactions.ts';
import { historyStrengths } from './history-strengths.ts';
import type { RetrievalModel, RetrievalQuery, Seed } from './retrieval-model.ts';
import { selectTop } from './select-top.ts';
import { strongestSeeds } from './strongest-seeds.ts';

/** Row `i` is [pointers[i], pointers[i + 1]): what history item `i` adds to the score of each of its targets, which ascend. */
export interface ItemLinks {
  readonly pointers: Int32Array;
  readonly targets: Int32Array;
  readonly weights: Float32Array;
}

/** An item that no history holds. */
const NOTHING = -1;

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
  // Filled and read within one call.
  const isLinked = new Uint8Array(itemCount);

  const writeScores = ({ history }: RetrievalQuery, scores: Float32Array): void => {
    const { start, strengths } = historyStrengths(history, historyDecay, maxHistoryItems);
    scores.fill(0);
    isLinked.fill(0);
    for (let offset = 0; offset < strengths.length; offset++) {
      const item = history.itemIndices[start + offset];
      const strength = strengths[offset];
      const end = pointers[item + 1];
      for (let at = pointers[item]; at < end; at++) {
        const target = targets[at];
        scores[target] += strength * weights[at];
        isLinked[target] = 1;
      }
    }
    for (let target = 0; target < itemCount; target++) if (isLinked[target] === 0) scores[target] = Number.NaN;
  };

  /** 0 where the item does not lead to the candidate. */
  const linkOf = (item: number, candidate: number): number => {
    let [low, high] = [pointers[item], pointers[item + 1]];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (targets[middle] < candidate) low = middle + 1;
      else high = middle;
    }
    return low < pointers[item + 1] && targets[low] === candidate ? weights[low] : 0;
  };

  /** By position in the history, 0 where nothing leads to the candidate. */
  const linksTo = ({ itemIndices }: History, candidate: number): Float32Array => {
    const links = new Float32Array(itemIndices.length);
    for (let position = 0; position < links.length; position++) {
      links[position] = linkOf(itemIndices[position], candidate);
    }
    return links;
  };

  /**
   * Calls back with every history item that has a link and what it adds to the score, as if `without` had never been met;
   * an item that stands there twice, twice. From the newest on, as strengths are counted.
   */
  const eachTerm = (
    { itemIndices, weights: confidences }: History,
    links: Float32Array,
    without: number,
    take: (item: number, term: number) => void,
  ): void => {
    let [later, counted] = [0, 0];
    for (let position = itemIndices.length - 1; position >= 0 && counted < maxHistoryItems; position--) {
      const item = itemIndices[position];
      if (item === without) continue;
      if (links[position] !== 0) take(item, confidences[position] * (1 + later) ** -historyDecay * links[position]);
      counted++;
      if (confidences[position] > 0) later++;
    }
  };

  const scoreWithout = (history: History, links: Float32Array, without: number): number => {
    let score = 0;
    eachTerm(history, links, without, (_, term) => {
      score += term;
    });
    return score;
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
      const { history } = query;
      const links = linksTo(history, itemIndex);
      const terms = new Map<number, number>();
      eachTerm(history, links, NOTHING, (item, term) => terms.set(item, (terms.get(item) ?? 0) + term));
      const score = scoreWithout(history, links, NOTHING);
      const raising: Seed[] = [];
      for (const seed of strongestSeeds(terms, terms.size)) {
        if (raising.length >= limit) break;
        if (scoreWithout(history, links, seed.itemIndex) < score) raising.push(seed);
      }
      return raising;
    },
    save,
  };
}

/** The same links, the targets of each row ascending: where a candidate stands in a row is then found in a few steps. */
export function sortLinks(links: ItemLinks): ItemLinks {
  const { pointers } = links;
  if (isSorted(links)) return links;
  const targets = new Int32Array(links.targets.length);
  const weights = new Float32Array(targets.length);
  for (let row = 0; row + 1 < pointers.length; row++) {
    const start = pointers[row];
    const length = pointers[row + 1] - start;
    // Target and place in one number each: numbers sort faster than pairs.
    const keys = Float64Array.from({ length }, (_, place) => links.targets[start + place] * length + place).sort();
    for (let at = 0; at < length; at++) {
      targets[start + at] = Math.floor(keys[at] / length);
      weights[start + at] = links.weights[start + (keys[at] % length)];
    }
  }
  return { pointers, targets, weights };
}

function isSorted({ pointers, targets }: ItemLinks): boolean {
  for (let row = 0; row + 1 < pointers.length; row++) {
    for (let at = pointers[row] + 1; at < pointers[row + 1]; at++) if (targets[at] < targets[at - 1]) return false;
  }
  return true;
}

import type { History } from '../data/interactions.ts';

/** What a history item counts when it is asked with. */
export interface HistoryStrengths {
  /** Position in the history from which items count at all. */
  readonly start: number;
  /** Length `history.itemIndices.length - start`, oldest first. */
  readonly strengths: Float64Array;
}

/**
 * Weighs each history item by its confidence and by how many items came after it: weight · 2^(−later / halfLifeItems).
 *
 * Counted in items rather than in days: a visitor who rates twenty films in a minute and one who watches one a week
 * both have a "lately".
 *
 * @param halfLifeItems After so many later items an item counts half; 0 = all count the same.
 * @param maxItems Only so many of the newest count: bounds the cost of a request.
 */
export function historyStrengths(history: History, halfLifeItems: number, maxItems: number): HistoryStrengths {
  const length = history.itemIndices.length;
  const start = Math.max(0, length - maxItems);
  const strengths = new Float64Array(length - start);
  const decay = halfLifeItems > 0 ? 2 ** (-1 / halfLifeItems) : 1;
  let factor = 1;
  for (let position = length - 1; position >= start; position--) {
    strengths[position - start] = history.weights[position] * factor;
    factor *= decay;
  }
  return { start, strengths };
}

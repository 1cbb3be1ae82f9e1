import type { History } from '../data/interactions.ts';

/** How much each history item counts in a query. */
export interface HistoryStrengths {
  /** Position in the history from which items count at all. */
  readonly start: number;
  /** Length `history.itemIndices.length - start`, oldest first. */
  readonly strengths: Float64Array;
}

/**
 * Weighs each history item by its confidence and by how many wanted items came after it: weight · (1 + later)^−decay.
 *
 * Counted in items rather than in days: a visitor who rates twenty films in a minute and one who watches one a week
 * both have a "lately". A power rather than a half-life: the last item counts most, and yet a long-standing taste is
 * never forgotten (docs/models/item-knn.md has the comparison). Dislikes and skips do not age what came before them:
 * ten skips in a row must not bury the film watched last.
 *
 * @param decay 0 = all items count the same; 1 = the last counts twice as much as the one before.
 * @param maxItems Number of newest items that count; bounds the cost of a request.
 */
export function historyStrengths(history: History, decay: number, maxItems: number): HistoryStrengths {
  const length = history.itemIndices.length;
  const start = Math.max(0, length - maxItems);
  const strengths = new Float64Array(length - start);
  let later = 0;
  for (let position = length - 1; position >= start; position--) {
    const weight = history.weights[position];
    strengths[position - start] = weight * (1 + later) ** -decay;
    if (weight > 0) later++;
  }
  return { start, strengths };
}

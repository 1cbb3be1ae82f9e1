import type { Explanation } from '../candidates/explain.ts';
import type { Placement } from './rows/section.ts';

/** Titles of a row with the same reason; repeated more often it says nothing. */
const MOST_EQUAL = 3;

type Explained = Pick<Placement, 'explain' | 'explainOtherwise'>;

/**
 * Explains the items of a row, best first. At most {@link MOST_EQUAL} have the same reason: the others have the
 * second-best true one, or none. A reason that all items share stays, because it is said once for the row.
 *
 * @returns One reason for each item; undefined for an item without a further one.
 */
export async function explainRow(placements: readonly Explained[]): Promise<(Explanation | undefined)[]> {
  const best = await Promise.all(placements.map(({ explain }) => explain()));
  if (new Set(best.map(keyOf)).size <= 1) return best;
  const counts = new Map<string, number>();
  const isUsedUp = (explanation: Explanation): boolean => (counts.get(keyOf(explanation)) ?? 0) >= MOST_EQUAL;
  const reasons: (Explanation | undefined)[] = [];
  for (const [index, { explainOtherwise }] of placements.entries()) {
    const first = best[index]!;
    const reason = isUsedUp(first) ? await explainOtherwise?.(isUsedUp) : first;
    if (reason !== undefined) counts.set(keyOf(reason), (counts.get(keyOf(reason)) ?? 0) + 1);
    reasons.push(reason);
  }
  return reasons;
}

const keyOf = (explanation: Explanation): string => JSON.stringify(explanation);

import { createRandom, hashString } from '@matinee/numerics';
import type { Move } from '../candidates/move.ts';
import type { Exploration } from '../request/exploration.ts';
import type { Placement } from './rows/section.ts';

/** Place in the row, from 0: on the first screen or one scroll away, and not among the best. */
const PLACE = 11;

/**
 * Inserts one cold item into a row, drawn uniformly from `coldItems`. Ranking by past behaviour alone would never show
 * such an item, so it would stay cold. The draw's probability is recorded as propensity.
 */
export function introduceColdItem(
  placements: readonly Placement[],
  coldItems: readonly Placement[],
  { share, seed }: Exploration,
): { readonly titles: readonly Placement[]; readonly moves: readonly Move[] } {
  if (share === 0 || coldItems.length === 0) return { titles: placements, moves: [] };
  const random = createRandom(hashString(seed)).fork('coldItems');
  const drawn = coldItems[random.integer(coldItems.length)]!;
  const propensity = 1 / coldItems.length;
  const to = Math.min(PLACE, placements.length);
  const { itemIndex } = drawn;
  return {
    titles: placements.toSpliced(to, 0, { ...drawn, propensity }),
    moves: [{ itemIndex, from: placements.length, to, reason: 'exploration', propensity }],
  };
}

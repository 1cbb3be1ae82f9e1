import { createRandom, hashString } from '@matinee/numerics';
import type { Move } from '../candidates/move.ts';
import type { Exploration } from '../request/exploration.ts';
import { type Placement, ROW_LENGTH } from './rows/section.ts';

/** Number of items that a place is drawn from. */
const EXPLORATION_POOL = 100;

/**
 * Fills a share of the first {@link ROW_LENGTH} places with items drawn uniformly from the next {@link
 * EXPLORATION_POOL} items of the row. All of these pass every rule, and would rarely be seen otherwise. The places are
 * fixed and evenly spread; a single one is the sixth. Each draw has a propensity of 1 / (number of items drawn from),
 * given the draws before it. All other places are deterministic, so off-policy estimates weight events at drawn places
 * by the inverse propensity.
 *
 * @see Horvitz & Thompson (1952), JASA 47(260); Li et al. (2011), Unbiased offline evaluation of contextual-bandit-based
 * news article recommendation algorithms, WSDM.
 */
export function exploreRow(
  placements: readonly Placement[],
  { share, seed }: Exploration,
): { readonly titles: readonly Placement[]; readonly moves: readonly Move[] } {
  const drawCount = Math.min(Math.round(share * ROW_LENGTH), ROW_LENGTH);
  const random = createRandom(hashString(seed)).fork('exploration');
  const titles = [...placements];
  const moves: Move[] = [];
  for (let draw = 0; draw < drawCount; draw++) {
    const to = Math.floor(((draw + 0.25) * ROW_LENGTH) / drawCount);
    const poolSize = Math.min(EXPLORATION_POOL, titles.length - ROW_LENGTH);
    if (poolSize <= 0) break;
    const from = ROW_LENGTH + random.integer(poolSize);
    const [drawn] = titles.splice(from, 1) as [Placement];
    const propensity = 1 / poolSize;
    titles.splice(to, 0, { ...drawn, propensity });
    moves.push({ itemIndex: drawn.itemIndex, from, to, reason: 'exploration', propensity });
  }
  return { titles, moves };
}

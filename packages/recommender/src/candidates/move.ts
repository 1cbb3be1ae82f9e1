import type { ItemIndex } from '@matinee/models/data';
import type { RerankReason } from '@matinee/models/slate';

/**
 * Why an item is not where its score puts it. `boost`: the operator or the request prefers it. `rotation`: it was shown
 * before and not opened. `diversity`: it differs from, or resembles, the items above it. `calibration`: its genres were
 * too rare, or too frequent. `series`: it is the first of a series and
 * stands before a later one. `exploration`: it was drawn at random.
 */
export type MoveReason = 'boost' | 'rotation' | RerankReason | 'series' | 'exploration';

/** One step's move of an item from one place of its list to another (from 0). Moves are in the order of the steps. */
export interface Move {
  readonly itemIndex: ItemIndex;
  readonly from: number;
  readonly to: number;
  readonly reason: MoveReason;
  /** With `boost`: what was added to the score, in units of the score. */
  readonly added?: number;
  /** With `exploration`: the probability that this item was drawn for this place. */
  readonly propensity?: number;
  /** Id of the section; absent for moves in the list that sections are made from. */
  readonly row?: string;
}

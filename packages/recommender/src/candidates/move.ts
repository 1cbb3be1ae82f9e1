import type { ItemIndex } from '@matinee/models/data';
import type { RerankReason } from '@matinee/models/slate';

/**
 * Why a title stands elsewhere than where its score put it. `boost`: what the operator or the request prefers. `rotation`: it was
 * shown before and not opened. `diversity`: it is unlike, or like, those before it. `calibration`: of its genres there
 * were too few, or too many. `exploration`: it was drawn at random.
 */
export type MoveReason = 'boost' | 'rotation' | RerankReason | 'exploration';

/** A title, and from which place of its list to which (from 0) one step moved it. Steps follow each other as their moves do. */
export interface Move {
  readonly itemIndex: ItemIndex;
  readonly from: number;
  readonly to: number;
  readonly reason: MoveReason;
  /** Of a boost: what was added to its score, in units of the score. */
  readonly added?: number;
  /** Of an exploration: the chance that this title was drawn for this place. */
  readonly propensity?: number;
  /** The section it is about; absent for the list that sections are made of. */
  readonly row?: string;
}

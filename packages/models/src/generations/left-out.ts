import type { UnweightedSource } from '../blend/fit-blend-weights.ts';

/** A part of a generation that a fitted generation does not have, and why. */
export interface LeftOutPart {
  /** Name of the source, or `ranker`. */
  readonly part: string;
  /** `data`: it cannot be fitted on this data. `validation`: held-out queries show no use of it. */
  readonly cause: 'data' | 'validation';
  /** One sentence, without the name of the part at its beginning. */
  readonly reason: string;
}

/**
 * Returns whether all that a source does is to add to the list. Without it no row of the page is missing, nobody
 * without a history gets less, and no item without events is lost.
 */
export function onlyAddsToList({ model }: Pick<UnweightedSource, 'model'>): boolean {
  const { goodFor, reads } = model.traits;
  return goodFor.length === 0 && reads !== 'nothing' && reads !== 'content';
}

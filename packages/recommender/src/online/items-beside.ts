import type { Dataset } from '@matinee/models';
import type { Arrival } from '../ports/new-item-store.ts';

/** Those that the data set does not have: one that was prepared since has its place there. */
export function arrivalsBeside({ items }: Pick<Dataset, 'items'>, arrivals: readonly Arrival[]): readonly Arrival[] {
  return arrivals.filter(({ item }) => items.vocabulary.indexOf(item.id) < 0);
}

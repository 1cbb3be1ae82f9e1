import type { Dataset } from '@matinee/models/data';
import type { NewItemRecord } from '../ports/new-item-store.ts';

/** Those that the data set does not have: one that was prepared since has its place there. */
export function withoutKnownItems(
  { items }: Pick<Dataset, 'items'>,
  newItems: readonly NewItemRecord[],
): readonly NewItemRecord[] {
  return newItems.filter(({ item }) => items.vocabulary.indexOf(item.id) < 0);
}

import type { Dataset } from '@matinee/models/data';
import type { NewItemRecord } from '../ports/new-item-store.ts';

/** Removes new items that the dataset has: it may have been prepared again since. */
export function withoutKnownItems(
  { items }: Pick<Dataset, 'items'>,
  newItems: readonly NewItemRecord[],
): readonly NewItemRecord[] {
  return newItems.filter(({ item }) => items.vocabulary.indexOf(item.id) < 0);
}

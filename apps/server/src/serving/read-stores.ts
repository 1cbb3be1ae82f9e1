import type { Dataset } from '@matinee/models/data';
import { type EventLog, type NewItemStore, withoutEventsOf } from '@matinee/recommender';
import type { GoneUsers } from './access.ts';
import type { ServingDependencies } from './serving.ts';

/** The data set and what the stores change of it. */
type StoredState = Pick<ServingDependencies, 'dataset' | 'newItems' | 'itemChanges'> & { readonly gone: GoneUsers };

/** Reads which users were deleted and which items were added and changed while the data set was served. */
export async function readStores(dataset: Dataset, eventLog: EventLog, newItems: NewItemStore): Promise<StoredState> {
  const deletedIds = new Set(await eventLog.deletedAmong(dataset.users.ids));
  return {
    dataset: withoutEventsOf(dataset, [...deletedIds]),
    gone: { deletedIds },
    newItems: await newItems.readAll(),
    itemChanges: await newItems.readChanges(),
  };
}

import { existsSync } from 'node:fs';
import { sha256 } from '@matinee/adapters/files';
import { openSqliteStores } from '@matinee/adapters/sqlite';
import type { Dataset } from '@matinee/models/data';
import { withoutEventsOf } from '@matinee/recommender';
import { type OpenDatasetOptions, openDataset } from './open-dataset.ts';
import { eventsFileOf, type Workspace } from './workspace.ts';

/** Returns the ids of a data set's users who were deleted through its server, in the order of the data set. */
export async function readDeletedUsers(
  workspace: Workspace,
  dataset: Pick<Dataset, 'name' | 'users'>,
): Promise<readonly string[]> {
  return deletedAmong(workspace, dataset.name, dataset.users.ids);
}

/** Returns which of these users were deleted through the server of a data set, in their order. */
export async function deletedAmong(
  workspace: Workspace,
  datasetName: string,
  userIds: readonly string[],
): Promise<readonly string[]> {
  const file = eventsFileOf(workspace, datasetName);
  if (!existsSync(file)) return [];
  const stores = openSqliteStores(file);
  return stores.events.deletedAmong(userIds).finally(() => stores.close());
}

/**
 * Returns a data set without the events of users who were deleted, who keep their indices. It is other data, with a
 * hash of its own, so that no cache returns what was made with them. Without deleted users it is the data set itself.
 */
export function withoutDeletedUsers(dataset: Dataset, deletedIds: readonly string[]): Dataset {
  if (deletedIds.length === 0) return dataset;
  const hash = sha256(Buffer.from(JSON.stringify([dataset.hash, deletedIds])));
  const { parts: _, ...left } = withoutEventsOf(dataset, deletedIds);
  return { ...left, hash };
}

/**
 * As {@link openDataset}, without the events of deleted users: for commands that learn from the data or measure on them
 * and serve no release, which would not fit the other hash.
 */
export async function openRemainingData(options: OpenDatasetOptions): Promise<Dataset> {
  const dataset = await openDataset(options);
  const deletedIds = await readDeletedUsers(options.workspace, dataset);
  if (deletedIds.length > 0) {
    options.progress.note(`the events of ${deletedIds.length.toLocaleString('en')} deleted users are left out`);
  }
  return withoutDeletedUsers(dataset, deletedIds);
}

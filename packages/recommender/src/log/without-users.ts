import type { Dataset } from '@matinee/models/data';

/** Returns the dataset without the events of these users, who keep their indices; the hash stays. */
export function withoutEventsOf(dataset: Dataset, userIds: readonly string[]): Dataset {
  if (userIds.length === 0) return dataset;
  const left = new Set(userIds.map((userId) => dataset.users.indexOf(userId)));
  const { events } = dataset;
  const rows = Array.from({ length: events.count }, (_, row) => row).filter(
    (row) => !left.has(events.userIndices[row]!),
  );
  return {
    ...dataset,
    events: {
      count: rows.length,
      userIndices: Int32Array.from(rows, (row) => events.userIndices[row]!),
      itemIndices: Int32Array.from(rows, (row) => events.itemIndices[row]!),
      timestamps: Float64Array.from(rows, (row) => events.timestamps[row]!),
      values: Float32Array.from(rows, (row) => events.values[row]!),
      types: Uint8Array.from(rows, (row) => events.types[row]!),
    },
  };
}

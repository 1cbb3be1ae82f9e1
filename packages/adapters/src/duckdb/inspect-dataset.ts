import path from 'node:path';
import { MatineeError } from '@matinee/numerics';
import { DATASET_FILES, type DatasetManifest, type ValidationReport } from './dataset-manifest.ts';
import { createContentHash, EVENT_COLUMN_BYTES, EVENT_COLUMNS, readCatalogueTable } from './load-dataset.ts';
import { type DuckDb, sqlText } from './open-duckdb.ts';
import type { ReadCatalogue } from './read-catalogue.ts';
import type { StagedInteractions } from './stage-interactions.ts';

export interface Inspection {
  readonly staged: StagedInteractions;
  /** `undefined` where the source has no item table. */
  readonly catalogue: ReadCatalogue | undefined;
  readonly quarantineReasons: Readonly<Record<string, number>>;
  readonly signal?: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
}

/**
 * Reads the written files back once: hashes their content as loading will, and counts what validation reports. Events
 * are sorted by time, so those that share a second are neighbours and duplicates need no table of all events.
 */
export async function inspectDataset(
  db: DuckDb,
  folder: string,
  inspection: Inspection,
): Promise<Pick<DatasetManifest, 'hash' | 'counts' | 'validation'>> {
  const { staged, catalogue, quarantineReasons } = inspection;
  const catalogueIds = new Set(catalogue?.items.map((item) => item.itemId));
  const table = (name: keyof typeof DATASET_FILES): string => sqlText(path.join(folder, DATASET_FILES[name]));
  const users = await db.rows(`SELECT user_id FROM read_parquet(${table('users')}) ORDER BY user_index`);
  const items = await readCatalogueTable(db, table('items'));
  const hash = createContentHash();
  for (const row of users) hash.text(String(row['user_id']));
  hash.catalogue(items);

  const itemCount = items.vocabulary.ids.length;
  const eventsOfItem = new Float64Array(itemCount);
  const sameSecond = createSameSecondCounter(itemCount);
  let done = 0;
  let [lowest, highest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let [first, last] = [Number.NaN, Number.NaN];
  await db.scan(
    `SELECT ${EVENT_COLUMNS} FROM read_parquet(${table('events')})`,
    EVENT_COLUMN_BYTES,
    (columns, rowCount) => {
      if (inspection.signal?.aborted) throw new MatineeError('CANCELLED', 'stopped');
      hash.events(columns);
      const [userBytes, itemBytes, timeBytes, valueBytes, types] = columns as [
        Uint8Array,
        Uint8Array,
        Uint8Array,
        Uint8Array,
        Uint8Array,
      ];
      const userIndices = new Int32Array(userBytes.buffer, userBytes.byteOffset, rowCount);
      const itemIndices = new Int32Array(itemBytes.buffer, itemBytes.byteOffset, rowCount);
      const times = new Float64Array(timeBytes.buffer, timeBytes.byteOffset, rowCount);
      const values = new Float32Array(valueBytes.buffer, valueBytes.byteOffset, rowCount);
      for (let row = 0; row < rowCount; row++) {
        const item = itemIndices[row] as number;
        (eventsOfItem[item] as number)++;
        const value = values[row] as number;
        if (value < lowest) lowest = value;
        if (value > highest) highest = value;
        sameSecond.add(times[row] as number, userIndices[row] as number, item, types[row] as number);
      }
      if (done === 0) first = times[0] as number;
      last = times[rowCount - 1] as number;
      done += rowCount;
      inspection.onProgress(done, staged.rowsKept);
    },
  );

  if (done !== staged.rowsKept) {
    throw new MatineeError('LOST_EVENTS', `${staged.rowsKept} rows are good, ${done} were written; please report this`);
  }
  const orphanItems = items.vocabulary.ids
    .map((id, index) => ({ id, index }))
    .filter(({ id }) => !catalogueIds.has(id));
  const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();
  const validation: ValidationReport = {
    events: {
      rowsRead: staged.rowsRead,
      rowsKept: staged.rowsKept,
      rowsQuarantined: staged.rowsQuarantined,
      duplicates: sameSecond.duplicates(),
      tiesInTime: sameSecond.ties(),
      valueRange: lowest <= highest ? [lowest, highest] : null,
      timeRange: done > 0 ? [iso(first), iso(last)] : null,
    },
    items: {
      rowsRead: catalogue?.rowsRead ?? 0,
      rowsKept: catalogueIds.size,
      rowsQuarantined: catalogue?.rowsQuarantined ?? 0,
      withoutTitle: items.titles.filter((title) => title === undefined).length,
      withoutGenres: items.genres.filter((genres) => genres.length === 0).length,
      orphans: orphanItems.length,
      orphanEvents: orphanItems.reduce((sum, { index }) => sum + (eventsOfItem[index] as number), 0),
      unused: eventsOfItem.filter((count) => count === 0).length,
    },
    quarantineReasons,
  };
  return { hash: hash.digest(), counts: { users: users.length, items: itemCount, events: done }, validation };
}

/** Counts, over events in time order, those that share user and second with an earlier one, and exact repeats. */
function createSameSecondCounter(itemCount: number) {
  let second = Number.NaN;
  let [ties, duplicates] = [0, 0];
  const users = new Set<number>();
  const facts = new Set<number>();
  // Most seconds hold one event; the sets are filled only from the second event on.
  let [heldUser, heldFact] = [0, 0];
  let held = 0;
  return {
    add(time: number, user: number, item: number, type: number): void {
      const fact = (user * itemCount + item) * 8 + type;
      if (time !== second) {
        if (held > 1) {
          users.clear();
          facts.clear();
        }
        second = time;
        held = 1;
        heldUser = user;
        heldFact = fact;
        return;
      }
      if (held === 1) {
        users.add(heldUser);
        facts.add(heldFact);
      }
      held++;
      if (users.has(user)) ties++;
      else users.add(user);
      if (facts.has(fact)) duplicates++;
      else facts.add(fact);
    },
    ties: () => ties,
    duplicates: () => duplicates,
  };
}

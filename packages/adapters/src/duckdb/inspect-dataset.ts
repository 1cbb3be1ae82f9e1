import path from 'node:path';
import type { Catalogue } from '@matinee/models/data';
import { MatineeError } from '@matinee/numerics';
import type { DataSource } from './data-source.ts';
import { DATASET_FILES, type DatasetManifest, type ValidationReport } from './dataset-manifest.ts';
import { type ExampleIds, findWarnings } from './find-warnings.ts';
import { createContentHash, EVENT_COLUMN_BYTES, EVENT_COLUMNS, readCatalogueTable } from './load-dataset.ts';
import { type DuckDb, sqlText } from './open-duckdb.ts';
import type { StagedInteractions } from './stage-interactions.ts';

export interface Inspection {
  readonly staged: StagedInteractions;
  /** `undefined` if the source has no item table. */
  readonly catalogue: CountedCatalogue | undefined;
  readonly source: Pick<DataSource, 'kind' | 'interactions' | 'items'>;
  readonly quarantineReasons: Readonly<Record<string, number>>;
  readonly remarks: Readonly<Record<string, number>>;
  readonly signal?: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
}

/** What was read of the item table. */
interface CountedCatalogue {
  /** Of its items. */
  readonly ids: ReadonlySet<string>;
  readonly rowsRead: number;
  readonly rowsKept: number;
  readonly rowsQuarantined: number;
}

/**
 * Reads the written files back once, hashes their content as loading does, and counts what validation reports. Events
 * are sorted by time, so events of one second are adjacent and counting duplicates needs no table of all events.
 *
 * @throws {MatineeError} `LOST_EVENTS` when the file has another number of events than were kept; `CANCELLED`.
 */
export async function inspectDataset(
  db: DuckDb,
  folder: string,
  inspection: Inspection,
): Promise<Pick<DatasetManifest, 'hash' | 'details' | 'counts' | 'validation'>> {
  const { staged } = inspection;
  const table = (name: keyof typeof DATASET_FILES): string => sqlText(path.join(folder, DATASET_FILES[name]));
  const users = await db.rows(`SELECT user_id FROM read_parquet(${table('users')}) ORDER BY user_index`);
  const items = await readCatalogueTable(db, table('items'));
  const hash = createContentHash();
  for (const row of users) hash.text(String(row['user_id']));
  hash.catalogue(items);

  const itemCount = items.vocabulary.ids.length;
  const counter = createEventCounter(itemCount);
  await db.scan(
    `SELECT ${EVENT_COLUMNS} FROM read_parquet(${table('events')})`,
    EVENT_COLUMN_BYTES,
    (columns, rowCount) => {
      if (inspection.signal?.aborted) throw new MatineeError('CANCELLED', 'stopped');
      hash.events(columns);
      counter.add(columns, rowCount);
      inspection.onProgress(counter.count(), staged.rowsKept);
    },
  );

  const events = counter.count();
  if (events !== staged.rowsKept) {
    throw new MatineeError(
      'LOST_EVENTS',
      `${staged.rowsKept} rows are good, but ${events} were written; please report this`,
    );
  }
  const report: Omit<ValidationReport, 'warnings'> = {
    events: {
      rowsRead: staged.rowsRead,
      rowsKept: staged.rowsKept,
      rowsQuarantined: staged.rowsQuarantined,
      rowsLeftOut: staged.rowsLeftOut,
      ...counter.report(),
      ...(inspection.source.interactions?.columns.time !== undefined ? {} : { tiesInTime: 0, timeRange: null }),
    },
    items: countItems(items, inspection.catalogue, counter.eventsOfItem),
    quarantineReasons: inspection.quarantineReasons,
    remarks: inspection.remarks,
  };
  const warnings = findWarnings(
    inspection.source,
    report,
    exampleIds(items, inspection.catalogue, counter.eventsOfItem),
  );
  const validation: ValidationReport = { ...report, warnings };
  const { hash: contentHash, details } = hash.digest();
  return { hash: contentHash, details, counts: { users: users.length, items: itemCount, events }, validation };
}

function countItems(
  items: Catalogue,
  catalogue: CountedCatalogue | undefined,
  eventsOfItem: Float64Array,
): ValidationReport['items'] {
  const catalogueIds = catalogue?.ids ?? new Set<string>();
  const orphanItems = items.vocabulary.ids
    .map((id, index) => ({ id, index }))
    .filter(({ id }) => !catalogueIds.has(id));
  return {
    rowsRead: catalogue?.rowsRead ?? 0,
    rowsKept: catalogue?.rowsKept ?? 0,
    rowsQuarantined: catalogue?.rowsQuarantined ?? 0,
    withoutTitle: items.titles.filter((title) => title === undefined).length,
    withoutGenres: items.genres.filter((genres) => genres.length === 0).length,
    withoutYear: items.years.filter((year) => year === 0).length,
    joined: eventsOfItem.filter((count) => count > 0).length - orphanItems.length,
    orphans: orphanItems.length,
    orphanEvents: orphanItems.reduce((sum, { index }) => sum + (eventsOfItem[index] as number), 0),
    unused: eventsOfItem.filter((count) => count === 0).length,
  };
}

/** Returns the first ids of items that only events have, and of those that only the catalogue has. */
function exampleIds(items: Catalogue, catalogue: CountedCatalogue | undefined, eventsOfItem: Float64Array): ExampleIds {
  const catalogueIds = catalogue?.ids ?? new Set<string>();
  const first = (isWanted: (id: string, item: number) => boolean): readonly string[] =>
    items.vocabulary.ids.filter(isWanted).slice(0, 3);
  return {
    ofEvents: first((id) => !catalogueIds.has(id)),
    ofItems: first((_id, item) => eventsOfItem[item] === 0),
  };
}

type EventCounts = Pick<ValidationReport['events'], 'duplicates' | 'tiesInTime' | 'valueRange' | 'timeRange'>;

/** Counts events in time order, from chunks of raw columns in the order of `EVENT_COLUMNS`. */
function createEventCounter(itemCount: number) {
  const eventsOfItem = new Float64Array(itemCount);
  const sameSecond = createSameSecondCounter(itemCount);
  let count = 0;
  let [lowest, highest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let [first, last] = [Number.NaN, Number.NaN];
  const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();
  return {
    eventsOfItem,
    count: () => count,
    add(columns: readonly Uint8Array[], rowCount: number): void {
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
      if (count === 0) first = times[0] as number;
      last = times[rowCount - 1] as number;
      count += rowCount;
    },
    report: (): EventCounts => ({
      duplicates: sameSecond.duplicates(),
      tiesInTime: sameSecond.ties(),
      valueRange: lowest <= highest ? [lowest, highest] : null,
      timeRange: count > 0 ? [iso(first), iso(last)] : null,
    }),
  };
}

/** Counts events, in time order, that share user and second with an earlier one (ties), and exact duplicates. */
function createSameSecondCounter(itemCount: number) {
  let second = Number.NaN;
  let [ties, duplicates] = [0, 0];
  const users = new Set<number>();
  const facts = new Set<number>();
  // Most seconds hold one event, so the sets are filled only from the second event on.
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

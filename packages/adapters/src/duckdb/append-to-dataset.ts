import { copyFileSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { defined, MatineeError } from '@matinee/numerics';
import { removeDeadPartials } from '../disk/partial.ts';
import { createCatalogueTable, findUnlicensed, ID_ORDER } from './catalogue-table.ts';
import type { DataSource } from './data-source.ts';
import {
  type AppendedFile,
  DATASET_FILES,
  type DatasetManifest,
  QUARANTINE_FILE,
  REMARKS_FILE,
  readManifest,
  type ValidationReport,
} from './dataset-manifest.ts';
import { inspectDataset } from './inspect-dataset.ts';
import { type FactLine, readFactLines, writeFactLines } from './item-facts-file.ts';
import { MAPPING_FILE } from './mapped-source.ts';
import {
  findNewTables,
  type NewTable,
  type RecordedMapping,
  recordedMapping,
  requireSameMapping,
  tableOf,
} from './new-tables.ts';
import { type DuckDb, openDuckDb, sqlText } from './open-duckdb.ts';
import { inScratch, isMovedAside, placeDataset, recoverDataset } from './place-dataset.ts';
import { type CatalogueItem, readCatalogue } from './read-catalogue.ts';
import { createRowWriter, type RowWriter } from './row-writer.ts';
import { type ScannedFile, scanSourceFile } from './scan-source-file.ts';
import { openSourceText } from './source-text.ts';
import { type StagedInteractions, stageInteractions } from './stage-interactions.ts';

export interface AppendOptions {
  /** A file, or a folder of files: see {@link findNewTables}. */
  readonly target: string;
  /** Folder of the prepared data set. */
  readonly folder: string;
  /** The source of the data set, where it is at hand: its mapping must still be the one of the data set. */
  readonly source?: DataSource;
  /** Current time in milliseconds since 1970. Events more than a day later are quarantined. */
  readonly nowMs: number;
  /** As for preparing; default 1200. */
  readonly memoryLimitMb?: number;
  /** Returns which of these users were deleted, whose events no training reads. */
  readonly deletedAmong?: (userIds: readonly string[]) => Promise<readonly string[]>;
  /** As for preparing; never called where there is nothing to append. */
  readonly lock?: () => Promise<() => void>;
  readonly signal?: AbortSignal;
  readonly onProgress?: (step: string, percent: number) => void;
}

/** What new files have brought. */
export interface Addition {
  /** Rows of events that were read: kept + quarantined + left out. */
  readonly rowsRead: number;
  readonly rowsKept: number;
  readonly rowsQuarantined: number;
  readonly rowsLeftOut: StagedInteractions['rowsLeftOut'];
  /** Kept rows with user, item, time and type of another. */
  readonly duplicates: number;
  /** Usable rows of users who were deleted, and how many users these are. */
  readonly ofDeleted: { readonly rows: number; readonly users: number };
  /** Rows of item tables. */
  readonly itemRowsRead: number;
  readonly itemRowsQuarantined: number;
  readonly newUsers: number;
  readonly newItems: number;
  /** Items that the data set had and whose row in the item table was replaced. */
  readonly replacedItems: number;
  /** The first of them whose title is another one now. */
  readonly changedTitles: readonly { readonly id: string; readonly from: string; readonly to: string }[];
}

export interface AppendedDataset {
  readonly manifest: DatasetManifest;
  /** The files that joined the data set now, and those that it had already. */
  readonly files: readonly string[];
  readonly known: readonly string[];
  /** Undefined if all files were known, so that nothing was done. */
  readonly addition?: Addition;
  /** Whether what models learn from has changed. */
  readonly isChanged: boolean;
}

/** A file and how it is read. */
export interface ScannedTable extends NewTable {
  readonly scanned: ScannedFile;
}

const ONE_DAY_SECONDS = 86_400;
const MOST_TITLES = 5;

/**
 * Adds files to a prepared data set, with the mapping that it was prepared with. The files of its source are not read.
 * Users and items keep their indices, and new ones come after them; apart from this, the result is that of preparing
 * old and new files together, in this order. Of an item, the later row of an item table counts. A file that the data
 * set has already, by its content, is left out.
 *
 * The folder is replaced as a whole, so it has either all of the new files or its previous state.
 *
 * @throws {MatineeError} `NOT_FOUND` when there is no such file or no such data set; `BAD_MAPPING` when the mapping has
 *   changed, does not fit a file, or lacks its kind of table; `BAD_SOURCE` for a damaged file; `CANCELLED`.
 */
export async function appendToDataset(options: AppendOptions): Promise<AppendedDataset> {
  const { target, folder, source } = options;
  if (isMovedAside(folder)) {
    const unlock = await options.lock?.();
    await recoverDataset(folder).finally(() => unlock?.());
  }
  const manifest = requireManifest(folder);
  const mapping = recordedMapping(manifest.source);
  if (source !== undefined) requireSameMapping(path.join(source.folder, MAPPING_FILE), source, mapping);
  const tables = await inScratch(path.dirname(folder), (scratch) => findNewTables(target, mapping, scratch));
  const scanned = await scanTables(tables, options);
  const fresh = withoutKnown(scanned, manifest);
  if (fresh.length === 0) return result(manifest, []);
  const unlock = await options.lock?.();
  try {
    await removeDeadPartials(path.dirname(folder));
    await recoverDataset(folder);
    // Another process may have appended them while this one waited for the lock.
    const current = requireManifest(folder);
    const left = withoutKnown(fresh, current);
    if (left.length === 0) return result(current, []);
    let addition: Addition | undefined;
    const after = await placeDataset(folder, async (aside) => {
      const written = await writeAppended({ ...options, from: folder, to: aside, manifest: current, tables: left });
      addition = written.addition;
      return written.manifest;
    });
    return { ...result(after, left), ...defined({ addition }), isChanged: after.hash !== current.hash };
  } finally {
    unlock?.();
  }

  function result(after: DatasetManifest, added: readonly ScannedTable[]): AppendedDataset {
    const known = scanned.filter((each) => !added.includes(each));
    return { manifest: after, files: added.map(fileOf), known: known.map(fileOf), isChanged: false };
  }
}

function requireManifest(folder: string): DatasetManifest {
  const manifest = readManifest(folder);
  if (manifest !== undefined) return manifest;
  throw new MatineeError(
    'NOT_FOUND',
    `no prepared data in ${folder} to append to; run: matinee prepare --data <folder of source files>`,
  );
}

/** Hashes the files and looks for what DuckDB cannot read. */
export async function scanTables(
  tables: readonly NewTable[],
  { signal, onProgress }: Pick<AppendOptions, 'signal' | 'onProgress'>,
): Promise<readonly ScannedTable[]> {
  const scanned: ScannedTable[] = [];
  const total = Math.max(
    1,
    tables.reduce((sum, table) => sum + statSync(fileOf(table)).size, 0),
  );
  let earlier = 0;
  for (const table of tables) {
    const report = (done: number): void => onProgress?.('check files', (100 * (earlier + done)) / total);
    const options = { name: table.name, format: table.format, hashesUnpacked: true, signal, onProgress: report };
    const each = await scanSourceFile(fileOf(table), options);
    earlier += each.sizeBytes;
    scanned.push({ ...table, scanned: each });
  }
  return scanned;
}

/** Returns the hashes by which a file is known, packed or not. */
export function hashesOf({
  sha256,
  unpackedSha256 = sha256,
}: Pick<AppendedFile, 'sha256' | 'unpackedSha256'>): readonly string[] {
  return [sha256, unpackedSha256];
}

/**
 * Returns the files whose content, packed or not, the data set does not have; of several with one content, the first.
 */
function withoutKnown(tables: readonly ScannedTable[], manifest: DatasetManifest): readonly ScannedTable[] {
  const known = new Set([...manifest.source.files, ...(manifest.appended ?? [])].flatMap(hashesOf));
  return tables.filter(({ scanned }) => {
    const isNew = hashesOf(scanned).every((hash) => !known.has(hash));
    for (const hash of hashesOf(scanned)) known.add(hash);
    return isNew;
  });
}

export function fileOf({ folder, name }: Pick<NewTable, 'folder' | 'name'>): string {
  return path.join(folder, name);
}

export interface WriteAppendedOptions extends Omit<AppendOptions, 'target' | 'folder' | 'source' | 'lock'> {
  /** The data set that the files join, and its manifest. */
  readonly from: string;
  readonly manifest: DatasetManifest;
  /** An empty folder for the larger data set. */
  readonly to: string;
  readonly tables: readonly ScannedTable[];
}

/** Writes a data set with more files into a new folder, without its manifest, which is returned. */
export async function writeAppended(
  options: WriteAppendedOptions,
): Promise<{ readonly manifest: DatasetManifest; readonly addition: Addition }> {
  const { from, to, manifest, tables, signal, memoryLimitMb = 1200, onProgress } = options;
  const mapping = recordedMapping(manifest.source);
  const temporaryFolder = path.join(to, 'spill');
  const db = await openDuckDb({ memoryLimitMb, threads: os.availableParallelism(), temporaryFolder, signal });
  for (const name of [QUARANTINE_FILE, REMARKS_FILE]) copyFileSync(path.join(from, name), path.join(to, name));
  try {
    const read = await readTables(db, mapping, options, temporaryFolder);
    const items = await joinItems(db, path.join(from, DATASET_FILES.items), read.itemTables);
    await numberUsersAndItems(db, from);
    const oldEvents = manifest.validation.events;
    const rowsKept = await writeTables(db, mapping, options);
    const repeats = oldEvents.rowsKept + read.events.rowsKept - rowsKept;
    const staged = addEvents(oldEvents, read.events, repeats);
    const facts = writeFactLines(to, await joinFacts(db, from, mapping, read.itemTables));
    const { rowsRead, rowsKept: itemRowsKept, rowsQuarantined } = manifest.validation.items;
    const content = await inspectDataset(db, to, {
      staged: { ...staged, keyType: 'VARCHAR' },
      catalogue: mapping.items && {
        ids: items.listedIds,
        rowsRead: rowsRead + read.items.rowsRead,
        rowsKept: itemRowsKept + read.items.rowsRead - read.items.rowsQuarantined,
        rowsQuarantined: rowsQuarantined + read.items.rowsQuarantined,
      },
      source: mapping,
      quarantineReasons: addCounts(manifest.validation.quarantineReasons, read.quarantineReasons),
      remarks: addCounts(manifest.validation.remarks, read.remarks),
      ...defined({ signal }),
      onProgress: (done, total) => onProgress?.('inspect', (100 * done) / Math.max(1, total)),
    });
    const { facts: _, ...before } = manifest;
    const added = tables.map(({ table, folder, name, scanned }): AppendedFile => {
      const { sizeBytes, sha256, unpackedSha256 } = scanned;
      return { table, folder, name, sizeBytes, sha256, ...defined({ unpackedSha256 }) };
    });
    return {
      manifest: { ...before, ...content, appended: [...(manifest.appended ?? []), ...added], ...defined({ facts }) },
      addition: {
        rowsRead: read.events.rowsRead,
        rowsKept: rowsKept - oldEvents.rowsKept,
        rowsQuarantined: read.events.rowsQuarantined,
        rowsLeftOut: { byType: read.events.rowsLeftOut.byType, repeats: read.events.rowsLeftOut.repeats + repeats },
        duplicates: Math.max(0, content.validation.events.duplicates - oldEvents.duplicates),
        ofDeleted: await countDeleted(db, options.deletedAmong),
        itemRowsRead: read.items.rowsRead,
        itemRowsQuarantined: read.items.rowsQuarantined,
        newUsers: content.counts.users - manifest.counts.users,
        newItems: content.counts.items - manifest.counts.items,
        replacedItems: items.replaced,
        changedTitles: items.changedTitles,
      },
    };
  } finally {
    db.close();
    rmSync(temporaryFolder, { recursive: true, force: true });
  }
}

/** Counts the rows of the table `added` whose users were deleted. */
async function countDeleted(db: DuckDb, deletedAmong: AppendOptions['deletedAmong']): Promise<Addition['ofDeleted']> {
  if (deletedAmong === undefined) return { rows: 0, users: 0 };
  const rows = await db.rows('SELECT user_id, count(*) AS count FROM added GROUP BY user_id');
  const counts = new Map(rows.map((row) => [String(row['user_id']), Number(row['count'])]));
  const deleted = await deletedAmong([...counts.keys()]);
  return { rows: deleted.reduce((sum, userId) => sum + (counts.get(userId) ?? 0), 0), users: deleted.length };
}

type EventRows = Omit<StagedInteractions, 'keyType'>;
const NO_EVENTS: EventRows = {
  rowsRead: 0,
  rowsKept: 0,
  rowsQuarantined: 0,
  rowsLeftOut: { byType: 0, repeats: 0 },
};

/** @param repeats Rows of both that are left out because they repeat each other. */
function addEvents(one: EventRows, other: EventRows, repeats = 0): EventRows {
  return {
    rowsRead: one.rowsRead + other.rowsRead,
    rowsKept: one.rowsKept + other.rowsKept - repeats,
    rowsQuarantined: one.rowsQuarantined + other.rowsQuarantined,
    rowsLeftOut: {
      byType: one.rowsLeftOut.byType + other.rowsLeftOut.byType,
      repeats: one.rowsLeftOut.repeats + other.rowsLeftOut.repeats + repeats,
    },
  };
}

type Counts = Readonly<Record<string, number>>;

function addCounts(one: Counts, other: Counts): Counts {
  const sum: Record<string, number> = { ...one };
  for (const [reason, count] of Object.entries(other)) sum[reason] = (sum[reason] ?? 0) + count;
  return sum;
}

/** The rows of one item table. */
interface ItemTable {
  readonly items: readonly CatalogueItem[];
  readonly names: ReadonlySet<string>;
  readonly withheldIds: readonly string[];
}

interface ReadTables {
  readonly events: EventRows;
  readonly items: Pick<ValidationReport['items'], 'rowsRead' | 'rowsQuarantined'>;
  /** In the order of the files: of an item, the last row counts. */
  readonly itemTables: readonly ItemTable[];
  readonly quarantineReasons: Counts;
  readonly remarks: Counts;
}

/**
 * Reads the new files: events into the table `added` (user_id, item_id, t, v, type, place), item tables into memory.
 */
async function readTables(
  db: DuckDb,
  mapping: RecordedMapping,
  { to, tables, nowMs, signal, onProgress }: WriteAppendedOptions,
  temporaryFolder: string,
): Promise<ReadTables> {
  await db.run('CREATE TABLE added (user_id VARCHAR, item_id VARCHAR, t DOUBLE, v FLOAT, type UTINYINT, place BIGINT)');
  let read: ReadTables = {
    events: NO_EVENTS,
    items: { rowsRead: 0, rowsQuarantined: 0 },
    itemTables: [],
    quarantineReasons: {},
    remarks: {},
  };
  for (const table of tables) {
    const quarantine = createRowWriter(path.join(to, QUARANTINE_FILE), table.folder);
    const remarks = createRowWriter(path.join(to, REMARKS_FILE), table.folder);
    try {
      // An empty file names no columns.
      if (!table.scanned.isBlank) read = await readTable(read, table, { quarantine, remarks });
      read = {
        ...read,
        quarantineReasons: addCounts(read.quarantineReasons, quarantine.countByReason),
        remarks: addCounts(read.remarks, remarks.countByReason),
      };
    } finally {
      quarantine.close();
      remarks.close();
    }
  }
  return read;

  async function readTable(
    before: ReadTables,
    table: ScannedTable,
    writers: { readonly quarantine: RowWriter; readonly remarks: RowWriter },
  ): Promise<ReadTables> {
    const file = fileOf(table);
    const place = { file, parts: [file], format: table.format };
    if (table.table === 'items') {
      const { attributeTables: _, ...source } = tableOf(mapping, 'items');
      const { items, names, rowsRead, rowsQuarantined, withheldIds } = await readCatalogue(
        db,
        { ...source, ...place },
        { ...writers, mayBeEmpty: true },
      );
      return {
        ...before,
        items: {
          rowsRead: before.items.rowsRead + rowsRead,
          rowsQuarantined: before.items.rowsQuarantined + rowsQuarantined,
        },
        itemTables: [...before.itemTables, { items, names: new Set(names), withheldIds }],
      };
    }
    const source = { ...tableOf(mapping, 'events'), ...place };
    const text = await openSourceText(db, source, [table.scanned], temporaryFolder, signal);
    const latestSeconds = nowMs / 1000 + ONE_DAY_SECONDS;
    const progress = (percent: number): void => onProgress?.('read events', percent);
    const staged = await stageInteractions(db, source, text, latestSeconds, writers.quarantine, progress);
    await db.run(
      `INSERT INTO added SELECT user_key::VARCHAR, item_key::VARCHAR, t, v, type,
        ${before.events.rowsRead} + row_number() OVER (ORDER BY rowid) FROM staged WHERE ok`,
    );
    await db.run('DROP TABLE staged');
    return { ...before, events: addEvents(before.events, staged) };
  }
}

interface JoinedItems {
  /** The ids that an item table has named. */
  readonly listedIds: ReadonlySet<string>;
  readonly replaced: number;
  readonly changedTitles: Addition['changedTitles'];
}

/**
 * Creates the table `catalogue` of the new rows of items. Attributes of which the new table has no column stay as they
 * are: they may come from another table.
 *
 * @param file The items of the data set.
 */
async function joinItems(db: DuckDb, file: string, tables: readonly ItemTable[]): Promise<JoinedItems> {
  const rows = await db.rows(
    `SELECT item_id, title, attributes, title IS NOT NULL OR year <> 0 OR len(genres) > 0 OR poster_url IS NOT NULL
      OR attributes IS NOT NULL AS is_listed FROM read_parquet(${sqlText(file)})`,
  );
  const known = new Map(rows.map((row) => [String(row['item_id']), row]));
  const joined = new Map<string, CatalogueItem>();
  for (const { items, names } of tables) {
    for (const item of items) {
      const text = known.get(item.itemId)?.['attributes'];
      const earlier = joined.get(item.itemId)?.attributes ?? (text ? (JSON.parse(String(text)) as object) : {});
      const kept = Object.entries(earlier).filter(([name]) => !names.has(name));
      const attributes = { ...Object.fromEntries(kept), ...item.attributes };
      const { attributes: _, ...others } = item;
      joined.set(item.itemId, { ...others, ...(Object.keys(attributes).length > 0 && { attributes }) });
    }
  }
  await createCatalogueTable(db, [...joined.values()]);
  const replaced = [...joined.values()].filter(({ itemId }) => known.get(itemId)?.['is_listed'] === true);
  const titleOf = (itemId: string): string => String(known.get(itemId)?.['title'] ?? 'no title');
  return {
    listedIds: new Set([
      ...rows.filter((row) => row['is_listed'] === true).map((row) => String(row['item_id'])),
      ...joined.keys(),
    ]),
    replaced: replaced.length,
    changedTitles: replaced
      .map(({ itemId, title = 'no title' }) => ({ id: itemId, from: titleOf(itemId), to: title }))
      .filter((change) => change.from !== change.to)
      .slice(0, MOST_TITLES),
  };
}

/** Creates the tables `users` and `item_keys` of old and new indices. New ids are numbered as in preparing. */
async function numberUsersAndItems(db: DuckDb, from: string): Promise<void> {
  const grow = async (name: string, file: string, [index, id]: readonly [string, string], fresh: string) => {
    await db.run(`CREATE TABLE ${name} AS SELECT ${index}, ${id} FROM read_parquet(${sqlText(path.join(from, file))})`);
    await db.run(
      `INSERT INTO ${name} SELECT ((SELECT count(*) FROM ${name}) + row_number() OVER (ORDER BY ${ID_ORDER}) - 1)::INTEGER, id
       FROM (${fresh}) WHERE id NOT IN (SELECT ${id} FROM ${name})`,
    );
  };
  await grow('users', DATASET_FILES.users, ['user_index', 'user_id'], 'SELECT DISTINCT user_id AS id FROM added');
  await grow(
    'item_keys',
    DATASET_FILES.items,
    ['item_index', 'item_id'],
    'SELECT item_id AS id FROM catalogue UNION SELECT DISTINCT item_id FROM added',
  );
}

/** Writes events, users and items. Returns the number of events. */
async function writeTables(
  db: DuckDb,
  { interactions }: RecordedMapping,
  { from, to, onProgress }: WriteAppendedOptions,
): Promise<number> {
  const old = (name: keyof typeof DATASET_FILES): string => sqlText(path.join(from, DATASET_FILES[name]));
  const written = (name: keyof typeof DATASET_FILES): string => sqlText(path.join(to, DATASET_FILES[name]));
  const { repeats = 'all' } = interactions ?? {};
  const direction = repeats === 'last' ? 'DESC' : 'ASC';
  const onlyOne = `QUALIFY row_number() OVER (PARTITION BY user_index, item_index, type
    ORDER BY timestamp ${direction}, part ${direction}, place ${direction}) = 1`;
  await db.run(
    `COPY (SELECT user_index, item_index, timestamp, value, type FROM (
        SELECT user_index, item_index, timestamp, value, type, 0 AS part, file_row_number AS place
        FROM read_parquet(${old('events')}, file_row_number = true)
        UNION ALL
        SELECT user_index, item_index, t, coalesce(v, 'nan'::FLOAT), type, 1, place
        FROM added JOIN users USING (user_id) JOIN item_keys USING (item_id))
       ${repeats === 'all' ? '' : onlyOne} ORDER BY timestamp, part, place)
     TO ${written('events')} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)`,
    (percent) => onProgress?.('index and sort', percent),
  );
  await db.run(
    `COPY (SELECT user_index, user_id FROM users ORDER BY user_index) TO ${written('users')} (FORMAT parquet)`,
  );
  const later = (name: string): string => `CASE WHEN c.item_id IS NULL THEN o.${name} ELSE c.${name} END`;
  await db.run(
    `COPY (SELECT k.item_index, k.item_id, ${later('title')} AS title,
        coalesce(${later('year')}, 0)::INTEGER AS year, coalesce(${later('genres')}, []) AS genres,
        ${later('poster_url')} AS poster_url, ${later('attributes')} AS attributes
      FROM item_keys k LEFT JOIN read_parquet(${old('items')}) o ON o.item_id = k.item_id
        LEFT JOIN catalogue c ON c.item_id = k.item_id ORDER BY k.item_index)
     TO ${written('items')} (FORMAT parquet)`,
  );
  const [counted] = await db.rows(`SELECT count(*) AS n FROM read_parquet(${written('events')})`);
  return Number(counted?.['n']);
}

/** Returns the facts of all items; those of a later row of an item replace those of an earlier one. */
async function joinFacts(
  db: DuckDb,
  from: string,
  { items }: RecordedMapping,
  tables: readonly ItemTable[],
): Promise<readonly FactLine[]> {
  const lines = new Map((await readFactLines(from)).map((line) => [line.id, line]));
  for (const table of tables) {
    for (const { itemId, fact } of table.items) {
      lines.delete(itemId);
      if (Object.keys(fact).length > 0) lines.set(itemId, { id: itemId, ...fact });
    }
    for (const id of table.withheldIds) lines.set(id, { id, isHidden: true });
  }
  const before = `SELECT item_id FROM read_parquet(${sqlText(path.join(from, DATASET_FILES.items))})`;
  for (const id of await findUnlicensed(db, items, before)) lines.set(id, { id, isHidden: true });
  return [...lines.values()];
}

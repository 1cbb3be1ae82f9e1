import { createHash } from 'node:crypto';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { defined, MatineeError } from '@matinee/numerics';
import { ensureFolder, syncFile, syncFolder, writeDurably } from '../disk/durable.ts';
import { partialName, removeDeadPartials } from '../disk/partial.ts';
import type { DataSource, ItemSource, TableSource } from './data-source.ts';
import {
  DATASET_FILES,
  DATASET_FORMAT,
  type DatasetManifest,
  MANIFEST_FILE,
  QUARANTINE_FILE,
  REMARKS_FILE,
  readManifest,
} from './dataset-manifest.ts';
import { timeAdvice } from './find-warnings.ts';
import { inspectDataset } from './inspect-dataset.ts';
import { writeItemFacts } from './item-facts-file.ts';
import { type DuckDb, openDuckDb, sqlText } from './open-duckdb.ts';
import { type CatalogueItem, readCatalogue } from './read-catalogue.ts';
import { createRowWriter, nameInFolder, type RowWriter } from './row-writer.ts';
import { type ScannedFile, scanSourceFile } from './scan-source-file.ts';
import { openSourceText } from './source-text.ts';
import { type StagedInteractions, stageInteractions, stageNothing } from './stage-interactions.ts';

export interface PrepareOptions {
  readonly source: DataSource;
  /** Folder of the prepared data set. An existing folder is replaced as a whole. */
  readonly folder: string;
  readonly name: string;
  /** Current time in milliseconds since 1970. Events more than a day later are quarantined. */
  readonly nowMs: number;
  /** DuckDB's limit; the whole process needs about 300 MB more. Default 1200. */
  readonly memoryLimitMb?: number;
  /**
   * Called before anything is written, and never for an unchanged source. The folder is replaced only until the
   * returned function is called. What it throws ends the preparation.
   */
  readonly lock?: () => Promise<() => void>;
  readonly signal?: AbortSignal;
  /** Gets the percentage done of the named step. */
  readonly onProgress?: (step: string, percent: number) => void;
}

export interface PreparedDataset {
  readonly manifest: DatasetManifest;
  /** True if the same source was already prepared, so that nothing was done. */
  readonly reused: boolean;
}

const ONE_DAY_SECONDS = 86_400;

/**
 * Prepares a data set from source files: `events.parquet` sorted by (time, source row), `users.parquet`,
 * `items.parquet`, `film-facts.jsonl` if the source has facts for the rules, `quarantine.jsonl`, `remarks.jsonl` and `manifest.json`.
 * The files are written to a temporary folder that is then renamed, so `folder` has either all of them or its previous
 * state. A second call with unchanged sources returns at once.
 *
 * A source without events gives a data set of items that nobody has engaged with.
 *
 * @throws {MatineeError} `BAD_MAPPING` naming a missing column; `BAD_SOURCE` for a damaged file; `EMPTY_DATASET` when
 *   no row is usable; `BAD_DATASET` when `folder` holds something else; `CANCELLED` after the signal.
 * @remarks Works out of core: DuckDB spills to disk beyond `memoryLimitMb`. It makes four passes over the events: hash,
 * read, sort, inspect.
 */
export async function prepareDataset(options: PrepareOptions): Promise<PreparedDataset> {
  const { source, folder, name } = options;
  const scanned = await scanFiles(options);
  const files = [...scanned.interactions, ...scanned.items].map(({ name, sizeBytes, sha256 }) => ({
    name,
    sizeBytes,
    sha256,
  }));
  const config = {
    interactions: source.interactions && readingRule(source.interactions),
    items: source.items && readingRule(source.items),
  };
  const fingerprint = createHash('sha256')
    .update(JSON.stringify({ format: DATASET_FORMAT, files, config }))
    .digest('hex');
  const findExisting = (): PreparedDataset | undefined => {
    const manifest = readManifest(folder);
    const isSame = manifest?.source.fingerprint === fingerprint && manifest.name === name;
    return isSame ? { manifest, reused: true } : undefined;
  };
  const existing = findExisting();
  if (existing !== undefined) return existing;
  requireOurs(folder);

  const parent = path.dirname(folder);
  await ensureFolder(parent);
  const unlock = await options.lock?.();
  try {
    await removeDeadPartials(parent);
    await recoverDataset(folder);
    // Another process may have prepared it while this one waited for the lock.
    return findExisting() ?? (await prepareAnew(options, scanned.interactions, { fingerprint, files, config }));
  } finally {
    unlock?.();
  }
}

/** @throws {MatineeError} `BAD_DATASET` when something stands in the folder's place that Matinee did not prepare. */
function requireOurs(folder: string): void {
  const stats = statSync(folder, { throwIfNoEntry: false });
  const isOurs =
    stats?.isDirectory() && (existsSync(path.join(folder, MANIFEST_FILE)) || readdirSync(folder).length === 0);
  if (stats === undefined || isOurs) return;
  throw new MatineeError(
    'BAD_DATASET',
    `${folder} holds no prepared data set; move it away, or prepare under another --name`,
  );
}

async function prepareAnew(
  options: PrepareOptions,
  scanned: readonly ScannedFile[],
  identity: Pick<DatasetManifest['source'], 'fingerprint' | 'files' | 'config'>,
): Promise<PreparedDataset> {
  const { source, folder, name } = options;
  const aside = path.join(path.dirname(folder), partialName());
  try {
    await mkdir(aside);
    const content = await writeDataset(options, scanned, aside);
    const manifest: DatasetManifest = {
      format: DATASET_FORMAT,
      name,
      hash: content.hash,
      details: content.details,
      counts: content.counts,
      source: { kind: source.kind, ...identity },
      validation: content.validation,
      ...defined({ facts: content.facts }),
    };
    for (const file of await readdir(aside)) await syncFile(path.join(aside, file));
    await writeDurably(path.join(aside, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`);
    await syncFolder(aside);
    await replaceFolder(aside, folder);
    return { manifest, reused: false };
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

async function writeDataset(
  { source, nowMs, memoryLimitMb = 1200, signal, onProgress }: PrepareOptions,
  scanned: readonly ScannedFile[],
  folder: string,
): Promise<Pick<DatasetManifest, 'hash' | 'details' | 'counts' | 'validation' | 'facts'>> {
  const temporaryFolder = path.join(folder, 'spill');
  const db = await openDuckDb({ memoryLimitMb, threads: os.availableParallelism(), temporaryFolder, signal });
  const quarantine = createRowWriter(path.join(folder, QUARANTINE_FILE), source.folder);
  const remarks = createRowWriter(path.join(folder, REMARKS_FILE), source.folder);
  const progress = (step: string) => (percent: number) => onProgress?.(step, percent);
  try {
    const staged = await stageEvents();
    // Rows that cannot be read are a fault of the source; no rows at all are a service before its first day.
    const isFirstDay = source.items !== undefined && staged.rowsQuarantined === 0;
    if (staged.rowsKept === 0 && !isFirstDay) {
      throw new MatineeError('EMPTY_DATASET', describeEmpty(source, quarantine.first));
    }
    const catalogue =
      source.items === undefined ? undefined : await readCatalogue(db, source.items, { quarantine, remarks });
    await indexUsersAndItems(db, catalogue?.items ?? [], staged.keyType);
    await db.run(
      `COPY (SELECT user_index, item_index, t AS timestamp, coalesce(v, 'nan'::FLOAT) AS value, type
        FROM staged JOIN users USING (user_key) JOIN item_keys USING (item_key) WHERE ok ORDER BY t, staged.rowid)
       TO ${sqlText(path.join(folder, DATASET_FILES.events))} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)`,
      progress('index and sort'),
    );
    await db.run(
      `COPY (SELECT user_index, user_id FROM users ORDER BY user_index) TO ${sqlText(path.join(folder, DATASET_FILES.users))} (FORMAT parquet)`,
    );
    await db.run(
      `COPY (SELECT item_index, item_id, title, coalesce(year, 0)::INTEGER AS year, coalesce(genres, []) AS genres, poster_url, attributes
        FROM item_keys LEFT JOIN catalogue USING (item_id) ORDER BY item_index)
       TO ${sqlText(path.join(folder, DATASET_FILES.items))} (FORMAT parquet)`,
    );
    await db.run('DROP TABLE staged');
    const withheldIds = [...(catalogue?.withheldIds ?? []), ...(await findUnlicensed(db, source.items))];
    const facts = writeItemFacts(folder, catalogue?.items ?? [], withheldIds);
    const content = await inspectDataset(db, folder, {
      staged,
      catalogue,
      source,
      quarantineReasons: quarantine.countByReason,
      remarks: remarks.countByReason,
      ...defined({ signal }),
      onProgress: (done, total) => onProgress?.('inspect', (100 * done) / Math.max(1, total)),
    });
    return { ...content, ...defined({ facts }) };
  } finally {
    db.close();
    quarantine.close();
    remarks.close();
    rmSync(temporaryFolder, { recursive: true, force: true });
  }

  async function stageEvents(): Promise<StagedInteractions> {
    const { interactions } = source;
    // An empty file names no columns.
    const isEmpty = source.items !== undefined && scanned.every(({ isBlank }) => isBlank);
    if (interactions === undefined || isEmpty) return stageNothing(db);
    const text = await openSourceText(db, interactions, scanned, temporaryFolder, signal);
    const latestSeconds = nowMs / 1000 + ONE_DAY_SECONDS;
    return stageInteractions(db, interactions, text, latestSeconds, quarantine, progress('read events'));
  }
}

/** Names the first problem of a source without a usable event, and what to set where that can be told. */
function describeEmpty({ kind, interactions }: DataSource, first: RowWriter['first']): string {
  const example = first === undefined ? '' : `; line ${first.line}: ${first.reason}`;
  const time = /^time: (?:cannot read )?"(.*?)"/.exec(first?.reason ?? '')?.[1];
  const isDecimalComma = /^value: "-?\d*,\d+" is not a number/.test(first?.reason ?? '');
  const found = time === undefined ? isDecimalComma && '"decimal": ","' : timeAdvice(time);
  const advice = kind === 'mapped' && found ? found : undefined;
  return `no usable row in ${interactions?.file ?? 'the source'}${example}${advice === undefined ? '' : `; set ${advice} in matinee.json`}`;
}

/**
 * Creates the tables that number users and items: integer ids first, by value, then other ids by code point. Items
 * include those that only occur in events.
 */
async function indexUsersAndItems(db: DuckDb, items: readonly CatalogueItem[], keyType: string): Promise<void> {
  const order = `CASE WHEN regexp_full_match(id, '-?[0-9]+') THEN TRY_CAST(id AS HUGEINT) END NULLS LAST, id`;
  // "007", "7.0" and "7" are different items: a key is a number only if the number is written exactly like the id.
  const key =
    keyType === 'VARCHAR' ? 'id' : 'CASE WHEN TRY_CAST(id AS BIGINT)::VARCHAR = id THEN TRY_CAST(id AS BIGINT) END';
  await db.run(
    'CREATE TABLE catalogue (item_id VARCHAR, title VARCHAR, year INTEGER, genres VARCHAR[], poster_url VARCHAR, attributes VARCHAR)',
  );
  for (let start = 0; start < items.length; start += 500) {
    const values = items.slice(start, start + 500).map((item) => {
      const text = (value: string | undefined): string => (value === undefined ? 'NULL' : sqlText(value));
      const attributes = item.attributes === undefined ? undefined : JSON.stringify(item.attributes);
      return `(${text(item.itemId)}, ${text(item.title)}, ${item.year}, [${item.genres.map(sqlText).join(', ')}], ${text(item.posterUrl)}, ${text(attributes)})`;
    });
    await db.run(`INSERT INTO catalogue VALUES ${values.join(', ')}`);
  }
  await db.run(
    `CREATE TABLE users AS SELECT (row_number() OVER (ORDER BY ${order}) - 1)::INTEGER AS user_index, id AS user_id, id::${keyType} AS user_key
     FROM (SELECT DISTINCT user_key::VARCHAR AS id FROM staged WHERE ok)`,
  );
  await db.run(
    `CREATE TABLE item_keys AS SELECT (row_number() OVER (ORDER BY ${order}) - 1)::INTEGER AS item_index, id AS item_id, ${key} AS item_key
     FROM (SELECT item_id AS id FROM catalogue UNION SELECT DISTINCT item_key::VARCHAR FROM staged WHERE ok)`,
  );
}

/**
 * Returns the ids that the item table lacks, if the table has columns about when, where or whether items may be shown.
 * Such an item, for example one with a broken row, is not shown.
 */
async function findUnlicensed(db: DuckDb, items: ItemSource | undefined): Promise<readonly string[]> {
  const { licenceStart, licenceEnd, regions, hidden } = items?.columns ?? {};
  if ((licenceStart ?? licenceEnd ?? regions ?? hidden) === undefined) return [];
  const rows = await db.rows('SELECT item_id FROM item_keys ANTI JOIN catalogue USING (item_id) ORDER BY item_index');
  return rows.map((row) => String(row['item_id']));
}

/** Returns how a table is read, without its folder: moving a folder does not change what is prepared from it. */
function readingRule({
  file,
  parts: _parts,
  attributeTables,
  ...rule
}: TableSource & Partial<Pick<ItemSource, 'attributeTables'>>): Record<string, unknown> {
  return { ...rule, ...defined({ attributeTables: attributeTables?.map(readingRule) }), file: path.basename(file) };
}

/** The item table and the tables with further attributes. */
function itemTables({ items }: DataSource): readonly TableSource[] {
  return items === undefined ? [] : [items, ...(items.attributeTables ?? [])];
}

interface ScannedSource {
  readonly interactions: readonly ScannedFile[];
  readonly items: readonly ScannedFile[];
}

/** Scans the files of the events, then those of the items. */
async function scanFiles({ source, signal, onProgress }: PrepareOptions): Promise<ScannedSource> {
  const scan = async ({ parts, format }: TableSource): Promise<readonly ScannedFile[]> => {
    const totalBytes = Math.max(
      1,
      parts.reduce((sum, file) => sum + statSync(file).size, 0),
    );
    const scanned: ScannedFile[] = [];
    let earlierBytes = 0;
    for (const file of parts) {
      const name = nameInFolder(source.folder, file);
      const report = (doneBytes: number): void =>
        onProgress?.('check files', (100 * (earlierBytes + doneBytes)) / totalBytes);
      const each = await scanSourceFile(file, { name, format, signal, onProgress: report });
      earlierBytes += each.sizeBytes;
      scanned.push(each);
    }
    return scanned;
  };
  return {
    interactions: source.interactions === undefined ? [] : await scan(source.interactions),
    items: (await Promise.all(itemTables(source).map(scan))).flat(),
  };
}

/**
 * Replaces a folder. A folder cannot be renamed onto a non-empty one, so the old folder is renamed first;
 * {@link recoverDataset} puts it back after a crash in between.
 */
async function replaceFolder(from: string, to: string): Promise<void> {
  const replaced = replacedFolder(to);
  if (existsSync(to)) await rename(to, replaced);
  await rename(from, to).catch(async (error: unknown) => {
    await recoverDataset(to);
    throw error;
  });
  await syncFolder(path.dirname(to));
  await rm(replaced, { recursive: true, force: true });
}

/** Where a data set stands while another takes its place. No data set has such a name. */
function replacedFolder(folder: string): string {
  return path.join(path.dirname(folder), `.replaced-${path.basename(folder)}`);
}

/** Returns whether a killed run has moved the data set of this folder aside and put none in its place. */
export function isMovedAside(folder: string): boolean {
  return !existsSync(folder) && existsSync(replacedFolder(folder));
}

/** Ends what a killed run has begun: puts a data set back that it moved aside, or removes it where there is another. */
export async function recoverDataset(folder: string): Promise<void> {
  if (isMovedAside(folder)) {
    await rename(replacedFolder(folder), folder);
    await syncFolder(path.dirname(folder));
  } else await rm(replacedFolder(folder), { recursive: true, force: true });
}

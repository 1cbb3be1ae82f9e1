import { createHash } from 'node:crypto';
import { existsSync, rmSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { defined, MatineeError } from '@matinee/numerics';
import { ensureFolder } from '../disk/durable.ts';
import { removeDeadPartials } from '../disk/partial.ts';
import { fileOf, hashesOf, type ScannedTable, scanTables, writeAppended } from './append-to-dataset.ts';
import { createCatalogueTable, findUnlicensed, ID_ORDER } from './catalogue-table.ts';
import type { DataSource, TableSource } from './data-source.ts';
import {
  type AppendedFile,
  DATASET_FILES,
  DATASET_FORMAT,
  type DatasetManifest,
  MANIFEST_FILE,
  QUARANTINE_FILE,
  REMARKS_FILE,
  readAppended,
  readManifest,
} from './dataset-manifest.ts';
import { timeAdvice } from './find-warnings.ts';
import { inspectDataset } from './inspect-dataset.ts';
import { writeItemFacts } from './item-facts-file.ts';
import { formatOf, tableOf } from './new-tables.ts';
import { type DuckDb, openDuckDb, sqlText } from './open-duckdb.ts';
import { inScratch, placeDataset, recoverDataset, requireOurs } from './place-dataset.ts';
import { type CatalogueItem, readCatalogue } from './read-catalogue.ts';
import { readingRule } from './reading-rule.ts';
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
  /**
   * What becomes of files that were appended to the data set, when it is prepared again because its source has changed:
   * `all` of them are read again, and one that is gone or has changed is an error; only those that are `found` are; or
   * `none`. Default `all`.
   */
  readonly keepsAppended?: 'all' | 'found' | 'none';
  readonly signal?: AbortSignal;
  /** Gets the percentage done of the named step. */
  readonly onProgress?: (step: string, percent: number) => void;
}

export interface PreparedDataset {
  readonly manifest: DatasetManifest;
  /** True if the same source was already prepared, so that nothing was done. */
  readonly reused: boolean;
  /** Of a data set that was prepared again: the appended files that were read again, and those that were left out. */
  readonly readAgain?: readonly string[];
  readonly leftOut?: readonly string[];
}

const ONE_DAY_SECONDS = 86_400;

/**
 * Prepares a data set from source files: `events.parquet` sorted by (time, source row), `users.parquet`,
 * `items.parquet`, `film-facts.jsonl` if the source has facts for the rules, `quarantine.jsonl`, `remarks.jsonl` and
 * `manifest.json`. The files are written to a temporary folder that is then renamed, so `folder` has either all of them
 * or its previous state. A second call with unchanged sources returns at once.
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
  const all = [...scanned.interactions, ...scanned.items];
  const filesOf = (read: readonly ScannedFile[]): DatasetManifest['source']['files'] =>
    read.map(({ name, sizeBytes, sha256 }) => ({ name, sizeBytes, sha256 }));
  const files = filesOf(all);
  const config = {
    interactions: source.interactions && readingRule(source.interactions),
    items: source.items && readingRule(source.items),
  };
  const fingerprintOf = (read: typeof files): string =>
    createHash('sha256')
      .update(JSON.stringify({ format: DATASET_FORMAT, files: read, config }))
      .digest('hex');
  const fingerprint = fingerprintOf(files);
  const findExisting = (): PreparedDataset | undefined => {
    const manifest = readManifest(folder);
    if (manifest === undefined || manifest.name !== name) return undefined;
    // A file that was appended and then put beside the others brings nothing new.
    const appended = new Set(manifest.appended?.flatMap(hashesOf));
    const others = all.filter((each) => !hashesOf(each).some((hash) => appended.has(hash)));
    const isSame = [fingerprint, fingerprintOf(filesOf(others))].includes(manifest.source.fingerprint);
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
    return findExisting() ?? (await prepareAnew(options, scanned, { fingerprint, files, config }));
  } finally {
    unlock?.();
  }
}

async function prepareAnew(
  options: PrepareOptions,
  scanned: ScannedSource,
  identity: Pick<DatasetManifest['source'], 'fingerprint' | 'files' | 'config'>,
): Promise<PreparedDataset> {
  const { source, folder, name } = options;
  const inSource = new Set([...scanned.interactions, ...scanned.items].flatMap(hashesOf));
  const appended = readAppended(folder).filter((each) => !hashesOf(each).some((hash) => inSource.has(hash)));
  const { found, missing } = await findAppended(appended, options);
  const manifest = await placeDataset(folder, async (aside) => {
    if (found.length === 0) return writeSource(aside);
    return inScratch(path.dirname(folder), async (alone) => {
      const whole = await writeSource(alone);
      await writeFile(path.join(alone, MANIFEST_FILE), JSON.stringify(whole));
      return (await writeAppended({ ...options, from: alone, to: aside, manifest: whole, tables: found })).manifest;
    });
  });
  return { manifest, reused: false, ...(appended.length > 0 && { readAgain: found.map(fileOf), leftOut: missing }) };

  async function writeSource(aside: string): Promise<DatasetManifest> {
    const content = await writeDataset(options, scanned.interactions, aside);
    return {
      format: DATASET_FORMAT,
      name,
      hash: content.hash,
      details: content.details,
      counts: content.counts,
      source: { kind: source.kind, ...identity },
      validation: content.validation,
      ...defined({ facts: content.facts }),
    };
  }
}

/**
 * Looks for the files that were appended to the data set which is prepared again.
 *
 * @throws {MatineeError} `BAD_SOURCE` naming those that are gone or have changed, unless they may be left out.
 */
async function findAppended(
  appended: readonly AppendedFile[],
  { source, keepsAppended = 'all', signal, folder }: PrepareOptions,
): Promise<{ readonly found: readonly ScannedTable[]; readonly missing: readonly string[] }> {
  if (keepsAppended === 'none') return { found: [], missing: appended.map(fileOf) };
  const found: ScannedTable[] = [];
  const missing: string[] = [];
  for (const { table, folder, name, sha256 } of appended) {
    const file = fileOf({ folder, name });
    if (!existsSync(file)) {
      missing.push(file);
      continue;
    }
    const format = formatOf(file, tableOf(source, table));
    const [scanned] = await scanTables([{ table, folder, name, format }], defined({ signal }));
    if (scanned?.scanned.sha256 === sha256) found.push(scanned);
    else missing.push(file);
  }
  if (missing.length === 0 || keepsAppended === 'found') return { found, missing };
  throw new MatineeError(
    'BAD_SOURCE',
    `${missing.length} of the files that were appended to ${path.basename(folder)} are gone or have changed (${missing.slice(0, 3).join(', ')}` +
      `${missing.length > 3 ? ', …' : ''}); put them back or into the source folder, or prepare without them (--leave-out-missing)`,
  );
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
      catalogue: catalogue && {
        ...catalogue,
        ids: new Set(catalogue.items.map(({ itemId }) => itemId)),
        rowsKept: catalogue.items.length,
      },
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
  // "007", "7.0" and "7" are different items: a key is a number only if the number is written exactly like the id.
  const key =
    keyType === 'VARCHAR' ? 'id' : 'CASE WHEN TRY_CAST(id AS BIGINT)::VARCHAR = id THEN TRY_CAST(id AS BIGINT) END';
  await createCatalogueTable(db, items);
  await db.run(
    `CREATE TABLE users AS SELECT (row_number() OVER (ORDER BY ${ID_ORDER}) - 1)::INTEGER AS user_index, id AS user_id, id::${keyType} AS user_key
     FROM (SELECT DISTINCT user_key::VARCHAR AS id FROM staged WHERE ok)`,
  );
  await db.run(
    `CREATE TABLE item_keys AS SELECT (row_number() OVER (ORDER BY ${ID_ORDER}) - 1)::INTEGER AS item_index, id AS item_id, ${key} AS item_key
     FROM (SELECT item_id AS id FROM catalogue UNION SELECT DISTINCT item_key::VARCHAR FROM staged WHERE ok)`,
  );
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
async function scanFiles({ source, folder, signal, onProgress }: PrepareOptions): Promise<ScannedSource> {
  // A file that was appended may stand among the sources in the meantime, packed or unpacked.
  const hashesUnpacked = readAppended(folder).length > 0;
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
      const each = await scanSourceFile(file, { name, format, hashesUnpacked, signal, onProgress: report });
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

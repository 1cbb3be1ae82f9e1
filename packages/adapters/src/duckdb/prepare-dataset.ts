import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { defined, MatineeError } from '@matinee/numerics';
import type { DataSource, ItemSource, TableFormat } from './data-source.ts';
import {
  DATASET_FILES,
  DATASET_FORMAT,
  type DatasetManifest,
  MANIFEST_FILE,
  QUARANTINE_FILE,
  readManifest,
} from './dataset-manifest.ts';
import { inspectDataset } from './inspect-dataset.ts';
import type { SourceText } from './interaction-sql.ts';
import { writeItemFacts } from './item-facts-file.ts';
import { type DuckDb, openDuckDb, sqlText } from './open-duckdb.ts';
import { createQuarantineWriter } from './quarantine-writer.ts';
import { type CatalogueItem, readCatalogue } from './read-catalogue.ts';
import { cleanCopy, type ScannedFile, scanSourceFile } from './scan-source-file.ts';
import { stageInteractions } from './stage-interactions.ts';

export interface PrepareOptions {
  readonly source: DataSource;
  /** Where the data set goes; a folder that is there already is replaced as a whole. */
  readonly folder: string;
  readonly name: string;
  /** Milliseconds since 1970: events more than a day later are in the future. */
  readonly nowMs: number;
  /** DuckDB's bound; the whole process needs about 300 MB more. */
  readonly memoryLimitMb?: number;
  readonly signal?: AbortSignal;
  /** Percent of the named step. */
  readonly onProgress?: (step: string, percent: number) => void;
}

export interface PreparedDataset {
  readonly manifest: DatasetManifest;
  /** True when the same source had been prepared before and nothing was done. */
  readonly reused: boolean;
}

const ONE_DAY_SECONDS = 86_400;

/**
 * Turns source files into a prepared data set: `events.parquet` sorted by (time, source row), `users.parquet`,
 * `items.parquet`, `film-facts.jsonl` where the source has facts, `quarantine.jsonl`, `manifest.json`. Written aside and renamed, so the folder holds all of it or the
 * state before; a second call with unchanged sources returns at once.
 *
 * @throws {MatineeError} `BAD_MAPPING` names a column that is not there; `BAD_SOURCE` a damaged file; `EMPTY_DATASET` when
 *   no row could be used; `CANCELLED` after the signal.
 * @remarks Out of core: DuckDB spills to disk beyond `memoryLimitMb`. Four passes over the events: hash, read, sort, inspect.
 */
export async function prepareDataset(options: PrepareOptions): Promise<PreparedDataset> {
  const { source, folder, name } = options;
  const scanned = await scanFiles(options);
  const files = scanned.map(({ name, sizeBytes, sha256 }) => ({ name, sizeBytes, sha256 }));
  const config = { interactions: readingRule(source.interactions), items: source.items && readingRule(source.items) };
  const fingerprint = createHash('sha256')
    .update(JSON.stringify({ format: DATASET_FORMAT, files, config }))
    .digest('hex');
  const existing = readManifest(folder);
  if (existing?.source.fingerprint === fingerprint && existing.name === name)
    return { manifest: existing, reused: true };

  mkdirSync(path.dirname(folder), { recursive: true });
  removeLeftovers(folder);
  const aside = `${folder}.preparing-${process.pid}`;
  rmSync(aside, { recursive: true, force: true });
  mkdirSync(aside);
  try {
    const content = await writeDataset(options, scanned[0]?.needsCleanCopy === true, aside);
    const manifest: DatasetManifest = {
      format: DATASET_FORMAT,
      name,
      hash: content.hash,
      counts: content.counts,
      source: { kind: source.kind, fingerprint, files, config },
      validation: content.validation,
      ...defined({ facts: content.facts }),
    };
    writeFileSync(path.join(aside, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`);
    replaceFolder(aside, folder);
    return { manifest, reused: false };
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

async function writeDataset(
  { source, nowMs, memoryLimitMb = 1200, signal, onProgress }: PrepareOptions,
  needsCleanCopy: boolean,
  folder: string,
): Promise<Pick<DatasetManifest, 'hash' | 'counts' | 'validation' | 'facts'>> {
  const temporaryFolder = path.join(folder, 'spill');
  const db = await openDuckDb({ memoryLimitMb, threads: os.availableParallelism(), temporaryFolder, signal });
  const quarantine = createQuarantineWriter(path.join(folder, QUARANTINE_FILE));
  const progress = (step: string) => (percent: number) => onProgress?.(step, percent);
  try {
    const latestSeconds = nowMs / 1000 + ONE_DAY_SECONDS;
    const text: SourceText = {
      file: needsCleanCopy ? path.join(temporaryFolder, 'clean-copy') : source.interactions.file,
      hasMarkedControls: needsCleanCopy,
    };
    if (needsCleanCopy) {
      mkdirSync(temporaryFolder, { recursive: true });
      await cleanCopy(source.interactions.file, text.file, signal);
    }
    const read = progress('read events');
    const staged = await stageInteractions(db, source.interactions, text, latestSeconds, quarantine, read);
    if (staged.rowsKept === 0) {
      const { first } = quarantine;
      const example = first === undefined ? '' : `; line ${first.line}: ${first.reason}`;
      throw new MatineeError('EMPTY_DATASET', `no usable row in ${source.interactions.file}${example}`);
    }
    const catalogue = source.items === undefined ? undefined : await readCatalogue(db, source.items, quarantine);
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
      quarantineReasons: quarantine.countByReason,
      ...defined({ signal }),
      onProgress: (done, total) => onProgress?.('inspect', (100 * done) / Math.max(1, total)),
    });
    return { ...content, ...defined({ facts }) };
  } finally {
    db.close();
    quarantine.close();
    rmSync(temporaryFolder, { recursive: true, force: true });
  }
}

/**
 * Numbers users and items: ids that are integers first, by value, then the others by code point. Items are those of the
 * catalogue and those that only events mention.
 */
async function indexUsersAndItems(db: DuckDb, items: readonly CatalogueItem[], keyType: string): Promise<void> {
  const order = `CASE WHEN regexp_full_match(id, '-?[0-9]+') THEN TRY_CAST(id AS HUGEINT) END NULLS LAST, id`;
  // "007" and "7.0" are other items than "7": a key is a number only where the number is written as the id is.
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
 * Where the item table says when, where or whether titles may be shown, it says so of all of them: a title that only
 * events mention, such as one whose row was broken, is not shown.
 */
async function findUnlicensed(db: DuckDb, items: ItemSource | undefined): Promise<readonly string[]> {
  const { licenceStart, licenceEnd, regions, hidden } = items?.columns ?? {};
  if ((licenceStart ?? licenceEnd ?? regions ?? hidden) === undefined) return [];
  const rows = await db.rows('SELECT item_id FROM item_keys ANTI JOIN catalogue USING (item_id) ORDER BY item_index');
  return rows.map((row) => String(row['item_id']));
}

/** How a table is read, without where it lies: moving a folder does not change what is prepared from it. */
function readingRule(table: { readonly file: string }): Record<string, unknown> {
  return { ...table, file: path.basename(table.file) };
}

/** The events' file first, then the items'. */
async function scanFiles({ source, signal, onProgress }: PrepareOptions): Promise<readonly ScannedFile[]> {
  const tables: readonly { readonly file: string; readonly format: TableFormat }[] =
    source.items === undefined ? [source.interactions] : [source.interactions, source.items];
  const scanned: ScannedFile[] = [];
  for (const { file, format } of tables) {
    const totalBytes = Math.max(1, statSync(file).size);
    const report = (doneBytes: number): void => onProgress?.('check files', (100 * doneBytes) / totalBytes);
    scanned.push(await scanSourceFile(file, { isText: format.kind !== 'parquet', signal, onProgress: report }));
  }
  return scanned;
}

/** What a killed run left beside the folder goes; what a running one writes stays. */
function removeLeftovers(folder: string): void {
  const prefix = `${path.basename(folder)}.preparing-`;
  for (const name of readdirSync(path.dirname(folder))) {
    if (!name.startsWith(prefix) || isRunning(Number(name.slice(prefix.length)))) continue;
    rmSync(path.join(path.dirname(folder), name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    // Signal 0 only asks.
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A folder cannot be renamed onto a full one, so the old one steps aside first; a crash in between is healed by preparing again. */
function replaceFolder(from: string, to: string): void {
  const old = `${to}.old`;
  rmSync(old, { recursive: true, force: true });
  if (existsSync(to)) renameSync(to, old);
  renameSync(from, to);
  rmSync(old, { recursive: true, force: true });
}

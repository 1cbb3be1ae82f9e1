import { createHash, type Hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {
  type Catalogue,
  createVocabulary,
  type Dataset,
  type DatasetParts,
  type EventTable,
  ITEM_CONTENT,
  type ItemContent,
  LEARNED_ATTRIBUTES,
} from '@matinee/models/data';
import { MatineeError } from '@matinee/numerics';
import { DATASET_FILES, type DatasetManifest, isMovieLensSource, readManifest } from './dataset-manifest.ts';
import { type DuckDb, openDuckDb, sqlText } from './open-duckdb.ts';

/**
 * Loads prepared data into memory: 21 bytes per event, and the catalogue. The hash of the content is compared with the
 * manifest, so a changed or truncated file is detected here and not in a model.
 *
 * @throws {MatineeError} `NOT_FOUND` when the folder has no prepared data; `BAD_DATASET` when the files were changed
 *   after preparing.
 */
export async function loadDataset(folder: string): Promise<Dataset> {
  const manifest = readManifest(folder);
  if (manifest === undefined) {
    throw new MatineeError(
      'NOT_FOUND',
      `no prepared data in ${folder}; run: matinee prepare --data <folder of source files>`,
    );
  }
  for (const name of Object.values(DATASET_FILES)) {
    if (!existsSync(path.join(folder, name))) throw damaged(folder, `${name} is missing`);
  }
  const db = await openDuckDb({ memoryLimitMb: 1000, threads: os.availableParallelism(), temporaryFolder: folder });
  try {
    return await readDataset(db, folder, manifest);
  } catch (cause) {
    if (cause instanceof MatineeError && cause.code === 'DUCKDB') throw damaged(folder, cause.message, cause);
    throw cause;
  } finally {
    db.close();
  }
}

function damaged(folder: string, detail: string, cause?: unknown): MatineeError {
  return new MatineeError('BAD_DATASET', `${folder} is damaged (${detail}); delete it and prepare again`, { cause });
}

async function readDataset(db: DuckDb, folder: string, manifest: DatasetManifest): Promise<Dataset> {
  const table = (name: keyof typeof DATASET_FILES): string => sqlText(path.join(folder, DATASET_FILES[name]));
  const users = await db.rows(`SELECT user_id FROM read_parquet(${table('users')}) ORDER BY user_index`);
  const userIds = users.map((row) => String(row['user_id']));
  const items = await readCatalogueTable(db, table('items'));
  const hashes = createContentHash();
  for (const id of userIds) hashes.text(id);
  hashes.catalogue(items);
  const events = await readEvents(db, table('events'), manifest.counts.events, hashes);
  const { hash, details, parts } = hashes.digest();
  if (hash !== manifest.hash || details !== manifest.details)
    throw damaged(folder, 'its content does not match its manifest');
  const isMovieLens = isMovieLensSource(manifest.source);
  return { name: manifest.name, hash, parts, isMovieLens, users: createVocabulary(userIds), items, events };
}

export async function readCatalogueTable(db: DuckDb, table: string): Promise<Catalogue> {
  const rows = await db.rows(
    `SELECT item_id, title, year, genres, poster_url, attributes FROM read_parquet(${table}) ORDER BY item_index`,
  );
  const genreNames = [...new Set(rows.flatMap((row) => row['genres'] as string[]))].sort((a, b) => (a < b ? -1 : 1));
  const genreIndex = new Map(genreNames.map((name, index) => [name, index]));
  /** Items with equal genres share one array: a million items have a few thousand sets of genres. */
  const sharedGenres = new Map<string, Int32Array>();
  const genresOf = (names: readonly string[]): Int32Array => {
    const key = names.join('\n');
    const known = sharedGenres.get(key);
    if (known !== undefined) return known;
    const indices = Int32Array.from(names, (name) => genreIndex.get(name) as number).sort();
    sharedGenres.set(key, indices);
    return indices;
  };
  const optionalText = (value: unknown): string | undefined => (value === null ? undefined : String(value));
  return {
    vocabulary: createVocabulary(rows.map((row) => String(row['item_id']))),
    titles: rows.map((row) => optionalText(row['title'])),
    years: Int32Array.from(rows, (row) => Number(row['year'])),
    genreNames,
    genres: rows.map((row) => genresOf(row['genres'] as string[])),
    posterUrls: rows.map((row) => optionalText(row['poster_url'])),
    attributes: rows.map((row) => {
      const text = optionalText(row['attributes']);
      return text === undefined ? undefined : (JSON.parse(text) as Record<string, unknown>);
    }),
  };
}

/** The columns of `events.parquet` in order; their types are int32, int32, float64, float32 and uint8. */
export const EVENT_COLUMNS = 'user_index, item_index, timestamp, value, type';
export const EVENT_COLUMN_BYTES = [4, 4, 8, 4, 1] as const;

async function readEvents(db: DuckDb, table: string, count: number, hashes: ContentHash): Promise<EventTable> {
  const events: EventTable = {
    count,
    userIndices: new Int32Array(count),
    itemIndices: new Int32Array(count),
    timestamps: new Float64Array(count),
    values: new Float32Array(count),
    types: new Uint8Array(count),
  };
  const columns = [events.userIndices, events.itemIndices, events.timestamps, events.values, events.types];
  const bytes = columns.map((column) => new Uint8Array(column.buffer));
  let row = 0;
  await db.scan(`SELECT ${EVENT_COLUMNS} FROM read_parquet(${table})`, EVENT_COLUMN_BYTES, (chunks, rowCount) => {
    if (row + rowCount > count) throw new MatineeError('BAD_DATASET', 'more events than the manifest says');
    for (const [column, chunk] of chunks.entries()) {
      bytes[column]?.set(chunk, row * (EVENT_COLUMN_BYTES[column] as number));
    }
    hashes.events(chunks);
    row += rowCount;
  });
  if (row !== count)
    throw new MatineeError('BAD_DATASET', `${row} events, but the manifest says ${count}; prepare again`);
  return events;
}

/** Computes the hash of a data set's content. Add users, catalogue and events in this order. */
export interface ContentHash {
  text(value: string): void;
  catalogue(items: Catalogue): void;
  /** Adds one chunk of event columns; the chunk borders do not change the hash. */
  events(columns: readonly Uint8Array[]): void;
  /**
   * Returns the hash of what models learn from, that of what they do not (posters and most attributes), and that of
   * each part. In hex.
   */
  digest(): { readonly hash: string; readonly details: string; readonly parts: DatasetParts };
}

function createContentHashes(): Readonly<Record<ItemContent, Hash>> {
  const hashes = ITEM_CONTENT.map((content) => [content, createHash('sha256')]);
  return Object.fromEntries(hashes) as Record<ItemContent, Hash>;
}

function isLearned(attribute: string): boolean {
  return LEARNED_ATTRIBUTES.some((name) => name === attribute);
}

export function createContentHash(): ContentHash {
  const texts = createHash('sha256');
  const details = createHash('sha256');
  // One hash per column makes the result independent of chunk borders.
  const columnHashes: readonly Hash[] = EVENT_COLUMN_BYTES.map(() => createHash('sha256'));
  const ofPart = { events: createHash('sha256'), ...createContentHashes() };
  const update = (hash: Hash, value: string): void => void hash.update(`${value.length}:${value}`);
  const text = (value: string): void => update(texts, value);
  return {
    text(value) {
      text(value);
      update(ofPart.events, value);
    },
    catalogue(items) {
      for (const [index, id] of items.vocabulary.ids.entries()) {
        text(id);
        update(ofPart.events, id);
        const genres = Array.from(items.genres[index] ?? [], (genre) => items.genreNames[genre]);
        const attributes = Object.entries(items.attributes[index] ?? {});
        const learned = attributes.filter(([name]) => isLearned(name));
        const others = attributes.filter(([name]) => !isLearned(name));
        text(JSON.stringify([items.titles[index], items.years[index], genres, learned]));
        update(ofPart.titles, JSON.stringify([items.titles[index]]));
        update(ofPart.years, String(items.years[index]));
        update(ofPart.genres, JSON.stringify(genres));
        update(ofPart.tags, JSON.stringify(learned));
        details.update(JSON.stringify([id, items.posterUrls[index], others]));
      }
    },
    events(columns) {
      for (const [column, bytes] of columns.entries()) columnHashes[column]?.update(bytes);
    },
    digest() {
      for (const hash of columnHashes) {
        const digest = hash.digest();
        texts.update(digest);
        ofPart.events.update(digest);
      }
      const parts = Object.fromEntries(Object.entries(ofPart).map(([part, hash]) => [part, hash.digest('hex')]));
      return { hash: texts.digest('hex'), details: details.digest('hex'), parts: parts as DatasetParts };
    },
  };
}

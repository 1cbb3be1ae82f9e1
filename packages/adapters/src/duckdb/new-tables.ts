import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { defined, MatineeError } from '@matinee/numerics';
import type { DataSource, InteractionSource, ItemSource, TableFormat, TableSource } from './data-source.ts';
import type { DatasetManifest } from './dataset-manifest.ts';
import { MAPPING_FILE, readMappedSource } from './mapped-source.ts';
import { readingRule } from './reading-rule.ts';
import { sampleTable } from './sample-table.ts';
import { findParts } from './source-parts.ts';

/** A file that joins a prepared data set, and how it is read. */
export interface NewTable {
  readonly table: 'events' | 'items';
  /** The folder by which the file is named in reports. */
  readonly folder: string;
  /** The path of the file in that folder. */
  readonly name: string;
  readonly format: TableFormat;
}

/** How a data set reads its source, as its manifest has recorded it. */
export type RecordedMapping = Pick<DataSource, 'kind'> & {
  readonly interactions?: InteractionSource;
  readonly items?: ItemSource;
};

/** Returns the mapping with which a data set was prepared. It names no files to read. */
export function recordedMapping({ kind, config }: DatasetManifest['source']): RecordedMapping {
  const table = <T extends TableSource>(rule: unknown): T | undefined =>
    rule === undefined || rule === null ? undefined : ({ ...rule, parts: [] } as unknown as T);
  return {
    kind: kind as DataSource['kind'],
    ...defined({
      interactions: table<InteractionSource>(config['interactions']),
      items: table<ItemSource>(config['items']),
    }),
  };
}

/**
 * Finds the files that are to join a data set: a file, or the tables of a folder. A table is one of items if it has the
 * file name of the mapping's item table, or its column of ids and not the columns of an event. A folder may have a
 * `matinee.json` of its own, which must map as that of the data set does.
 *
 * @param scratchFolder Where DuckDB may write.
 * @throws {MatineeError} `NOT_FOUND`; `BAD_MAPPING` when the folder's own mapping is another one.
 */
export async function findNewTables(
  target: string,
  mapping: RecordedMapping,
  scratchFolder: string,
): Promise<readonly NewTable[]> {
  if (!existsSync(target)) {
    throw new MatineeError('NOT_FOUND', `--append ${target}: no such file or folder`);
  }
  if (!statSync(target).isDirectory()) return [await describeTable(path.dirname(target), target)];
  const own = readMappedSource(target);
  if (own !== undefined) {
    requireSameMapping(path.join(target, MAPPING_FILE), own, mapping);
    return (['interactions', 'items'] as const).flatMap((key) =>
      (own[key]?.parts ?? []).map((file) => ({
        table: key === 'items' ? ('items' as const) : ('events' as const),
        ...{ folder: target, name: path.relative(target, file), format: (own[key] as TableSource).format },
      })),
    );
  }
  const files = findParts(target);
  if (files.length === 0) throw new MatineeError('NOT_FOUND', `--append ${target}: no table in this folder`);
  const tables: NewTable[] = [];
  for (const file of files) tables.push(await describeTable(target, file));
  return tables;

  async function describeTable(folder: string, file: string): Promise<NewTable> {
    const table = await kindOf(file, mapping, scratchFolder);
    const format = formatOf(file, tableOf(mapping, table));
    return { table, folder, name: path.relative(folder, file), format };
  }
}

/** @throws {MatineeError} `BAD_MAPPING` when the data set was prepared without such a table. */
export function tableOf(mapping: RecordedMapping, table: 'events'): InteractionSource;
export function tableOf(mapping: RecordedMapping, table: 'items'): ItemSource;
export function tableOf(mapping: RecordedMapping, table: NewTable['table']): InteractionSource | ItemSource;
export function tableOf({ interactions, items }: RecordedMapping, table: NewTable['table']): TableSource {
  const found = table === 'events' ? interactions : items;
  if (found !== undefined) return found;
  const [what, key] = table === 'events' ? ['events', 'interactions'] : ['an item table', 'items'];
  throw new MatineeError(
    'BAD_MAPPING',
    `the data set was prepared without ${what}, so no mapping says how to read them; add "${key}" to its ${MAPPING_FILE} and prepare it again`,
  );
}

async function kindOf(
  file: string,
  { interactions, items }: RecordedMapping,
  scratch: string,
): Promise<NewTable['table']> {
  if (items === undefined) return 'events';
  if (plainName(file) === plainName(items.file)) return 'items';
  if (interactions !== undefined && plainName(file) === plainName(interactions.file)) return 'events';
  const attributes = items.attributeTables?.find((each) => plainName(each.file) === plainName(file));
  if (attributes !== undefined) {
    throw new MatineeError(
      'BAD_MAPPING',
      `${file} is named like a table of further attributes, which cannot be appended; prepare the data set again from its folder`,
    );
  }
  if (interactions === undefined) return 'items';
  const names = await columnNames(file, scratch);
  const { user, item } = interactions.columns;
  return names.includes(items.columns.id) && !(names.includes(user) && names.includes(item)) ? 'items' : 'events';
}

/** The columns of a table; none where its first rows cannot be read, which reading all of it explains. */
async function columnNames(file: string, scratch: string): Promise<readonly string[]> {
  try {
    return (await sampleTable(file, scratch)).names.map(String);
  } catch (error) {
    if (error instanceof MatineeError) return [];
    throw error;
  }
}

/** The name of a file without folders and packing. */
function plainName(file: string): string {
  return path.basename(file).replace(/\.gz$/, '');
}

const ENDING = /\.(csv|tsv|jsonl|ndjson|parquet)(?:\.gz)?$/;
const KIND_OF_ENDING = { csv: 'csv', tsv: 'csv', jsonl: 'jsonl', ndjson: 'jsonl', parquet: 'parquet' } as const;

/**
 * Returns how a file is read: as the mapping has it, or by its ending where that is another one.
 *
 * @throws {MatineeError} `BAD_MAPPING` when the mapping names columns by position, which only it can explain.
 */
export function formatOf(file: string, recorded: TableSource): TableFormat {
  const endingOf = (name: string) => ENDING.exec(name)?.[1] as keyof typeof KIND_OF_ENDING | undefined;
  const [ending, usual] = [endingOf(file), endingOf(recorded.file)];
  const isUsual = usual === undefined ? KIND_OF_ENDING[ending ?? 'csv'] === recorded.format.kind : ending === usual;
  if (ending === undefined || isUsual) return recorded.format;
  if (recorded.format.kind === 'csv' && !recorded.format.header) {
    throw new MatineeError(
      'BAD_MAPPING',
      `${file}: the mapping names columns by their position in a file as ${recorded.file}; append one of that format`,
    );
  }
  const kind = KIND_OF_ENDING[ending];
  if (kind === 'parquet') return { kind };
  if (kind === 'jsonl') return { kind, encoding: 'utf-8' };
  const isTabs = ending === 'tsv';
  const quotes = isTabs ? 'loose' : 'strict';
  return { kind, delimiter: isTabs ? '\t' : ',', header: true, encoding: 'utf-8', quotes };
}

/**
 * Requires that a mapping reads tables as the data set's does; files and formats may be others.
 *
 * @param file The mapping, for the message.
 * @throws {MatineeError} `BAD_MAPPING` naming the keys that differ.
 */
export function requireSameMapping(file: string, own: Omit<RecordedMapping, 'kind'>, recorded: RecordedMapping): void {
  const differing = (['interactions', 'items'] as const).flatMap((table) => {
    const [mine, theirs] = [own[table], recorded[table]].map((each) => each && settings(each));
    if (mine === undefined) return [];
    const keys = [...new Set([...Object.keys(mine), ...Object.keys(theirs ?? {})])];
    return keys.filter((key) => mine[key] !== theirs?.[key]).map((key) => `${table}.${key}`);
  });
  if (differing.length === 0) return;
  throw new MatineeError(
    'BAD_MAPPING',
    `${file} maps otherwise than the data set was prepared (${differing.join(', ')}); prepare the data set again with ` +
      'the new mapping, or append with the one it has',
  );
}

/** The keys of a mapping that say what cells mean, as texts. */
function settings(table: InteractionSource | ItemSource): Readonly<Record<string, string>> {
  const { columns, file: _, format: __, attributeTables: ___, ...others } = readingRule(table);
  return Object.fromEntries(
    Object.entries({ ...others, ...(columns as object) })
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, JSON.stringify(value, sortedKeys)]),
  );
}

/** A replacer that writes the keys of objects in one order. */
function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

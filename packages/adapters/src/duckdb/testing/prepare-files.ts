import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { EVENT_TYPES } from '@matinee/models/data';
import { detectSource } from '../detect-source.ts';
import { loadDataset } from '../load-dataset.ts';
import { openDuckDb, sqlText } from '../open-duckdb.ts';
import { prepareDataset } from '../prepare-dataset.ts';

/** Files of a source by their path in its folder. */
export type SourceFiles = Readonly<Record<string, string | Uint8Array>>;

interface WrittenRow {
  readonly file: string;
  readonly line: number;
  readonly reason: string;
  readonly text: string;
}

/**
 * Writes the files of a source below `folder`, prepares them as of `nowMs` and returns what can be said of the result:
 * events as [user, item, time], items, the report, and the rows with problems.
 */
export async function prepareFiles(folder: string, files: SourceFiles, nowMs = Date.UTC(2020, 0, 1)) {
  const sourceFolder = path.join(folder, 'source');
  const prepared = path.join(folder, 'prepared');
  for (const each of [sourceFolder, prepared]) rmSync(each, { recursive: true, force: true });
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(sourceFolder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  const source = detectSource(sourceFolder);
  const { manifest } = await prepareDataset({ source, folder: prepared, name: 'test', nowMs });
  const { users, items, events } = await loadDataset(prepared);
  const rowsOf = (name: string): readonly WrittenRow[] =>
    readFileSync(path.join(prepared, name), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as WrittenRow);
  return {
    manifest,
    validation: manifest.validation,
    events: Array.from(events.userIndices, (user, row) => [
      users.ids[user],
      items.vocabulary.ids[events.itemIndices[row] as number],
      events.timestamps[row],
    ]),
    values: Array.from(events.values),
    types: Array.from(events.types, (type) => EVENT_TYPES[type]),
    items: items.vocabulary.ids.map((id, item) => ({
      id,
      title: items.titles[item],
      year: items.years[item],
      genres: Array.from(items.genres[item] ?? [], (genre) => items.genreNames[genre]),
    })),
    attributes: items.attributes,
    quarantined: rowsOf('quarantine.jsonl'),
    remarks: rowsOf('remarks.jsonl'),
  };
}

/** Returns the bytes of a Parquet file with the rows of a SQL query. */
export async function parquetOf(folder: string, query: string): Promise<Buffer> {
  const file = path.join(folder, 'query.parquet');
  const db = await openDuckDb({ memoryLimitMb: 200, threads: 1, temporaryFolder: folder });
  try {
    await db.run(`COPY (${query}) TO ${sqlText(file)} (FORMAT parquet)`);
    return readFileSync(file);
  } finally {
    db.close();
    rmSync(file, { force: true });
  }
}

import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import zlib from 'node:zlib';
import { MatineeError } from '@matinee/numerics';
import { pythonToJson } from './clean-copy.ts';
import { csvRecords } from './csv-records.ts';
import { parseJson } from './exact-json.ts';
import { idOf } from './id-text.ts';
import { openDuckDb } from './open-duckdb.ts';
import { isPacked } from './scan-source-file.ts';
import { findParts } from './source-parts.ts';
import { parquetSql, readParquetFile } from './source-text.ts';
import { decodeText, detectEncoding } from './text-encoding.ts';

/** The first rows of a table, and the keys of a mapping with which it is read. */
export interface TableSample {
  /** Keys as `format` and `delimiter`; without those that have their default. */
  readonly keys: Readonly<Record<string, unknown>>;
  /** Columns by name, or by position where there is no header. */
  readonly names: readonly (string | number)[];
  /** Cells as text, by position of the column; undefined = empty. */
  readonly rows: readonly (readonly (string | undefined)[])[];
  /** What is strange about the file. */
  readonly notes: readonly string[];
}

const SAMPLED_BYTES = 1 << 20;
const SAMPLED_ROWS = 5000;
const DELIMITERS = [',', '\t', ';', '|', '::'];

/**
 * Reads the first rows of a table whose format is unknown.
 *
 * @param file A file, a folder of parts or a pattern.
 * @param scratchFolder Where DuckDB may write.
 * @throws {MatineeError} `NOT_FOUND`; `BAD_SOURCE` when the file is damaged, empty or one JSON list.
 */
export async function sampleTable(file: string, scratchFolder: string): Promise<TableSample> {
  const [first] = findParts(file);
  if (first === undefined)
    throw new MatineeError('NOT_FOUND', `no file ${file}, and no table in a folder of this name`);
  const { bytes, isWhole } = await readHead(first);
  if (bytes.toString('latin1', 0, 4) === 'PAR1') return sampleParquet(first, scratchFolder);
  const detected = detectEncoding(bytes);
  // The last character of a cut text may be incomplete.
  const isValid = isUtf8(bytes) || (!isWhole && [1, 2, 3].some((cut) => isUtf8(bytes.subarray(0, -cut))));
  const encoding = detected ?? (isValid ? 'utf-8' : 'windows-1252');
  const whole = decodeText(bytes, encoding);
  const text = isWhole ? whole : whole.slice(0, whole.lastIndexOf('\n') + 1);
  if (text.trim() === '') throw new MatineeError('BAD_SOURCE', `${first} holds no text`);
  const encodingKey = encoding === 'utf-8' || detected !== undefined ? {} : { encoding };
  const notes = [
    ...(detected !== undefined && detected !== 'utf-8' ? [`the text is ${detected.toUpperCase()}`] : []),
    ...(encoding === 'windows-1252' ? ['the text is not valid UTF-8 and read as Windows-1252'] : []),
  ];
  if (text.trimStart().startsWith('[')) {
    throw new MatineeError('BAD_SOURCE', `${first} is one JSON list; write one object a line, as jq -c '.[]' does`);
  }
  const isJson = text.trimStart().startsWith('{');
  const sample = isJson ? sampleJson(text) : sampleCsv(text, first);
  const ending = /\.(csv|tsv|jsonl|ndjson)(\.gz)?$/.exec(first)?.[1];
  const isNamed = isJson ? ending === 'jsonl' || ending === 'ndjson' : ending === 'csv' || ending === 'tsv';
  const format = isNamed ? {} : { format: isJson ? 'jsonl' : 'csv' };
  return { ...sample, keys: { ...format, ...encodingKey, ...sample.keys }, notes: [...notes, ...sample.notes] };
}

async function readHead(file: string): Promise<{ readonly bytes: Buffer; readonly isWhole: boolean }> {
  const input = createReadStream(file);
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    const unpacked = isPacked(file) ? input.pipe(zlib.createGunzip()) : input;
    for await (const chunk of unpacked as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= SAMPLED_BYTES) return { bytes: Buffer.concat(chunks), isWhole: false };
    }
  } catch (cause) {
    if (!String((cause as { code?: string }).code).startsWith('Z_')) throw cause;
    throw new MatineeError('BAD_SOURCE', `${file} is damaged (${(cause as Error).message})`, { cause });
  } finally {
    input.destroy();
  }
  return { bytes: Buffer.concat(chunks), isWhole: true };
}

async function sampleParquet(file: string, temporaryFolder: string): Promise<TableSample> {
  const db = await openDuckDb({ memoryLimitMb: 500, threads: 2, temporaryFolder });
  try {
    const rows = await readParquetFile(file, () =>
      db.rows(`SELECT * FROM ${parquetSql([file])} LIMIT ${SAMPLED_ROWS}`),
    );
    return sampleObjects(rows);
  } finally {
    db.close();
  }
}

function sampleObjects(objects: readonly Readonly<Record<string, unknown>>[]): TableSample {
  const names = [...new Set(objects.flatMap((object) => Object.keys(object)))];
  return { keys: {}, names, rows: objects.map((object) => names.map((name) => idOf(object[name]))), notes: [] };
}

function sampleJson(text: string): TableSample {
  const objects: Record<string, unknown>[] = [];
  let isPython = false;
  for (const line of text.split(/\r?\n/).slice(0, SAMPLED_ROWS)) {
    const inPython = /^\{\s*u?'/.test(line);
    isPython ||= inPython;
    try {
      const value = parseJson(inPython ? pythonToJson(line) : line);
      if (typeof value === 'object' && value !== null) objects.push(value as Record<string, unknown>);
    } catch {
      // Reading the whole file puts such a line into quarantine.
    }
  }
  const sample = sampleObjects(objects);
  return { ...sample, notes: isPython ? ['the objects are written in Python'] : [] };
}

/** Splits a text by the delimiter and the quotes with which most lines have the same number of columns. */
function sampleCsv(text: string, file: string): TableSample {
  const blockLines = text.split(/\r?\n/, 50).filter((line) => /^\d+:$/.test(line));
  if (blockLines.length > 0 && /^\d+:\r?\n/.test(text)) return sampleBlocks(text);
  const splits = DELIMITERS.flatMap((delimiter) => [
    splitText(text, delimiter, 'strict'),
    splitText(text, delimiter, 'none'),
  ]).sort((a, b) => b.share - a.share || b.width - a.width);
  const best = splits.find(({ width }) => width > 1) ?? (splits[0] as Split);
  const isTabs = best.delimiter === '\t';
  const hasHeader = looksLikeHeader(best.records);
  const rows = (hasHeader ? best.records.slice(1) : best.records).slice(0, SAMPLED_ROWS);
  const usual = /\.tsv(\.gz)?$/.test(file) ? '\t' : ',';
  const hasRest = best.quotes === 'none' && rows.some((row) => row.length > best.width);
  return {
    keys: {
      ...(best.delimiter === usual ? {} : { delimiter: best.delimiter }),
      ...(hasHeader ? {} : { header: false }),
      ...(best.quotes === 'none' && (!isTabs || hasRest) ? { quotes: false } : {}),
      ...(hasRest && !hasHeader ? { columnCount: best.width } : {}),
    },
    names: hasHeader
      ? (best.records[0] ?? []).map((name) => name.trim())
      : Array.from({ length: best.width }, (_, at) => at),
    rows: rows
      .filter((row) => row.length >= best.width)
      .map((row) => row.slice(0, best.width).map((cell) => (cell.trim() === '' ? undefined : cell.trim()))),
    notes: [
      ...(best.share < 1
        ? [`${(100 - 100 * best.share).toFixed(2)} % of the first lines have another number of columns than most`]
        : []),
      ...(hasRest ? ['the last column contains delimiters'] : []),
    ],
  };
}

function sampleBlocks(text: string): TableSample {
  const { keys, ...sample } = sampleCsv(
    text
      .split(/\r?\n/)
      .reduce<{ readonly lines: string[]; id: string }>(
        (state, line) => {
          const id = /^(\d+):$/.exec(line)?.[1];
          if (id !== undefined) state.id = id;
          else if (line !== '') state.lines.push(`${state.id},${line}`);
          return state;
        },
        { lines: [], id: '' },
      )
      .lines.join('\n'),
    '.csv',
  );
  return {
    ...sample,
    keys: { ...keys, header: false, blocks: true },
    notes: ['lines that end with a colon name the item'],
  };
}

interface Split {
  readonly delimiter: string;
  readonly quotes: 'strict' | 'none';
  readonly records: readonly (readonly string[])[];
  /** The most frequent number of columns. */
  readonly width: number;
  /** Share of the lines that have it. */
  readonly share: number;
}

function splitText(text: string, delimiter: string, quotes: 'strict' | 'none'): Split {
  const records: (readonly string[])[] = [];
  let lineCount = 0;
  for (const record of csvRecords(text, { delimiter, quotes })) {
    if (lineCount >= SAMPLED_ROWS) break;
    lineCount++;
    if ('fields' in record) records.push(record.fields);
  }
  const counts = new Map<number, number>();
  for (const { length } of records) counts.set(length, (counts.get(length) ?? 0) + 1);
  const [width = 1, count = 0] = [...counts].sort(([, m], [, n]) => n - m)[0] ?? [];
  return { delimiter, quotes, records, width, share: count / Math.max(1, lineCount) };
}

/** A first line of distinct names without a number, over lines of which some have numbers where it has none. */
function looksLikeHeader(records: readonly (readonly string[])[]): boolean {
  const [first = [], ...rest] = records;
  const isName = (cell: string): boolean => /^[\p{L}_#@][^\n]{0,60}$/u.test(cell.trim());
  if (!first.every(isName) || new Set(first).size < first.length) return false;
  const hasNumbers = first.some((_, at) => rest.some((row) => /^-?\d/.test(row[at] ?? '')));
  return hasNumbers || first.every((cell) => !/\s/.test(cell.trim()));
}

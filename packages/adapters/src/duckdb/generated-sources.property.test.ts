import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import zlib from 'node:zlib';
import { MatineeError } from '@matinee/numerics';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sqlText } from './open-duckdb.ts';
import { parquetOf, prepareFiles, type SourceFiles } from './testing/prepare-files.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'matinee-generated-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Cells of one event: user, item, time, type. */
type Row = readonly [user: string, item: string, time: string, type: string];

/** Formats as functions from rows to the files of a source, with the keys of the mapping that they need. */
interface Format {
  readonly keys: object;
  files(rows: readonly Row[]): Promise<SourceFiles> | SourceFiles;
}

const quote = (cell: string): string => (/[",]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
const csv = (rows: readonly Row[], delimiter = ',', end = '\n'): string =>
  ['u,i,t,k'.replaceAll(',', delimiter), ...rows.map((row) => row.map(quote).join(delimiter)), ''].join(end);
const json = (rows: readonly Row[]): string =>
  rows.map(([u, i, t, k]) => `${JSON.stringify({ u, i, t, k })}\n`).join('');
const python = (rows: readonly Row[]): string =>
  rows
    .map(([u, i, t, k]) => `{'u': ${JSON.stringify(u)}, 'i': ${JSON.stringify(i)}, 't': '${t}', 'k': u'${k}'}\n`)
    .join('');
const parquet = (rows: readonly Row[]): Promise<Buffer> =>
  parquetOf(
    folder,
    `SELECT * FROM (VALUES ${rows.map((row) => `(${row.map(sqlText).join(', ')})`).join(', ')}) x(u, i, t, k)`,
  );
const halves = (rows: readonly Row[]): readonly [readonly Row[], readonly Row[]] => {
  const middle = Math.ceil(rows.length / 2);
  return [rows.slice(0, middle), rows.slice(middle)];
};

const FORMATS: Readonly<Record<string, Format>> = {
  csv: { keys: { file: 'e.csv' }, files: (rows) => ({ 'e.csv': csv(rows) }) },
  'csv with CR LF, packed': {
    keys: { file: 'e.csv.gz' },
    files: (rows) => ({ 'e.csv.gz': zlib.gzipSync(csv(rows, ',', '\r\n')) }),
  },
  'csv in UTF-16': {
    keys: { file: 'e.csv' },
    files: (rows) => ({ 'e.csv': Buffer.from(`\ufeff${csv(rows)}`, 'utf16le') }),
  },
  'csv in parts': {
    keys: { file: 'log/*.csv' },
    files: (rows) => {
      const [first, second] = halves(rows);
      return { 'log/1.csv': csv(first), 'log/2.csv': csv(second).trimEnd() };
    },
  },
  'csv with a long delimiter': {
    keys: { file: 'e.csv', delimiter: '::' },
    files: (rows) => ({ 'e.csv': csv(rows, '::') }),
  },
  tsv: { keys: { file: 'e.tsv' }, files: (rows) => ({ 'e.tsv': csv(rows, '\t') }) },
  'json lines': { keys: { file: 'e.jsonl' }, files: (rows) => ({ 'e.jsonl': json(rows) }) },
  'json lines in Python': { keys: { file: 'e.jsonl' }, files: (rows) => ({ 'e.jsonl': python(rows) }) },
  parquet: { keys: { file: 'e.parquet' }, files: async (rows) => ({ 'e.parquet': await parquet(rows) }) },
  'parquet in parts': {
    keys: { file: 'e' },
    files: async (rows) => {
      const [first, second] = halves(rows);
      const rest = second.length === 0 ? {} : { 'e/part-1.parquet': await parquet(second) };
      return { 'e/part-0.parquet': await parquet(first), ...rest };
    },
  },
};

const id = fc.oneof(
  fc.integer({ min: 1, max: 30 }).map(String),
  fc.constantFrom('007', '7.0', 'x1', 'Jörg', '9007199254740993', '日本', 'a"b', 'a,b', "it's", '1e3', '{x}'),
);
const good: fc.Arbitrary<Row> = fc.tuple(
  id,
  id,
  fc.integer({ min: 1_000_000_000, max: 1_500_000_000 }).map(String),
  fc.constantFrom('play', 'like', 'hover'),
);
/** A fault of one cell, and the reason that it must be given. */
const FAULTS: readonly { readonly change: (row: Row) => Row; readonly reason: RegExp }[] = [
  { change: ([, i, t, k]) => ['', i, t, k], reason: /^user is empty$/ },
  { change: ([u, , t, k]) => [u, ' \u00a0', t, k], reason: /^item is empty$/ },
  { change: ([u, i, , k]) => [u, i, 'soon', k], reason: /^time: cannot read "soon" as seconds$/ },
  { change: ([u, i, , k]) => [u, i, '', k], reason: /^time: cannot read "" as seconds$/ },
  { change: ([u, i, , k]) => [u, i, '-1', k], reason: /is before 1970$/ },
  { change: ([u, i, , k]) => [u, i, '1500000000000', k], reason: /is in the future$/ },
  { change: ([u, i, t]) => [u, i, t, 'buy'], reason: /^type: "buy" is not in eventTypes$/ },
];
const row = fc.tuple(good, fc.option(fc.nat({ max: FAULTS.length - 1 }), { nil: undefined, freq: 3 }));

describe('generated sources', () => {
  it.each(Object.entries(FORMATS))(
    'of %s: every row is kept, left out, or in quarantine with its reason',
    async (_name, format) => {
      await fc.assert(
        fc.asyncProperty(
          good,
          fc.array(row, { maxLength: 9 }),
          fc.constantFrom('all', 'first'),
          async (first, drawn, repeats) => {
            const played: Row = [first[0], first[1], first[2], 'play'];
            const faulty = drawn.map(([each, fault]) => ({
              each,
              fault: fault === undefined ? undefined : FAULTS[fault],
            }));
            const rows = [played, ...faulty.map(({ each, fault }) => fault?.change(each) ?? each)];
            const eventTypes = { play: 'watch', like: 'like', hover: null };
            const interactions = { user: 'u', item: 'i', time: 't', type: 'k', eventTypes, repeats, ...format.keys };
            const { events, quarantined, validation } = await prepareFiles(folder, {
              'matinee.json': JSON.stringify({ interactions }),
              ...(await format.files(rows)),
            });
            const goodRows = [played, ...faulty.filter(({ fault }) => fault === undefined).map(({ each }) => each)];
            const used = goodRows.filter(([, , , type]) => type !== 'hover');
            const distinct = new Set(used.map(([u, i, , k]) => JSON.stringify([u, i, k])));
            const kept = repeats === 'all' ? used.length : distinct.size;
            expect(validation.events).toMatchObject({
              rowsRead: rows.length,
              rowsKept: kept,
              rowsQuarantined: rows.length - goodRows.length,
              rowsLeftOut: { byType: goodRows.length - used.length, repeats: used.length - kept },
            });
            const reasons = faulty.flatMap(({ fault }) => (fault === undefined ? [] : [fault.reason]));
            expect(quarantined.map(({ reason }, at) => reasons[at]?.test(reason))).toEqual(reasons.map(() => true));
            const facts = (all: readonly (readonly unknown[])[]): readonly string[] =>
              [...new Set(all.map(([u, i]) => JSON.stringify([u, i])))].sort();
            expect(facts(events)).toEqual(facts(used));
          },
        ),
        { numRuns: 8 },
      );
    },
  );

  it('of any bytes end in a data set or in one sentence, whatever their format is said to be', async () => {
    const endings = ['csv', 'tsv', 'jsonl', 'parquet', 'csv.gz', 'txt'];
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.uint8Array({ maxLength: 20 }).map((rest) => Buffer.from([...Buffer.from('PAR1'), ...rest])),
      fc
        .string({
          unit: fc.constantFrom('u', 'i', 't', ',', '"', '\n', '\r', '\t', '{', '}', '[', ':', "'", '\0'),
          maxLength: 40,
        })
        .map((text) => Buffer.from(`u,i,t\n${text}`)),
    );
    await fc.assert(
      fc.asyncProperty(
        bytes,
        fc.constantFrom(...endings),
        fc.constantFrom('utf-8', 'utf-16', 'windows-1252', 'gbk'),
        async (content, ending, encoding) => {
          const mapping = { interactions: { file: `e.${ending}`, user: 'u', item: 'i', time: 't', encoding } };
          const error = await prepareFiles(folder, {
            'matinee.json': JSON.stringify(mapping),
            [`e.${ending}`]: content,
          }).catch((each: unknown) => each);
          if (error instanceof Error) {
            expect(error).toBeInstanceOf(MatineeError);
            expect(['BAD_SOURCE', 'BAD_MAPPING', 'EMPTY_DATASET']).toContain((error as MatineeError).code);
            expect(error.message).not.toContain('\n');
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});

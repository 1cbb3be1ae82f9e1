import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import zlib from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { detectSource } from './detect-source.ts';
import { loadDataset } from './load-dataset.ts';
import { openDuckDb } from './open-duckdb.ts';
import { prepareDataset } from './prepare-dataset.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'matinee-hostile-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const HEADER = 'userId,movieId,rating,timestamp\n';
const MOVIES = 'movieId,title,genres\n';

/** Prepares files, loads the result and returns the events and the quarantined rows. */
async function prepare(files: Readonly<Record<string, string | Buffer>>, sourceName = 'source') {
  const sourceFolder = path.join(folder, sourceName);
  const prepared = path.join(folder, 'prepared');
  for (const each of [sourceFolder, prepared]) rmSync(each, { recursive: true, force: true });
  mkdirSync(sourceFolder, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(sourceFolder, name), content);
  const nowMs = Date.UTC(2020, 0, 1);
  const { manifest } = await prepareDataset({
    source: detectSource(sourceFolder),
    folder: prepared,
    name: 'test',
    nowMs,
  });
  const dataset = await loadDataset(prepared);
  const { users, items, events } = dataset;
  const lines = (name: string) =>
    readFileSync(path.join(prepared, name), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as { file: string; line: number; reason: string; text: string });
  return {
    dataset,
    validation: manifest.validation,
    events: Array.from(events.userIndices, (user, row) => [
      users.ids[user],
      items.vocabulary.ids[events.itemIndices[row] ?? -1],
      events.timestamps[row],
    ]),
    quarantined: lines('quarantine.jsonl'),
    remarks: lines('remarks.jsonl'),
  };
}

const map = (interactions: object, items?: object): string =>
  JSON.stringify({ interactions: { user: 'u', item: 'i', time: 't', ...interactions }, ...(items && { items }) });

describe('ids', () => {
  it('with a control character that JSON escapes are quarantined, in events and in the catalogue', async () => {
    const lines = (...rows: object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
    const { events, quarantined } = await prepare({
      'matinee.json': map({ file: 'events.jsonl' }, { file: 'items.jsonl', id: 'id', title: 'n' }),
      'events.jsonl': lines(
        { u: 'a', i: 'x', t: 1e9 },
        { u: 'a', i: '\u0000x', t: 1e9 },
        { u: 'b\u001f', i: 'x', t: 1e9 },
      ),
      'items.jsonl': lines({ id: 'x', n: 'X' }, { id: '\u0000x', n: 'Another' }),
    });
    expect(events).toEqual([['a', 'x', 1e9]]);
    expect(quarantined.map(({ reason }) => reason).sort()).toEqual([
      'id holds a control character',
      'item holds a control character',
      'user holds a control character',
    ]);
  });

  it('differ if written differently: 7, 007 and 7.4 are three items, and no event is counted twice', async () => {
    const { events, dataset, validation } = await prepare({
      'ratings.csv': `${HEADER}1,7,4,100\n`,
      'movies.csv': `${MOVIES}007,Bond (1962),\n7,Seven (1995),\n7.4,Other (2000),\n`,
    });
    expect(events).toEqual([['1', '7', 100]]);
    expect(dataset.items.vocabulary.ids).toEqual(['007', '7', '7.4']);
    expect(validation.items.unused).toBe(2);
    const textIds = await prepare({ 'ratings.csv': `${HEADER}1,007,4,100\n01,7,4,101\n` });
    expect(textIds.events).toEqual([
      ['1', '007', 100],
      ['01', '7', 101],
    ]);
  });

  it('are trimmed, and are empty if they are blank', async () => {
    const { events, quarantined } = await prepare({ 'ratings.csv': `${HEADER}  ,7,4,1\n1, ,4,2\n 1 , 7 ,4,3\n` });
    expect(events).toEqual([['1', '7', 3]]);
    expect(quarantined.map(({ line, reason }) => [line, reason])).toEqual([
      [2, 'user is empty'],
      [3, 'item is empty'],
    ]);
  });

  it('stay as written when the first non-numeric one comes late in the file', async () => {
    const rows = Array.from({ length: 4000 }, (_, row) => `${row % 7},${row % 11},4,${row}\n`).join('');
    const { events, dataset } = await prepare({ 'ratings.csv': `${HEADER}${rows}07,x1,4,5000\n` });
    expect(dataset.users.ids).toEqual(['0', '1', '2', '3', '4', '5', '6', '07']);
    expect(events.length).toBe(4001);
    expect(events.slice(-2)).toEqual([
      ['2', '6', 3999],
      ['07', 'x1', 5000],
    ]);
  });

  it('beyond 64 bits keep all their digits and their numeric order', async () => {
    const ids = ['9007199254740993', '99999999999999999999', '9007199254740992', '100000000000000000000', '-5'];
    const { dataset } = await prepare({ 'ratings.csv': HEADER + ids.map((id) => `${id},7,4,100\n`).join('') });
    expect(dataset.users.ids).toEqual([
      '-5',
      '9007199254740992',
      '9007199254740993',
      '99999999999999999999',
      '100000000000000000000',
    ]);
  });
});

describe('event files', () => {
  it('are split into lines as written for all line ends and control characters', async () => {
    const good = fc
      .tuple(fc.integer({ min: 1, max: 99 }), fc.integer({ min: 1, max: 99 }))
      .map(([u, i]) => `${u},${i},4,5`);
    const bad = fc.constantFrom(
      '1,2',
      '1,2,4,5\u0001junk',
      '1,2,4,5\r6,7,4,5',
      '\r1,2,4,5',
      '\u0001',
      'Ã¼',
      '1,2,4,5\u0002',
      '   ',
    );
    const notText = Buffer.from([0x31, 0xff, 0xfe]).toString('latin1');
    const line = fc.oneof({ weight: 3, arbitrary: good }, bad, fc.constant(''), fc.constant(notText));
    const lines = fc.array(fc.tuple(line, fc.boolean()), { minLength: 1, maxLength: 14 });
    const ends = fc.constantFrom('LF', 'CR LF', 'mixed');
    await fc.assert(
      fc.asyncProperty(lines, ends, fc.boolean(), async (written, lineEnds, packed) => {
        const end = (isShort: boolean): string =>
          lineEnds === 'LF' || (lineEnds === 'mixed' && isShort) ? '\n' : '\r\n';
        const text = [[HEADER.trim(), true] as const, ['9,9,4,5', true] as const, ...written]
          .map(([content, isShort]) => content + end(isShort))
          .join('');
        const bytes = Buffer.from(text, 'latin1');
        const { events, quarantined, validation } = await prepare(
          packed ? { 'ratings.csv.gz': zlib.gzipSync(bytes) } : { 'ratings.csv': bytes },
        );
        const isGood = (content: string): boolean => /^\d+,\d+,4,5$/.test(content);
        const expected = written
          .filter(([content]) => isGood(content))
          .map(([content]) => [...content.split(',').slice(0, 2), 5]);
        expect(events).toEqual([['9', '9', 5], ...expected]);
        const badLines = written.flatMap(([content], at) => (content === '' || isGood(content) ? [] : [at + 3]));
        expect(quarantined.map((row) => row.line)).toEqual(badLines);
        expect(validation.events.rowsRead).toBe(expected.length + 1 + badLines.length);
      }),
      { numRuns: 30 },
    );
  });

  it('that are packed and truncated are refused', async () => {
    const rows = Array.from({ length: 50_000 }, (_, row) => `${row},${(row * 7) % 991},4,${row}\n`).join('');
    const packed = zlib.gzipSync(HEADER + rows);
    await expect(prepare({ 'ratings.csv.gz': packed.subarray(0, packed.length - 2000) })).rejects.toMatchObject({
      code: 'BAD_SOURCE',
      message: expect.stringMatching(/ratings\.csv\.gz is damaged \(unexpected end of file\)/),
    });
  });

  it('whose lines end with carriage returns alone are refused', async () => {
    await expect(prepare({ 'ratings.csv': 'userId,movieId,rating,timestamp\r1,2,3,4\r' })).rejects.toMatchObject({
      code: 'BAD_SOURCE',
      message: expect.stringContaining('CR alone'),
    });
  });

  it('of JSON lines name the right line after blank ones', async () => {
    const { quarantined } = await prepare({
      'matinee.json': map({ file: 'e.jsonl', value: 'v' }),
      'e.jsonl': '{"u":1,"i":2,"t":3}\n\n[1]\n\n{"u":1,"i":2,"t":3,"v":"much"}\n{"u":1,\n',
    });
    expect(quarantined).toEqual([
      { file: 'e.jsonl', line: 3, reason: 'not a JSON object', text: '[1]' },
      { file: 'e.jsonl', line: 5, reason: 'value: "much" is not a number', text: '{"u":1,"i":2,"t":3,"v":"much"}' },
      { file: 'e.jsonl', line: 6, reason: 'not valid JSON', text: '{"u":1,' },
    ]);
  });

  it('may be in a folder whose name has special characters of SQL or file patterns', async () => {
    const files = { 'ratings.csv': `${HEADER}1,7,4,100\n`, 'movies.csv': `${MOVIES}7,A (1990),X\n` };
    expect((await prepare(files, "it's [1]*?")).events).toHaveLength(1);
  });

  it('of Parquet may hold times and numbers of any type; a value out of range is quarantined with its row', async () => {
    const db = await openDuckDb({ memoryLimitMb: 200, threads: 1, temporaryFolder: folder });
    const file = path.join(folder, 'e.parquet');
    await db.run(
      `COPY (SELECT * FROM (VALUES (1::BIGINT, 'a', TIMESTAMP '2019-01-01 00:00:00.5', 3.5::DOUBLE), (2, 'a', TIMESTAMP '2019-01-02', 11), (3, NULL, TIMESTAMP '2019-01-02', 1))
        t(u, i, t, v)) TO '${file}' (FORMAT parquet)`,
    );
    db.close();
    const { events, quarantined } = await prepare({
      'matinee.json': map({ file: 'e.parquet', timeUnit: 'iso', value: 'v', valueRange: [0, 10] }),
      'e.parquet': readFileSync(file),
    });
    expect(events).toEqual([['1', 'a', Date.UTC(2019, 0, 1) / 1000 + 0.5]]);
    expect(quarantined).toMatchObject([
      { line: 2, reason: 'value: "11.0" is not from 0 to 10' },
      { line: 3, reason: 'item is empty' },
    ]);
  });

  it('are quarantined row by row when the time unit is wrong, reasons counted by kind', async () => {
    const rows = Array.from({ length: 30_000 }, (_, row) => `${row},7,4,${1_500_000_000_000 + row}\n`).join('');
    const { validation, quarantined } = await prepare({ 'ratings.csv': `${HEADER}1,7,4,1500000000\n${rows}` });
    expect(validation.quarantineReasons).toEqual({ 'time: … is in the future': 30_000 });
    expect(quarantined.at(-1)).toMatchObject({ line: 30_002, text: '29999,7,4,1500000029999' });
  });
});

describe('item tables', () => {
  const RATINGS = `${HEADER}1,7,4,100\n`;

  it('lose only the line of a stray quote, and count lines inside titles', async () => {
    const { dataset, quarantined } = await prepare({
      'ratings.csv': RATINGS,
      'movies.csv': `${MOVIES}7,"A\nB, The (1990)",X\n8,"open (1991),Y\n9,The "Big" One (1992),Z\n10,"q" tail (1993),Z\n11,a,b,c\n\n9,Again (1994),Z\n`,
    });
    expect(dataset.items.titles).toEqual(['The A B', 'The "Big" One']);
    expect(quarantined).toEqual([
      { file: 'movies.csv', line: 4, reason: 'text after a closing quote', text: '8,"open (1991),Y' },
      { file: 'movies.csv', line: 6, reason: 'text after a closing quote', text: '10,"q" tail (1993),Z' },
      { file: 'movies.csv', line: 7, reason: 'expected 3 columns, found 4', text: '11,a,b,c' },
      { file: 'movies.csv', line: 9, reason: 'id "9" stands on line 5 already', text: '9,Again (1994),Z' },
    ]);
  });

  it('and events that are not UTF-8 are each quarantined under their own name', async () => {
    const { quarantined, validation } = await prepare({
      'ratings.csv': Buffer.from(`${RATINGS}\xff\n`, 'latin1'),
      'movies.csv': Buffer.from(`${MOVIES}7,A (1990),X\n8,\xe9t\xe9 (1991),X\n`, 'latin1'),
    });
    expect(quarantined.map(({ file, line, reason }) => [file, line, reason])).toEqual([
      ['ratings.csv', 3, 'not valid UTF-8'],
      ['movies.csv', 3, 'not valid UTF-8'],
    ]);
    expect(validation.items).toMatchObject({ rowsRead: 2, rowsKept: 1, rowsQuarantined: 1 });
  });

  it('keep lists, numbers and nested values of JSON lines as attributes', async () => {
    const { dataset, quarantined } = await prepare({
      'matinee.json': map({ file: 'e.jsonl' }, { file: 'i.jsonl', id: 'id', title: 'n', genres: 'g', year: 'y' }),
      'e.jsonl': '{"u":1,"i":7,"t":3}\n',
      'i.jsonl':
        '{"id":7,"n":"Seven, The","g":["B","A"],"y":1995,"more":{"k":[1,null]}}\n\n{"id":8,"n":null,"g":"A|C"}\nbroken\n{"g":1}\n',
    });
    const { items } = dataset;
    expect(items.titles).toEqual(['The Seven', undefined]);
    expect(items.genres.map((genres) => Array.from(genres, (genre) => items.genreNames[genre]))).toEqual([
      ['A', 'B'],
      ['A', 'C'],
    ]);
    expect(items.attributes).toEqual([{ more: { k: [1, null] } }, undefined]);
    expect(quarantined.map(({ line, reason }) => [line, reason])).toEqual([
      [4, 'not valid JSON'],
      [5, 'id is empty'],
    ]);
  });

  it('keep a row whose genres, year or poster cannot be read, and remark on it', async () => {
    const { dataset, remarks, validation, quarantined } = await prepare({
      'matinee.json': map(
        { file: 'e.csv' },
        { file: 'i.csv', id: 'id', title: 'n', genres: 'g', year: 'y', poster: 'p' },
      ),
      'e.csv': 'u,i,t\n1,1,3\n',
      'i.csv':
        "id,n,g,y,p\n1,A,\"[{'id': 16, 'name': 'Animation'}]\",1999-05-01,https://a.example/1.jpg\n" +
        '2,B,[],05/06/1987,\n3,C,[Drama|War,n/a,http://a.example/3.jpg\n4,\\N,\\N,\\N,\\N\n',
    });
    const { items } = dataset;
    expect(items.titles).toEqual(['A', 'B', 'C', undefined]);
    expect(Array.from(items.years)).toEqual([1999, 0, 0, 0]);
    expect(items.genreNames).toEqual(['Animation']);
    expect(remarks.map(({ line, reason }) => [line, reason])).toEqual([
      [3, 'year: cannot read "05/06/1987" as a year'],
      [4, 'year: cannot read "n/a" as a year'],
      [4, 'genres: cannot read "[Drama|War" as a list'],
      [4, 'poster: "http://a.example/3.jpg" is not an https address'],
    ]);
    expect(validation.remarks).toMatchObject({ 'year: cannot read … as a year': 2 });
    expect(validation.items.withoutGenres).toBe(3);
    expect(quarantined).toEqual([]);
  });

  it('must have the columns that the mapping names', async () => {
    const files = { 'e.csv': 'u,i,t\n1,2,3\n', 'i.csv': 'id,name\n2,Two\n' };
    await expect(
      prepare({ ...files, 'matinee.json': map({ file: 'e.csv' }, { file: 'i.csv', id: 'id', year: 'year' }) }),
    ).rejects.toMatchObject({
      code: 'BAD_MAPPING',
      message: expect.stringContaining('no column "year"; it has: id, name'),
    });
  });
});

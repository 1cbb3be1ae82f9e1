import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import zlib from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parquetOf, prepareFiles, type SourceFiles } from './testing/prepare-files.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'matinee-shapes-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const prepare = (files: SourceFiles) => prepareFiles(folder, files);
const map = (interactions: object, items?: object): string =>
  JSON.stringify({ interactions: { user: 'u', item: 'i', time: 't', ...interactions }, ...(items && { items }) });
const ROW = `SELECT * FROM (VALUES`;

describe('a table in several parts', () => {
  it('of Parquet is read from a folder as Spark writes it, with folders for the values of a column', async () => {
    const one = await parquetOf(folder, `${ROW} ('a', 'x', 1), ('', 'x', 2)) t(u, i, t)`);
    const two = await parquetOf(folder, `${ROW} (3, 'y', 'b'), (4, 'y', NULL)) t(t, i, u)`);
    const { events, quarantined, manifest } = await prepare({
      'matinee.json': map(
        { file: 'plays', type: 'kind', eventTypes: { play: 'watch', like: 'like' } },
        { file: 'items', id: 'id' },
      ),
      'plays/_SUCCESS': '',
      'plays/._SUCCESS.crc': 'x',
      'plays/kind=play/part-0.snappy.parquet': one,
      'plays/kind=like/part-0.snappy.parquet': two,
      'items/part-1.parquet': await parquetOf(folder, `${ROW} ('x')) t(id)`),
      'items/part-2.parquet': await parquetOf(folder, `${ROW} ('y')) t(id)`),
    });
    expect(events).toEqual([
      ['a', 'x', 1],
      ['b', 'y', 3],
    ]);
    expect(quarantined.map(({ file, line }) => [file, line])).toEqual([
      ['plays/kind=like/part-0.snappy.parquet', 2],
      ['plays/kind=play/part-0.snappy.parquet', 2],
    ]);
    expect(manifest.source.files.map(({ name }) => name)).toEqual([
      'plays/kind=like/part-0.snappy.parquet',
      'plays/kind=play/part-0.snappy.parquet',
      'items/part-1.parquet',
      'items/part-2.parquet',
    ]);
    expect(manifest.validation.items).toMatchObject({ rowsRead: 2, orphans: 0 });
  });

  it('of CSV is read by a pattern, packed or not, and each row is named by its own file and line', async () => {
    const { events, quarantined } = await prepare({
      'matinee.json': map({ file: 'log/2019-*.csv*' }),
      'log/2019-01.csv': 'u,i,t\na,x,1\n\n,x,1',
      'log/2019-02.csv.gz': zlib.gzipSync('u,i,t\r\nb,y,2\r\nb,y,soon\r\n'),
      'log/2018-01.csv': 'u,i,t\nc,z,3\n',
    });
    expect(events).toEqual([
      ['a', 'x', 1],
      ['b', 'y', 2],
    ]);
    expect(quarantined.map(({ file, line }) => [file, line])).toEqual([
      ['log/2019-01.csv', 4],
      ['log/2019-02.csv.gz', 3],
    ]);
  });

  it('is refused if a part has other columns, and if there is no part', async () => {
    await expect(
      prepare({ 'matinee.json': map({ file: '*.csv' }), '1.csv': 'u,i,t\na,x,1\n', '2.csv': 'i,u,t\nx,a,1\n' }),
    ).rejects.toMatchObject({ code: 'BAD_SOURCE', message: expect.stringContaining('header "i,u,t"') });
    await expect(prepare({ 'matinee.json': map({ file: 'p/*.csv' }), 'p/x.txt': '' })).rejects.toMatchObject({
      code: 'BAD_MAPPING',
      message: expect.stringContaining('interactions.file: no file'),
    });
    await expect(prepare({ 'matinee.json': map({ file: 'p' }), 'p/x.zip': '' })).rejects.toMatchObject({
      code: 'BAD_MAPPING',
      message: expect.stringContaining('interactions.file: no table in the folder'),
    });
  });

  it('is refused if it is not what its ending says', async () => {
    await expect(
      prepare({ 'matinee.json': map({ file: 'e.parquet' }), 'e.parquet': 'u,i,t\n1,2,3\n' }),
    ).rejects.toMatchObject({
      code: 'BAD_SOURCE',
      message: expect.stringContaining('e.parquet is not a Parquet file'),
    });
    await expect(
      prepare({ 'matinee.json': map({ file: 'e.jsonl' }), 'e.jsonl': '[{"u":1,"i":2,"t":3}]' }),
    ).rejects.toMatchObject({ code: 'BAD_SOURCE', message: expect.stringContaining('one JSON list') });
  });
});

describe('quotes', () => {
  const PLAYS = [
    'u1\t2009-05-04T23:08:57Z\ta1\tDeep "Dish" Trio\tt1\tx',
    'u1\t2009-05-04T23:09:57Z\ta2\t"Heroes"\tt2\tx',
    'u2\t2009-05-04T23:10:57Z\ta1\t"Open\tt3\tx',
    'u2\t2009-05-04T23:11:57Z\ta3\t"Dish" Trio\tt4\tx',
    'u3\t2009-05-04\ta3',
  ].join('\n');
  const MAPPING = { file: 'plays.tsv', header: false, user: 0, time: 1, item: 2, type: 3, timeUnit: 'iso' };

  it('in a text with tabs cost no row, and the counts of columns are true', async () => {
    const { type: _type, ...mapping } = MAPPING;
    const { events, quarantined } = await prepare({
      'matinee.json': map({ ...mapping, columnCount: 6 }),
      'plays.tsv': `${PLAYS}\n`,
    });
    expect(events.map(([user, item]) => [user, item])).toEqual([
      ['u1', 'a1'],
      ['u1', 'a2'],
      ['u2', 'a1'],
      ['u2', 'a3'],
    ]);
    expect(quarantined).toMatchObject([{ line: 5, reason: 'expected 6 columns, found 3' }]);
  });

  it('are part of the field, or must match, as the mapping says', async () => {
    const eventTypes = { '"Heroes"': 'like', 'Deep "Dish" Trio': 'watch', '"Dish" Trio': 'watch' };
    const none = await prepare({ 'matinee.json': map({ ...MAPPING, quotes: false, eventTypes }), 'plays.tsv': PLAYS });
    expect(none.types).toEqual(['watch', 'like', 'watch']);
    const strict = await prepare({
      'matinee.json': map({ ...MAPPING, quotes: true, eventTypes: { ...eventTypes, Heroes: 'click' } }),
      'plays.tsv': PLAYS,
    });
    expect(strict.types).toEqual(['watch', 'click']);
    expect(strict.quarantined).toMatchObject([
      { line: 3, reason: 'quotes do not match' },
      { line: 4, reason: 'quotes do not match' },
      { line: 5, reason: 'expected 4 columns, found 3' },
    ]);
  });

  it('hold delimiters of several characters', async () => {
    const { events } = await prepare({
      'matinee.json': map({ file: 'e.csv', delimiter: '::' }),
      'e.csv': 'u::i::t\n"a::b"::"x ""1"""::1\nc:d::y::2\n',
    });
    expect(events).toEqual([
      ['a::b', 'x "1"', 1],
      ['c:d', 'y', 2],
    ]);
  });
});

describe('encodings', () => {
  const ITEMS = { file: 'i.csv', id: 'Artikel', title: 'Name' };
  const EVENTS = { file: 'e.csv', user: 'Kunde', item: 'Artikel', time: 'Zeit' };
  const utf16 = (text: string, mark = '\ufeff'): Buffer => Buffer.from(`${mark}${text}`, 'utf16le');
  const TEXTS = ['Kunde,Artikel,Zeit\r\nJörg,k1,1\r\nJörg,,2\r\n', 'Artikel,Name\r\nk1,Für Elise – 10 €\r\n'] as const;

  it.each([
    ['UTF-16 with a byte order mark', utf16(TEXTS[0]), utf16(TEXTS[1]), undefined],
    ['UTF-16, big end first', utf16(TEXTS[0]).swap16(), utf16(TEXTS[1]).swap16(), undefined],
    ['UTF-16 without a mark', utf16(TEXTS[0], ''), utf16(TEXTS[1], ''), undefined],
    ['packed UTF-16', zlib.gzipSync(utf16(TEXTS[0])), zlib.gzipSync(utf16(TEXTS[1])), undefined],
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${TEXTS[0]}`), Buffer.from(`\ufeff${TEXTS[1]}`), undefined],
    ['Windows-1252', windows1252(TEXTS[0]), windows1252(TEXTS[1]), 'windows-1252'],
    ['Windows-1252 by the name Latin-1', windows1252(TEXTS[0]), windows1252(TEXTS[1]), 'latin-1'],
  ])('of %s are read', async (_name, events, items, encoding) => {
    const ending = events[0] === 0x1f ? '.gz' : '';
    const result = await prepare({
      'matinee.json': map(
        { ...EVENTS, file: `e.csv${ending}`, encoding },
        { ...ITEMS, file: `i.csv${ending}`, encoding },
      ),
      [`e.csv${ending}`]: events,
      [`i.csv${ending}`]: items,
    });
    expect(result.events).toEqual([['Jörg', 'k1', 1]]);
    expect(result.items[0]?.title).toBe('Für Elise – 10 €');
    expect(result.quarantined).toMatchObject([{ line: 3, reason: 'item is empty', text: 'Jörg,,2' }]);
  });

  it('of event names are exact where Windows-1252 and Latin-1 differ', async () => {
    const { types } = await prepare({
      'matinee.json': map({ file: 'e.csv', type: 'k', eventTypes: { '€': 'like' }, encoding: 'windows-1252' }),
      'e.csv': windows1252('u,i,t,k\na,x,1,€\n'),
    });
    expect(types).toEqual(['like']);
  });

  it('of matinee.json may be UTF-16, or UTF-8 with a byte order mark', async () => {
    for (const mapping of [`\ufeff${map({ file: 'e.csv' })}`, utf16(map({ file: 'e.csv' }))]) {
      expect((await prepare({ 'matinee.json': mapping, 'e.csv': 'u,i,t\na,x,1\n' })).events).toHaveLength(1);
    }
  });

  it('that do not exist are refused by name', async () => {
    await expect(
      prepare({ 'matinee.json': map({ file: 'e.csv', encoding: 'klingon' }), 'e.csv': 'u,i,t\n' }),
    ).rejects.toMatchObject({ code: 'BAD_MAPPING', message: expect.stringContaining('no encoding "klingon"') });
  });
});

/** Encodes a text of which only – and € are beyond Latin-1. */
function windows1252(text: string): Buffer {
  return Buffer.from(text.replaceAll('–', '\x96').replaceAll('€', '\x80'), 'latin1');
}

describe('times', () => {
  it('may be missing: events keep the order of the file', async () => {
    const { events, validation } = await prepare({
      'matinee.json': map({ file: 'e.csv', time: undefined, value: 'v' }),
      'e.csv': 'u,i,v\nb,y,5\na,x,4\na,y,3\nb,x,\n',
    });
    expect(events).toEqual([
      ['b', 'y', 0],
      ['a', 'x', 0],
      ['a', 'y', 0],
      ['b', 'x', 0],
    ]);
    expect(validation.events).toMatchObject({ timeRange: null, tiesInTime: 0 });
  });

  it.each([
    ['milliseconds', '1500000000500'],
    ['microseconds', '1500000000500000'],
    ['nanoseconds', '1500000000500000000'],
  ])('are read in %s', async (timeUnit, time) => {
    const { events } = await prepare({
      'matinee.json': map({ file: 'e.csv', timeUnit }),
      'e.csv': `u,i,t\na,x,${time}\n`,
    });
    expect(events).toEqual([['a', 'x', 1_500_000_000.5]]);
  });

  it('are read in a format of their own', async () => {
    const { events, quarantined } = await prepare({
      'matinee.json': map({ file: 'e.jsonl', timeFormat: '%a %b %d %H:%M:%S %z %Y' }),
      'e.jsonl': '{"u":1,"i":2,"t":"Sat Oct 07 15:23:02 -0700 2006"}\n{"u":1,"i":2,"t":"2006"}\n',
    });
    expect(events).toEqual([['1', '2', Date.UTC(2006, 9, 7, 22, 23, 2) / 1000]]);
    expect(quarantined).toMatchObject([{ reason: 'time: cannot read "2006" as %a %b %d %H:%M:%S %z %Y' }]);
    await expect(
      prepare({ 'matinee.json': map({ file: 'e.csv', timeFormat: '%Q' }), 'e.csv': 'u,i,t\n1,2,3\n' }),
    ).rejects.toMatchObject({ code: 'BAD_MAPPING', message: expect.stringContaining('interactions.timeFormat: "%Q"') });
  });

  it('of a Parquet column that holds times need no unit', async () => {
    const query = `${ROW} ('a', 'x', TIMESTAMP '2017-07-14 02:40:00'), ('a', 'x', DATE '2017-07-15')) t(u, i, t)`;
    const { events } = await prepare({
      'matinee.json': map({ file: 'e.parquet' }),
      'e.parquet': await parquetOf(folder, query),
    });
    expect(events.map(([, , time]) => time)).toEqual([1_500_000_000, Date.UTC(2017, 6, 15) / 1000]);
  });
});

describe('rows', () => {
  it('of an event type that means nothing here are left out and counted', async () => {
    const { events, validation } = await prepare({
      'matinee.json': map({ file: 'e.csv', type: 'k', eventTypes: { like: 'like', unlike: null } }),
      'e.csv': 'u,i,t,k\na,x,1,like\nb,x,2,unlike\n,x,2,unlike\na,x,3,other\n',
    });
    expect(events).toEqual([['a', 'x', 1]]);
    expect(validation.events).toMatchObject({
      rowsRead: 4,
      rowsKept: 1,
      rowsQuarantined: 2,
      rowsLeftOut: { byType: 1, repeats: 0 },
    });
  });

  it.each([
    [
      'first',
      [
        ['a', 'y', 1],
        ['a', 'x', 2],
        ['b', 'x', 6],
      ],
      ['like', 'watch', 'watch'],
    ],
    [
      'last',
      [
        ['a', 'y', 1],
        ['a', 'x', 5],
        ['b', 'x', 6],
      ],
      ['like', 'watch', 'watch'],
    ],
  ])('that repeat user, item and type are left out but for the %s', async (repeats, kept, types) => {
    const { events, validation, ...result } = await prepare({
      'matinee.json': map({ file: 'e.csv', type: 'k', repeats }),
      'e.csv': 'u,i,t,k\na,x,5,watch\na,x,2,watch\na,y,1,like\nb,x,6,watch\na,x,5,watch\n,x,2,watch\n',
    });
    expect(events).toEqual(kept);
    expect(result.types).toEqual(types);
    expect(validation.events).toMatchObject({
      rowsRead: 6,
      rowsKept: 3,
      rowsQuarantined: 1,
      rowsLeftOut: { byType: 0, repeats: 2 },
    });
  });
});

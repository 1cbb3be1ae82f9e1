import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import zlib from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { proposeMapping } from './propose-mapping.ts';
import { parquetOf, prepareFiles } from './testing/prepare-files.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'matinee-propose-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Sample {
  readonly file: string;
  readonly content: string | Buffer;
  /** What is proposed beside the file. */
  readonly proposed: object;
  readonly notes?: readonly unknown[];
}

async function propose({ file, content }: Pick<Sample, 'file' | 'content'>) {
  const target = path.join(folder, 'looked-at', file);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, content);
  return proposeMapping(target, folder);
}

const json = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
const EVENT_TYPES = expect.stringContaining('event types of the first rows are guessed');
const NO_TIMES = expect.stringContaining('no column of times');

const EVENTS: readonly Sample[] = [
  {
    file: 'ratings.csv',
    content: 'userId,movieId,rating,timestamp\n1,2,3.5,1112486027\n1,29,4,1112484676\n',
    proposed: { user: 'userId', item: 'movieId', time: 'timestamp', value: 'rating' },
  },
  {
    file: 'noten.csv',
    content: 'kunde;artikel;rating;timestamp\n1;2;3,5;1112486027\n1;29;4;1112484676\n',
    proposed: { delimiter: ';', user: 'kunde', item: 'artikel', time: 'timestamp', value: 'rating', decimal: ',' },
    notes: ['column "rating" writes decimals with a comma, as in 3,5: they are read with "decimal": ","'],
  },
  {
    file: 'u.data',
    content: '196\t242\t3\t881250949\n186\t302\t4\t891717742\n',
    proposed: { format: 'csv', delimiter: '\t', header: false, user: 0, item: 1, time: 3, value: 2 },
  },
  {
    file: 'ratings.dat',
    content: '1::1193::5::978300760\n1::661::3::978302109\n',
    proposed: { format: 'csv', delimiter: '::', header: false, user: 0, item: 1, time: 3, value: 2 },
  },
  {
    file: 'combined_data_1.txt',
    content: '1:\n1488844,3,2005-09-06\n822109,5,2005-05-13\n2:\n885013,4,2005-10-19\n',
    proposed: { format: 'csv', header: false, blocks: true, user: 1, item: 0, time: 3, timeUnit: 'iso', value: 2 },
    notes: ['lines that end with a colon name the item'],
  },
  {
    file: 'Movies_and_TV.jsonl.gz',
    content: zlib.gzipSync(json([{ rating: 5, parent_asin: 'B0', user_id: 'A', timestamp: 1441260345000 }])),
    proposed: { user: 'user_id', item: 'parent_asin', time: 'timestamp', timeUnit: 'milliseconds', value: 'rating' },
  },
  {
    file: 'interactions.json',
    content: json([
      { user_id: '8', book_id: '4', is_read: false, date_added: 'Mon Jul 24 08:49:57 -0700 2017' },
      { user_id: '8', book_id: '5', is_read: true, date_added: 'Tue Jul 25 08:49:57 -0700 2017' },
    ]),
    proposed: {
      format: 'jsonl',
      user: 'user_id',
      item: 'book_id',
      time: 'date_added',
      timeFormat: '%a %b %d %H:%M:%S %z %Y',
      type: 'is_read',
      eventTypes: { false: 'click', true: 'watch' },
    },
    notes: [EVENT_TYPES],
  },
  {
    file: 'steam_reviews.json',
    content: `{u'username': u'Chaos', u'hours': 0.1, u'product_id': u'725280', u'date': u'2017-12-17', u'text': u'"ok"'}\n`,
    proposed: { format: 'jsonl', user: 'username', item: 'product_id', time: 'date', timeUnit: 'iso' },
    notes: ['the objects are written in Python'],
  },
  {
    file: 'steam-200k.csv',
    content: '151603712,"Skyrim, V",purchase,1.0,0\n151603712,"Skyrim, V",play,273.0,0\n59945701,Dota 2,play,2.3,0\n',
    proposed: { header: false, user: 0, item: 1, type: 2, eventTypes: { play: 'watch', purchase: 'click' } },
    notes: [NO_TIMES, EVENT_TYPES, expect.stringContaining('repeat user and item')],
  },
  {
    file: 'plays.tsv',
    content: 'u1\t2009-05-04T23:08:57Z\ta1\tDeep "Dish" Trio\tt1\nu1\t2009-05-04T23:09:57Z\ta2\t"Open\tt2\n',
    proposed: { header: false, user: 0, item: 2, time: 1, timeUnit: 'iso' },
  },
  {
    file: 'bestellungen.csv',
    content: Buffer.from(
      'Kunde;Artikel;Datum\r\nJ\xf6rg;k1;24.12.2018 18:30\r\nAnna;k2;01.02.2019 09:00\r\n',
      'latin1',
    ),
    proposed: {
      encoding: 'windows-1252',
      delimiter: ';',
      user: 'Kunde',
      item: 'Artikel',
      time: 'Datum',
      timeFormat: '%d.%m.%Y %H:%M',
    },
    notes: ['the text is not valid UTF-8 and read as Windows-1252'],
  },
  {
    file: 'export.csv',
    content: Buffer.from(
      '\ufeffvisitorid,itemid,timestamp,event\r\n1,355908,1433221332117,view\r\n1,3,1433221332118,unview\r\n',
      'utf16le',
    ),
    proposed: {
      user: 'visitorid',
      item: 'itemid',
      time: 'timestamp',
      timeUnit: 'milliseconds',
      type: 'event',
      eventTypes: { unview: null, view: 'watch' },
    },
    notes: ['the text is UTF-16LE', EVENT_TYPES, 'left out until you say what they mean: "unview"'],
  },
  {
    file: 'us.csv',
    content: 'user_id,item_id,date\na,x,01/02/2018\nb,x,03/04/2018\n',
    proposed: { user: 'user_id', item: 'item_id', time: 'date', timeFormat: '%d/%m/%Y' },
    notes: ['times like "01/02/2018" may also be %m/%d/%Y'],
  },
  {
    file: 'odd.csv',
    content: 'user_id,item_id,date,rating\na,x,yesterday,0\nb,x,today,5\n',
    proposed: { user: 'user_id', item: 'item_id', value: 'rating' },
    notes: [
      expect.stringContaining('times like "yesterday" cannot be read'),
      '1 of 2 values are 0: if that means none, leave "value" out',
    ],
  },
];

describe('a proposed mapping', () => {
  it.each(EVENTS.map((sample) => [sample.file, sample] as const))('of %s runs as it is', async (_file, sample) => {
    const { mapping, notes } = await propose(sample);
    expect(mapping).toEqual({ interactions: { file: sample.file, ...sample.proposed } });
    expect(notes).toEqual(sample.notes ?? []);
    const { validation } = await prepareFiles(folder, {
      [sample.file]: sample.content,
      'matinee.json': JSON.stringify(mapping),
    });
    const { rowsRead, rowsKept, rowsLeftOut } = validation.events;
    expect(rowsKept).toBeGreaterThan(0);
    expect(rowsKept + rowsLeftOut.byType).toBe(rowsRead);
  });

  it('with a decimal comma keeps the values, which are refused without it', async () => {
    const files = {
      'e.csv': 'u;i;v\na;x;3,5\nb;x;\n',
      'matinee.json': JSON.stringify({
        interactions: { file: 'e.csv', delimiter: ';', user: 'u', item: 'i', value: 'v', decimal: ',' },
      }),
    };
    const { validation } = await prepareFiles(folder, files);
    expect(validation.events).toMatchObject({ rowsKept: 2, rowsQuarantined: 0, valueRange: [3.5, 3.5] });
    const without = {
      ...files,
      'e.csv': 'u;i;v\na;x;3,5\n',
      'matinee.json': files['matinee.json'].replace(',"decimal":","', ''),
    };
    await expect(prepareFiles(folder, without)).rejects.toThrow(
      /value: "3,5" is not a number; set "decimal": "," in matinee\.json$/,
    );
  });

  it('of a long file says which share of its first lines has other columns, and nothing if none has', async () => {
    const rows = Array.from({ length: 6000 }, (_, at) => `${at},${at % 11},${1_500_000_000 + at}\n`);
    const head = 'user,item,time\n';
    expect((await propose({ file: 'long.csv', content: head + rows.join('') })).notes).toEqual([]);
    const faulty = [...rows.slice(0, 98), '1,2\n', ...rows.slice(98, 198)];
    expect((await propose({ file: 'faulty.csv', content: head + faulty.join('') })).notes).toEqual([
      '0.50 % of the first lines have another number of columns than most',
    ]);
  });

  it('of Parquet runs as it is', async () => {
    const content = await parquetOf(
      folder,
      `SELECT * FROM (VALUES (1::UINTEGER, 7::UINTEGER, 5::UINTEGER, 'listen'), (2, 8, 10, 'undislike')) t(uid, item_id, "timestamp", event_type)`,
    );
    const { mapping, notes } = await propose({ file: 'multi_event.parquet', content });
    expect(mapping).toEqual({
      interactions: {
        file: 'multi_event.parquet',
        user: 'uid',
        item: 'item_id',
        time: 'timestamp',
        type: 'event_type',
        eventTypes: { listen: 'watch', undislike: null },
      },
    });
    expect(notes[0]).toBe('the times are no times since 1970 in one unit: only their order can be used');
    const files = { 'multi_event.parquet': content, 'matinee.json': JSON.stringify(mapping) };
    expect((await prepareFiles(folder, files)).validation.events).toMatchObject({ rowsKept: 1, rowsQuarantined: 0 });
  });

  it('of an item table names what it holds', async () => {
    const { mapping, columns } = await propose({
      file: 'books.csv',
      content:
        'book_id,title,original_publication_year,image_url,pages\n1,"Raven, The",1996.0,https://a.example/1.jpg,9\n',
    });
    expect(mapping).toEqual({
      items: {
        file: 'books.csv',
        id: 'book_id',
        title: 'title',
        year: 'original_publication_year',
        poster: 'image_url',
      },
    });
    expect(columns.map(({ name, meaning }) => [name, meaning])).toEqual([
      ['book_id', 'id'],
      ['title', 'title'],
      ['original_publication_year', 'year'],
      ['image_url', 'poster'],
      ['pages', ''],
    ]);
  });

  it.each([
    ['mpaa', ['PG-13', 'R', '']],
    ['rated', ['TV-MA', 'tv-14', 'TV-MA']],
    ['freigabe', ['FSK 12', 'FSK 16', 'FSK 0']],
    ['from', ['16+', '18+', '12']],
    ['Age', ['12', '16', '0']],
  ])('of an item table names the ages in a column "%s" that holds %j', async (name, cells) => {
    const rows = cells.map((cell, at) => `k${at},Title ${at},${100 + at},${cell}\n`);
    const file = `titles-${name}.csv`;
    const content = `id,title,minutes,${name}\n${rows.join('')}`;
    const { mapping, columns, notes } = await propose({ file, content });
    expect(mapping).toEqual({ items: { file, id: 'id', title: 'title', maturity: name } });
    expect(columns.map(({ meaning }) => meaning)).toEqual(['id', 'title', '', 'maturity']);
    expect(notes).toEqual([]);
    const { validation } = await prepareFiles(folder, { [file]: content, 'matinee.json': JSON.stringify(mapping) });
    expect(validation.items).toMatchObject({ rowsRead: 3, rowsQuarantined: 0 });
  });

  it.each([
    ['mpaa', ['PG-13', 'R', 'PG', 'Unrated'], ['column "mpaa" looks like maturity ratings, but "Unrated" is none']],
    ['grade', ['R', 'R', 'R', 'R'], []],
    ['votes', ['12', '16', '7', '18'], []],
    ['age', ['new', 'old', 'old', 'new'], []],
  ])('of an item table names no ages in a column "%s" that holds %j', async (name, cells, noted) => {
    const rows = cells.map((cell, at) => `k${at},Title ${at},${cell}\n`);
    const { mapping, notes } = await propose({ file: `no-${name}.csv`, content: `id,title,${name}\n${rows.join('')}` });
    expect(mapping).toEqual({ items: { file: `no-${name}.csv`, id: 'id', title: 'title' } });
    expect(notes).toEqual(noted.map((note) => expect.stringContaining(note)));
  });

  it.each([
    ['empty.csv', '', /holds no text/],
    ['list.json', '[{"user":1}]', /one JSON list/],
    ['prices.csv', 'price,tax\n1,2\n', /no columns are recognised as user and item; it has price, tax/],
    ['cut.csv.gz', zlib.gzipSync('user,item\n1,2\n').subarray(0, 20), /cut\.csv\.gz is damaged/],
  ])('of %s is none, and the reason is one sentence', async (file, content, message) => {
    await expect(propose({ file, content })).rejects.toMatchObject({
      code: 'BAD_SOURCE',
      message: expect.stringMatching(message),
    });
  });
});

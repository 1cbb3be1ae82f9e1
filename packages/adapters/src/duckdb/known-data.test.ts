import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parquetOf, prepareFiles, type SourceFiles } from './testing/prepare-files.ts';

const PAGE = readFileSync(fileURLToPath(new URL('../../../../docs/data.md', import.meta.url)), 'utf8');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'matinee-known-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Returns the mapping of docs/data.md that is marked with a name. */
function mappingOf(name: string): string {
  const mapping = new RegExp(`tested: ${name} -->\\n\`\`\`json\\n([\\s\\S]*?)\`\`\``).exec(PAGE)?.[1];
  if (mapping === undefined) throw new Error(`docs/data.md has no mapping ${name}`);
  return mapping;
}

async function prepare(files: SourceFiles, mapping?: string) {
  const result = await prepareFiles(folder, {
    ...files,
    ...(mapping === undefined ? {} : { 'matinee.json': mapping }),
  });
  const { items, events, validation, quarantined, remarks } = result;
  const read = { events, items: items.map(({ title, year, genres }) => [title, year, genres]) };
  const { rowsRead, rowsKept, rowsQuarantined, rowsLeftOut } = validation.events;
  expect(rowsRead).toBe(rowsKept + rowsQuarantined + rowsLeftOut.byType + rowsLeftOut.repeats);
  return { ...result, read, problems: [...quarantined, ...remarks].map(({ reason }) => reason) };
}

const lines = (rows: readonly string[]): string => rows.map((row) => `${row}\n`).join('');
const json = (rows: readonly object[]): string => lines(rows.map((row) => JSON.stringify(row)));
const seconds = (iso: string): number => Date.parse(iso) / 1000;

describe('a data set that people begin with', () => {
  it('MovieLens 100K is recognised, with its columns of genres', async () => {
    const flags = (...positions: number[]): string =>
      Array.from({ length: 19 }, (_, at) => (positions.includes(at) ? 1 : 0)).join('|');
    const { read, problems } = await prepare({
      'u.data': '196\t242\t3\t881250949\n186\t302\t3\t891717742\n',
      'u.item': Buffer.from(
        `242|Kolya (1996)|24-Jan-1997||http://us.imdb.com/M/title-exact?Kolya%20(1996)|${flags(5)}\n` +
          `302|Misérables, Les (1995)|01-Jan-1995||http://us.imdb.com/|${flags(8, 12)}\n267|unknown||||${flags(0)}\n`,
        'latin1',
      ),
    });
    expect(read.events).toEqual([
      ['196', '242', 881250949],
      ['186', '302', 891717742],
    ]);
    expect(read.items).toEqual([
      ['Kolya', 1996, ['Comedy']],
      ['unknown', 0, []],
      ['Les Misérables', 1995, ['Drama', 'Musical']],
    ]);
    expect(problems).toEqual([]);
  });

  it('MovieLens is read with its tags and links', async () => {
    const { attributes, read, problems } = await prepare(
      {
        'ratings.csv': 'userId,movieId,rating,timestamp\n1,1,4.0,964982703\n1,2,4.0,964982704\n',
        'movies.csv': 'movieId,title,genres\n1,Toy Story (1995),Animation|Comedy\n2,"Net, The (1995)",Thriller\n',
        'links.csv': 'movieId,imdbId,tmdbId\n1,0114709,862\n2,0113957,\n',
        'tags.csv': 'userId,movieId,tag,timestamp\n1,1,pixar,1\n2,1,fun,2\n3,1,pixar,3\n',
      },
      mappingOf('movielens-tags'),
    );
    expect(read.items).toEqual([
      ['Toy Story', 1995, ['Animation', 'Comedy']],
      ['The Net', 1995, ['Thriller']],
    ]);
    expect(attributes).toEqual([{ imdbId: '0114709', tmdbId: '862', tags: ['pixar', 'fun'] }, { imdbId: '0113957' }]);
    expect(problems).toEqual([]);
  });

  it('Netflix Prize is read in its blocks', async () => {
    const { read, quarantined } = await prepare(
      {
        'combined_data_1.txt': '1:\n1488844,3,2005-09-06\n822109,5,2005-05-13\n2:\n1488844,9,2005-09-07\n',
        'combined_data_2.txt': '4500:\n30878,4,2005-12-26\n',
        'movie_titles.csv': Buffer.from(
          '1,2003,Dinosaur Planet\n2,NULL,Isle, of Man, TT Review \x96 caf\xe9\n',
          'latin1',
        ),
      },
      mappingOf('netflix-prize'),
    );
    expect(read.events).toEqual([
      ['822109', '1', seconds('2005-05-13')],
      ['1488844', '1', seconds('2005-09-06')],
      ['30878', '4500', seconds('2005-12-26')],
    ]);
    expect(read.items).toEqual([
      ['Dinosaur Planet', 2003, []],
      ['Isle, of Man, TT Review – café', 0, []],
      [undefined, 0, []],
    ]);
    expect(quarantined).toMatchObject([
      { file: 'combined_data_1.txt', line: 5, reason: 'value: "9" is not from 1 to 5', text: '2,1488844,9,2005-09-07' },
    ]);
  });

  it('Amazon reviews of 2014 are read, with items in Python', async () => {
    const { read, problems } = await prepare(
      {
        'reviews_Movies_and_TV_5.json': json([
          { reviewerID: 'ADZPIG9QOCDG5', asin: '0005019281', helpful: [0, 0], overall: 4, unixReviewTime: 1203984000 },
        ]),
        'meta_Movies_and_TV.json': lines([
          `{'asin': '0005019281', 'title': "Scrooge's Carol", 'categories': [['Movies & TV', 'Movies'], ['Movies & TV', 'Comedy']], 'imUrl': 'https://example.com/1.jpg', 'price': 1.5}`,
        ]),
      },
      mappingOf('amazon-2014'),
    );
    expect(read.events).toEqual([['ADZPIG9QOCDG5', '0005019281', 1203984000]]);
    expect(read.items).toEqual([["Scrooge's Carol", 0, ['Comedy', 'Movies', 'Movies & TV']]]);
    expect(problems).toEqual([]);
  });

  it('Amazon reviews of 2023 are read', async () => {
    const { read, problems } = await prepare(
      {
        'Movies_and_TV.jsonl': json([
          { rating: 5, title: 'ok', asin: 'B1', parent_asin: 'B013488XFS', user_id: 'AGGZ', timestamp: 1441260345000 },
        ]),
        'meta_Movies_and_TV.jsonl': json([
          { main_category: 'Prime Video', title: 'Glee', categories: ['Comedy', 'Music'], parent_asin: 'B013488XFS' },
        ]),
      },
      mappingOf('amazon-2023'),
    );
    expect(read).toEqual({ events: [['AGGZ', 'B013488XFS', 1441260345]], items: [['Glee', 0, ['Comedy', 'Music']]] });
    expect(problems).toEqual([]);
  });

  it('Goodreads is read, with the genres of a table of its own', async () => {
    const { read, types, problems } = await prepare(
      {
        'goodreads_interactions_poetry.json': json([
          {
            user_id: '8842',
            book_id: '42735',
            is_read: false,
            rating: 0,
            date_added: 'Mon Jul 24 08:49:57 -0700 2017',
          },
          { user_id: '8842', book_id: '16', is_read: true, rating: 5, date_added: 'Tue Jul 25 08:49:57 -0700 2017' },
        ]),
        'goodreads_books_poetry.json': json([
          {
            book_id: '16',
            title: 'The Raven',
            publication_year: '1996',
            image_url: 'https://images.gr-assets.com/16.jpg',
          },
        ]),
        'goodreads_book_genres_initial.json': json([
          { book_id: '16', genres: { poetry: 9, 'fantasy, paranormal': 2 } },
        ]),
      },
      mappingOf('goodreads'),
    );
    expect(read.events).toEqual([
      ['8842', '42735', seconds('2017-07-24T15:49:57Z')],
      ['8842', '16', seconds('2017-07-25T15:49:57Z')],
    ]);
    expect(types).toEqual(['click', 'watch']);
    expect(read.items).toEqual([
      ['The Raven', 1996, ['fantasy, paranormal', 'poetry']],
      [undefined, 0, []],
    ]);
    expect(problems).toEqual([]);
  });

  it('goodbooks-10k and Book-Crossing are read without times', async () => {
    const goodbooks = await prepare(
      {
        'ratings.csv': 'user_id,book_id,rating\n1,258,5\n2,4081,4\n',
        'books.csv':
          'book_id,original_publication_year,title,image_url\n258,2001.0,"Shadow of the Wind, The",https://images.gr-assets.com/1.jpg\n4081,-750.0,Odyssey,https://images.gr-assets.com/2.jpg\n',
      },
      mappingOf('goodbooks'),
    );
    expect(goodbooks.read.events).toEqual([
      ['1', '258', 0],
      ['2', '4081', 0],
    ]);
    expect(goodbooks.read.items[0]).toEqual(['The Shadow of the Wind', 2001, []]);
    expect(goodbooks.problems).toEqual(['year: cannot read "-750.0" as a year']);

    const crossing = await prepare(
      {
        'BX-Book-Ratings.csv': '"User-ID";"ISBN";"Book-Rating"\r\n"276725";"034545104X";"0"\r\n',
        'BX-Books.csv': Buffer.from(
          '"ISBN";"Book-Title";"Year-Of-Publication"\r\n"034545104X";"Caf\xe9; Flesh";"2002"\r\n',
          'latin1',
        ),
      },
      mappingOf('book-crossing'),
    );
    expect(crossing.read).toEqual({ events: [['276725', '034545104X', 0]], items: [['Café; Flesh', 2002, []]] });
  });

  it('Last.fm is read, with raw quotes in names', async () => {
    const plays = await prepare(
      { 'usersha1-artmbid-artname-plays.tsv': '0000\t3bd7\tbetty "boo" blowtorch\t2137\n0000\t\t"weird al"\t9\n' },
      mappingOf('lastfm-360k'),
    );
    expect(plays.read.events).toEqual([
      ['0000', 'betty "boo" blowtorch', 0],
      ['0000', '"weird al"', 0],
    ]);
    const sessions = await prepare(
      {
        'userid-timestamp-artid-artname-traid-traname.tsv':
          'user_000001\t2009-05-04T23:08:57Z\tf1b1\tDeep "Dish" Trio\t\tLive In Ibiza\n' +
          'user_000001\t2009-05-04T13:54:10Z\tf1b1\tDeep "Dish" Trio\t\tComposition 0919\n',
      },
      mappingOf('lastfm-1k'),
    );
    expect(sessions.read.events).toEqual([['user_000001', 'Deep "Dish" Trio', seconds('2009-05-04T13:54:10Z')]]);
    expect(sessions.validation.events.rowsLeftOut).toEqual({ byType: 0, repeats: 1 });
  });

  it('Steam is read, as a table and in Python', async () => {
    const table = await prepare(
      {
        'steam-200k.csv': '151603712,"The Elder Scrolls V, Skyrim",purchase,1.0,0\n151603712,Fallout 4,play,273.0,0\n',
      },
      mappingOf('steam-200k'),
    );
    expect(table.read.events.map(([, item]) => item)).toEqual(['The Elder Scrolls V, Skyrim', 'Fallout 4']);
    expect(table.types).toEqual(['click', 'watch']);
    const reviews = await prepare(
      {
        'steam_reviews.json': lines([
          `{u'username': u'Chaos Syren', u'hours': 0.1, u'product_id': u'725280', u'date': u'2017-12-17', u'text': u'It\\'s \\u2013 "ok"', u'early_access': False}`,
        ]),
        'steam_games.json': lines([
          `{u'publisher': u'Kotoshiro', u'genres': [u'Action', u'Casual'], u'app_name': u'Lost Summoner', u'release_date': u'2018-01-04', u'id': u'725280'}`,
        ]),
      },
      mappingOf('steam-reviews'),
    );
    expect(reviews.read).toEqual({
      events: [['Chaos Syren', '725280', seconds('2017-12-17')]],
      items: [['Lost Summoner', 2018, ['Action', 'Casual']]],
    });
    expect(reviews.problems).toEqual([]);
  });

  it('Yambda is read', async () => {
    const rows = `SELECT * FROM (VALUES (100::UINTEGER, 7::UINTEGER, 5::UINTEGER, 'listen'), (100, 8, 10, 'like'), (100, 8, 15, 'unlike'))
      t(uid, item_id, "timestamp", event_type)`;
    const { read, types, validation } = await prepare(
      { 'multi_event.parquet': await parquetOf(folder, rows) },
      mappingOf('yambda'),
    );
    expect(read.events).toEqual([
      ['100', '7', 5],
      ['100', '8', 10],
    ]);
    expect(types).toEqual(['watch', 'like']);
    expect(validation.events.rowsLeftOut.byType).toBe(1);
    expect(validation.warnings).toEqual([
      'every event is in 1970; if they count from another moment, their order is right and dates are not',
    ]);
  });

  it('stands in docs/data.md with a test', () => {
    const tested = [...PAGE.matchAll(/tested: ([a-z0-9-]+) -->/g)].map(([, name]) => name as string);
    const self = readFileSync(fileURLToPath(import.meta.url), 'utf8');
    expect(tested.filter((name) => !self.includes(`mappingOf('${name}')`))).toEqual([]);
    expect(tested.length).toBeGreaterThan(10);
  });
});
